// From JSON to a script. Strict: an unknown field, a wrong type or a step that is not there is refused, with its place.
#include <algorithm>
#include <nlohmann/json.hpp>
#include <stdexcept>

#include "bot/dialog/compile.hpp"
#include "bot/dialog/script_json.hpp"

namespace reweave::dialog {
namespace {

using nlohmann::json;
using namespace json_names;

constexpr int kDeepestExpression = 64;

[[noreturn]] void refuse(const std::string& place, const std::string& why) {
    throw std::invalid_argument((place.empty() ? "script" : place) + ": " + why);
}

/// An object whose every field must be asked for.
class Object {
 public:
    Object(const json& value, std::string place) : value_(value), place_(std::move(place)) {
        if (!value_.is_object()) refuse(place_, "an object is expected");
    }
    /// Call when all fields were asked for.
    void done() const {
        for (const auto& [key, _] : value_.items()) {
            if (std::find(known_.begin(), known_.end(), key) == known_.end()) refuse(place_, "unknown field " + key);
        }
    }
    [[nodiscard]] std::string place(std::string_view key) const {
        return place_.empty() ? std::string(key) : place_ + "." + std::string(key);
    }

    const json* find(const char* key) {
        known_.emplace_back(key);
        const auto it = value_.find(key);
        return it == value_.end() ? nullptr : &*it;
    }
    const json& need(const char* key) {
        const json* field = find(key);
        if (!field) refuse(place_, std::string("field ") + key + " is missing");
        return *field;
    }

    std::string text(const char* key) { return as_text(need(key), place(key)); }
    std::string text_or_empty(const char* key) {
        const json* field = find(key);
        return field ? as_text(*field, place(key)) : std::string();
    }
    std::int64_t integer(const char* key) { return as_integer(need(key), place(key)); }
    std::optional<std::int64_t> maybe_integer(const char* key) {
        const json* field = find(key);
        if (!field) return std::nullopt;
        return as_integer(*field, place(key));
    }
    int small(const char* key, int fallback) {
        const auto value = maybe_integer(key);
        if (value && (*value < 0 || *value > 1'000'000)) refuse(place(key), "out of bounds");
        return value ? static_cast<int>(*value) : fallback;
    }
    std::vector<std::string> texts(const char* key) {
        return list(key, [](const json& item, const std::string& at) { return as_text(item, at); });
    }
    /// An array, read item by item; empty if the field is absent.
    template <class Read>
    auto list(const char* key, Read read) -> std::vector<decltype(read(std::declval<const json&>(), std::string()))> {
        std::vector<decltype(read(std::declval<const json&>(), std::string()))> items;
        const json* field = find(key);
        if (!field) return items;
        if (!field->is_array()) refuse(place(key), "an array is expected");
        for (std::size_t i = 0; i < field->size(); ++i) {
            items.push_back(read((*field)[i], place(key) + "[" + std::to_string(i) + "]"));
        }
        return items;
    }
    template <class Enum, std::size_t N>
    Enum one_of(const char* key, const Table<Enum, N>& table) {
        const std::string name = text(key);
        const auto value = value_of(table, name);
        if (!value) refuse(place(key), "unknown value " + name);
        return *value;
    }

 private:
    static std::string as_text(const json& value, const std::string& place) {
        if (!value.is_string()) refuse(place, "a string is expected");
        return value.get<std::string>();
    }
    static std::int64_t as_integer(const json& value, const std::string& place) {
        if (!value.is_number_integer()) refuse(place, "a whole number is expected");
        return value.get<std::int64_t>();
    }

