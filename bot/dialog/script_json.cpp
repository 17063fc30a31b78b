// From a script to its canonical JSON, and the hash of it. Fields at their defaults are left out, places in the source
// too: a script that only moved on the page is the same revision.
#include "bot/dialog/script_json.hpp"

#include <openssl/evp.h>

#include <nlohmann/json.hpp>

#include "bot/dialog/compile.hpp"

namespace reweave::dialog {
namespace {

using nlohmann::json;
using namespace json_names;

json block_to_json(const Block& block);

json template_to_json(const Template& text) {
    json pieces = json::array();
    for (const Piece& piece : text) {
        if (piece.name.empty()) {
            pieces.push_back(piece.literal);
            continue;
        }
        json insertion{{"name", piece.name}};
        if (!piece.forms.empty()) insertion["forms"] = piece.forms;
        pieces.push_back(std::move(insertion));
    }
    return pieces;
}

json text_to_json(const Text& text) {
    json alternates = json::array();
    for (const Template& alternate : text.alternates) alternates.push_back(template_to_json(alternate));
    return alternates;
}

struct ValueToJson {
    json operator()(std::monostate) const { return nullptr; }
    json operator()(const Expr::Name& name) const { return {{"name", name.name}}; }
    template <class Plain>
    json operator()(const Plain& value) const {
        return value;
    }
};

json expr_to_json(const Expr& expr) {
    json result{{"op", name_of(kOps, expr.op)}};
    if (!expr.args.empty()) {
        for (const Expr& arg : expr.args) result["args"].push_back(expr_to_json(arg));
    }
    if (!expr.name.empty()) result["name"] = expr.name;
    if (!std::holds_alternative<std::monostate>(expr.value)) result["value"] = std::visit(ValueToJson{}, expr.value);
    if (!expr.words.empty()) result["words"] = expr.words;
    return result;
}

json choice_to_json(const Choice& choice) {
    json result{{"id", choice.id}, {"label", choice.label}};
    if (!choice.also.empty()) result["also"] = choice.also;
    if (choice.only_if) result["if"] = expr_to_json(*choice.only_if);
    if (!choice.then.empty()) result["then"] = block_to_json(choice.then);
    return result;
}

json reminders_to_json(const std::vector<Reminder>& reminders) {
    json result = json::array();
    for (const Reminder& reminder : reminders)
        result.push_back(json{{"after", reminder.after.count()}, {"text", text_to_json(reminder.text)}});
    return result;
}

struct NodeToJson {
    json operator()(const Say& say) const { return {{"do", "say"}, {"text", text_to_json(say.text)}}; }
    json operator()(const Media& media) const {
        return {{"do", name_of(kMedia, media.kind)}, {"target", media.target}, {"text", text_to_json(media.text)}};
    }
    json operator()(const Pace& pace) const {
        json beats = json::array();
        for (const Beat& beat : pace.beats) beats.push_back({{"words", beat.words}, {"seconds", beat.seconds}});
        return {{"do", "pace"}, {"times", pace.times}, {"beats", std::move(beats)}};
    }
    json operator()(const If& fork) const {
        json branches = json::array();
        for (const Branch& branch : fork.branches) {
            branches.push_back({{"if", expr_to_json(branch.when)}, {"then", block_to_json(branch.then)}});
        }
        json result{{"do", "if"}, {"branches", std::move(branches)}};
        if (!fork.otherwise.empty()) result["otherwise"] = block_to_json(fork.otherwise);
        return result;
    }
    json operator()(const GoTo& go) const {
        json result{{"do", "go_to"}, {"step", go.step}};
        if (go.at_most) result["at_most"] = *go.at_most;
        return result;
    }
    json operator()(const Call& call) const {
        json result{{"do", "call"}, {"script", call.script}};
        if (!call.with.empty()) result["with"] = call.with;
        return result;
    }
    json operator()(const Finish& finish) const { return {{"do", "finish"}, {"outcome", finish.outcome}}; }
    json operator()(const Wait& wait) const {
        if (wait.length) return {{"do", "wait"}, {"seconds", wait.length->count()}};
        return {{"do", "wait"}, {"until", wait.until}};
    }
    json operator()(const FollowUp& follow) const {
        json result{{"do", "follow_up"}, {"after", follow.after.count()}, {"script", follow.script}};
        if (!follow.with.empty()) result["with"] = follow.with;
        return result;
    }
    json operator()(const HelpLines& help) const { return {{"do", "help_lines"}, {"topics", help.topics}}; }
    json operator()(const Begin& begin) const {
        json result{{"do", "begin"}, {"script", begin.script}};
        if (!begin.with.empty()) result["with"] = begin.with;
        return result;
    }
    json operator()(const For& part) const {
        json result{{"do", "for"}, {"who", name_of(kWho, part.who)}};
        if (!part.role.empty()) result["role"] = part.role;
        return result;
    }
    json operator()(const Barrier& barrier) const {
        json result{{"do", "barrier"}};
        if (barrier.ready > 0) result["ready"] = barrier.ready;
        if (barrier.up_to) result["up_to"] = barrier.up_to->count();
        if (!barrier.if_not.empty()) result["if_not"] = barrier.if_not;
        if (!barrier.reminders.empty()) result["reminders"] = reminders_to_json(barrier.reminders);
        return result;
    }
    json operator()(const Share& share) const {
        json result{{"do", "share"}, {"name", share.name}, {"with", name_of(kWith, share.with)}};
        if (!share.role.empty()) result["role"] = share.role;
        return result;
    }
    json operator()(const Show& show) const {
        json result{{"do", "show"}, {"name", show.name}};
        if (!show.role.empty()) result["role"] = show.role;
        if (show.counted) result["counted"] = true;
        return result;
    }
    json operator()(const Invite& invite) const { return {{"do", "invite"}, {"role", invite.role}}; }
    json operator()(const Floor& floor) const {
        json result{{"do", "floor"}, {"to", name_of(kFloors, floor.to)}};
        if (!floor.role.empty()) result["role"] = floor.role;
        if (floor.length) result["seconds"] = floor.length->count();
        return result;
    }
    json operator()(const Ask& ask) const;
};

json NodeToJson::operator()(const Ask& ask) const {
    const Ask defaults;
    json result{{"do", "ask"}, {"kind", name_of(kAskKinds, ask.kind)}};
    if (!ask.name.empty()) result["name"] = ask.name;
    if (ask.from) result["from"] = *ask.from;
    if (ask.to) result["to"] = *ask.to;
    if (!ask.low.empty()) result["low"] = ask.low;
    if (!ask.high.empty()) result["high"] = ask.high;
    if (ask.max != defaults.max) result["max"] = ask.max;
    for (const Synonyms& also : ask.also)
        result["also"].push_back(json{{"phrases", also.phrases}, {"value", also.value}});
    for (const Choice& choice : ask.choices) result["choices"].push_back(choice_to_json(choice));
    for (const Text& retry : ask.retry) result["retry"].push_back(text_to_json(retry));
    if (ask.tries != defaults.tries) result["tries"] = ask.tries;
    if (!ask.if_stuck.empty()) result["if_stuck"] = ask.if_stuck;
    for (const Nudge& nudge : ask.nudges)
        result["nudges"].push_back(json{{"if", expr_to_json(nudge.when)}, {"text", text_to_json(nudge.text)}});
    if (!ask.reminders.empty()) result["reminders"] = reminders_to_json(ask.reminders);
    if (ask.up_to) result["up_to"] = ask.up_to->count();
    if (!ask.if_not.empty()) result["if_not"] = ask.if_not;
    return result;
}

json block_to_json(const Block& block) {
    json nodes = json::array();
    for (const Node& node : block) {
        json item = std::visit(NodeToJson{}, node.what);
        if (!node.to.empty()) item["for"] = node.to;
        if (node.alone) item["alone"] = true;
        nodes.push_back(std::move(item));
    }
    return nodes;
}

json script_to_json(const Script& script) {
    json steps = json::array();
    for (const Step& step : script.steps) {
        json item{{"id", step.id}, {"title", step.title}, {"body", block_to_json(step.body)}};
        if (step.side) item["side"] = true;
        steps.push_back(std::move(item));
    }
    json result{{"format", 1},
                {"id", script.id},
                {"title", script.title},
                {"language", script.language},
                {"steps", std::move(steps)}};
    if (!script.about.empty()) result["about"] = script.about;
    if (script.minutes) result["minutes"] = *script.minutes;
    if (!script.credit.empty()) result["credit"] = script.credit;
    if (script.review.kind != Review::Kind::none) {
        result["review"] = {{"kind", name_of(kReviews, script.review.kind)}, {"note", script.review.note}};
    }
    for (const Role& role : script.people) {
        json item = role.name;
        if (role.most > 1) item = {{"role", role.name}, {"least", role.least}, {"most", role.most}};
        result["people"].push_back(std::move(item));
    }
    if (!script.given.empty()) result["given"] = script.given;
    if (!script.calls.empty()) result["calls"] = script.calls;
    return result;
}

}  // namespace

std::string to_canonical_json(const Script& script) {
    return script_to_json(script).dump(-1, ' ', false, json::error_handler_t::replace);
}

std::string sha256_hex(std::string_view bytes) {
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
    unsigned int size = 0;
    if (EVP_Digest(bytes.data(), bytes.size(), digest.data(), &size, EVP_sha256(), nullptr) != 1) {
        throw std::runtime_error("OpenSSL cannot compute SHA-256");
    }
    constexpr std::string_view kDigits = "0123456789abcdef";
    std::string hex;
    for (unsigned int i = 0; i < size; ++i) {
        hex += kDigits[digest[i] >> 4];
        hex += kDigits[digest[i] & 15];
    }
    return hex;
}

std::shared_ptr<Revision> make_revision(Script script) {
    auto revision = std::make_shared<Revision>();
    revision->json = to_canonical_json(script);
    revision->hash = sha256_hex(revision->json);
    revision->script = std::move(script);
    return revision;
}

}  // namespace reweave::dialog