    const json& value_;
    std::string place_;
    std::vector<std::string> known_;
};

Block read_block(const json& value, const std::string& place, int depth);

Piece read_piece(const json& value, const std::string& place) {
    Piece piece;
    if (value.is_string()) {
        piece.literal = value.get<std::string>();
        return piece;
    }
    Object object(value, place);
    piece.name = object.text("name");
    if (piece.name.empty()) refuse(object.place("name"), "a name is expected");
    piece.forms = object.texts("forms");
    object.done();
    return piece;
}

Template read_template(const json& value, const std::string& place) {
    if (!value.is_array()) refuse(place, "an array is expected");
    Template pieces;
    for (std::size_t i = 0; i < value.size(); ++i)
        pieces.push_back(read_piece(value[i], place + "[" + std::to_string(i) + "]"));
    return pieces;
}

Text read_text(const json& value, const std::string& place) {
    if (!value.is_array() || value.empty()) refuse(place, "an array with at least one text is expected");
    Text text;
    for (std::size_t i = 0; i < value.size(); ++i) {
        text.alternates.push_back(read_template(value[i], place + "[" + std::to_string(i) + "]"));
    }
    return text;
}

Expr read_expr(const json& value, const std::string& place, int depth = 0) {
    if (depth > kDeepestExpression) refuse(place, "nested too deeply");
    Object object(value, place);
    Expr expr;
    expr.op = object.one_of("op", kOps);
    expr.args =
        object.list("args", [&](const json& item, const std::string& at) { return read_expr(item, at, depth + 1); });
    expr.name = object.text_or_empty("name");
    expr.words = object.texts("words");
    if (const json* right = object.find("value")) {
        if (right->is_number_integer()) {
            expr.value = right->get<std::int64_t>();
        } else if (right->is_string()) {
            expr.value = right->get<std::string>();
        } else if (right->is_boolean()) {
            expr.value = right->get<bool>();
        } else {
            Object name(*right, object.place("value"));
            expr.value = Expr::Name{name.text("name")};
            name.done();
        }
    }
    object.done();
    const bool joins = expr.op == Expr::Op::all || expr.op == Expr::Op::any || expr.op == Expr::Op::negate;
    if (joins == expr.args.empty() || joins != expr.name.empty())
        refuse(place, joins ? "args are missing" : "a name is missing");
    if (expr.op == Expr::Op::negate && expr.args.size() != 1) refuse(place, "not takes one condition");
    return expr;
}

Choice read_choice(const json& value, const std::string& place, int depth) {
    Object object(value, place);
    Choice choice;
    choice.id = object.text("id");
    choice.label = object.text("label");
    choice.also = object.texts("also");
    if (const json* only_if = object.find("if")) choice.only_if = read_expr(*only_if, object.place("if"));
    if (const json* then = object.find("then")) choice.then = read_block(*then, object.place("then"), depth + 1);
    object.done();
    return choice;
}

std::vector<Reminder> read_reminders(Object& object) {
    return object.list("reminders", [](const json& item, const std::string& at) {
        Object reminder(item, at);
        Reminder result{Seconds(reminder.integer("after")), read_text(reminder.need("text"), reminder.place("text"))};
        reminder.done();
        return result;
    });
}

bool read_flag(Object& object, const char* key) {
    const json* flag = object.find(key);
    if (flag && !flag->is_boolean()) refuse(object.place(key), "true or false is expected");
    return flag && flag->get<bool>();
}

Ask read_ask(Object& object, int depth) {
    Ask ask;
    ask.kind = object.one_of("kind", kAskKinds);
    ask.name = object.text_or_empty("name");
    ask.from = object.maybe_integer("from");
    ask.to = object.maybe_integer("to");
    ask.low = object.text_or_empty("low");
    ask.high = object.text_or_empty("high");
    ask.max = object.small("max", ask.max);
    ask.also = object.list("also", [](const json& item, const std::string& at) {
        Object also(item, at);
        Synonyms synonyms{also.texts("phrases"), also.integer("value")};
        also.done();
        return synonyms;
    });
    ask.choices =
        object.list("choices", [&](const json& item, const std::string& at) { return read_choice(item, at, depth); });
    ask.retry = object.list("retry", read_text);
    ask.tries = object.small("tries", ask.tries);
    ask.if_stuck = object.text_or_empty("if_stuck");
    ask.nudges = object.list("nudges", [](const json& item, const std::string& at) {
        Object nudge(item, at);
        Nudge result{read_expr(nudge.need("if"), nudge.place("if")),
                     read_text(nudge.need("text"), nudge.place("text"))};
        nudge.done();
        return result;
    });
    ask.reminders = read_reminders(object);
    if (const auto seconds = object.maybe_integer("up_to")) ask.up_to = Seconds(*seconds);
    ask.if_not = object.text_or_empty("if_not");
    if (ask.kind == AskKind::scale && !(ask.from && ask.to)) refuse(object.place("from"), "a scale needs from and to");
    return ask;
}

If read_if(Object& object, int depth) {
    If fork;
    fork.branches = object.list("branches", [&](const json& item, const std::string& at) {
        Object branch(item, at);
        Branch result{read_expr(branch.need("if"), branch.place("if")),
                      read_block(branch.need("then"), branch.place("then"), depth + 1)};
        branch.done();
        return result;
    });
    if (fork.branches.empty()) refuse(object.place("branches"), "at least one branch is expected");
    if (const json* otherwise = object.find("otherwise"))
        fork.otherwise = read_block(*otherwise, object.place("otherwise"), depth + 1);
    return fork;
}

decltype(Node::what) read_what(const std::string& kind, Object& object, int depth) {
    if (kind == "say") return Say{read_text(object.need("text"), object.place("text"))};
    if (const auto media = value_of(kMedia, kind)) {
        return Media{*media, object.text("target"), read_text(object.need("text"), object.place("text"))};
    }
    if (kind == "pace") {
        Pace pace;
        pace.times = object.small("times", 1);
        pace.beats = object.list("beats", [](const json& item, const std::string& at) {
            Object beat(item, at);
            Beat result{beat.text("words"), beat.small("seconds", 0)};
            beat.done();
            return result;
        });
        return pace;
    }
    if (kind == "ask") return read_ask(object, depth);
    if (kind == "if") return read_if(object, depth);
    if (kind == "go_to") {
        GoTo go{object.text("step"), {}};
        if (const int times = object.small("at_most", 0); times > 0) go.at_most = times;
        return go;
    }
    if (kind == "call") return Call{object.text("script"), object.texts("with")};
    if (kind == "finish") return Finish{object.text("outcome")};
    if (kind == "wait") {
        Wait wait;
        wait.until = object.text_or_empty("until");
        if (const auto seconds = object.maybe_integer("seconds")) wait.length = Seconds(*seconds);
        if (wait.length.has_value() != wait.until.empty())
            refuse(object.place("until"), "either seconds or until is expected");
        return wait;
    }
    if (kind == "follow_up")
        return FollowUp{Seconds(object.integer("after")), object.text("script"), object.texts("with")};
    if (kind == "help_lines") return HelpLines{object.texts("topics")};
    if (kind == "begin") return Begin{object.text("script"), object.texts("with")};
    if (kind == "for") return For{object.one_of("who", kWho), object.text_or_empty("role")};
    if (kind == "barrier") {
        Barrier barrier;
        barrier.ready = object.small("ready", 0);
        if (const auto seconds = object.maybe_integer("up_to")) barrier.up_to = Seconds(*seconds);
        barrier.if_not = object.text_or_empty("if_not");
        barrier.reminders = read_reminders(object);
        return barrier;
    }
    if (kind == "share") return Share{object.text("name"), object.one_of("with", kWith), object.text_or_empty("role")};
    if (kind == "show") return Show{object.text("name"), object.text_or_empty("role"), read_flag(object, "counted")};
    if (kind == "invite") return Invite{object.text("role")};
    if (kind == "floor") {
        Floor floor{object.one_of("to", kFloors), object.text_or_empty("role"), {}};
        if (const auto seconds = object.maybe_integer("seconds")) floor.length = Seconds(*seconds);
        return floor;
    }
    refuse(object.place("do"), "unknown value " + kind);
}

Block read_block(const json& value, const std::string& place, int depth) {
    if (!value.is_array()) refuse(place, "an array is expected");
    // `Place` has room for one level of forks.
    if (depth > 1) refuse(place, "a fork inside a fork");
    Block block;
    for (std::size_t i = 0; i < value.size(); ++i) {
        Object object(value[i], place + "[" + std::to_string(i) + "]");
        const std::string kind = object.text("do");
        if (depth > 0 && (kind == "for" || kind == "barrier")) refuse(object.place("do"), "not inside a fork");
        Node node{read_what(kind, object, depth), {}};
        node.to = object.text_or_empty("for");
        node.alone = read_flag(object, "alone");
        object.done();
        block.push_back(std::move(node));
    }
    return block;
}

void check_step_exists(const Script& script, const std::string& step, const std::string& place) {
    if (!step.empty() && step_index(script, step) < 0) refuse(place, "there is no step " + step);
}

void check_steps_exist(const Script& script, const Block& block, const std::string& place) {
    for (const Node& node : block) {
        if (const auto* go = std::get_if<GoTo>(&node.what)) check_step_exists(script, go->step, place);
        if (const auto* barrier = std::get_if<Barrier>(&node.what)) check_step_exists(script, barrier->if_not, place);
        if (const auto* fork = std::get_if<If>(&node.what)) {
            for (const Branch& branch : fork->branches) check_steps_exist(script, branch.then, place);
            check_steps_exist(script, fork->otherwise, place);
        }
        if (const auto* ask = std::get_if<Ask>(&node.what)) {
            check_step_exists(script, ask->if_stuck, place);
            check_step_exists(script, ask->if_not, place);
            for (const Choice& choice : ask->choices) check_steps_exist(script, choice.then, place);
        }
    }
}

}  // namespace

Script script_from_json(const json& value) {
    Object object(value, "");
    if (const auto format = object.integer("format"); format != 1)
        refuse("format", "only 1 is known, not " + std::to_string(format));
    Script script;
    script.id = object.text("id");
    script.title = object.text("title");
    script.language = object.text("language");
    script.about = object.text_or_empty("about");
    script.credit = object.text_or_empty("credit");
    if (object.find("minutes")) script.minutes = object.small("minutes", 0);
    if (const json* review = object.find("review")) {
        Object fields(*review, "review");
        script.review = Review{fields.one_of("kind", kReviews), fields.text("note")};
        fields.done();
    }
    script.people = object.list("people", [](const json& item, const std::string& at) {
        if (item.is_string()) return Role{item.get<std::string>()};
        Object fields(item, at);
        Role role{fields.text("role"), fields.small("least", 1), fields.small("most", 1)};
        fields.done();
        return role;
    });
    script.given = object.texts("given");
    if (const json* calls = object.find("calls")) {
        if (!calls->is_object()) refuse("calls", "an object is expected");
        for (const auto& [id, hash] : calls->items()) {
            if (!hash.is_string()) refuse("calls." + id, "a string is expected");
            script.calls[id] = hash.get<std::string>();
        }
    }
    script.steps = object.list("steps", [](const json& item, const std::string& at) {
        Object fields(item, at);
        Step step;
        step.id = fields.text("id");
        step.title = fields.text("title");
        step.body = read_block(fields.need("body"), fields.place("body"), 0);
        step.side = read_flag(fields, "side");
        fields.done();
        return step;
    });
    object.done();
    if (script.steps.empty()) refuse("steps", "at least one step is expected");
    for (std::size_t i = 0; i < script.steps.size(); ++i) {
        check_steps_exist(script, script.steps[i].body, "steps[" + std::to_string(i) + "]");
    }
    return script;
}

}  // namespace reweave::dialog
