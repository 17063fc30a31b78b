#include "bot/dialog/render.hpp"

#include <unicode/listformatter.h>
#include <unicode/measfmt.h>
#include <unicode/measunit.h>
#include <unicode/smpdtfmt.h>
#include <unicode/timezone.h>

#include <algorithm>

#include "bot/dialog/plural.hpp"
#include "bot/dialog/relabel.hpp"
#include "bot/dialog/utf8.hpp"

namespace reweave::dialog {
namespace {

constexpr std::string_view kGap = "…";  // stands where an answer was never given

icu::Locale locale_of(const LanguagePack* pack) {
    return icu::Locale(pack ? pack->language.c_str() : "en");
}

constexpr std::chrono::hours kWeek{6 * 24};  ///< from then on a weekday alone would be read as this week's

std::string local_time(TimePoint at, const RenderContext& context) {
    UErrorCode error = U_ZERO_ERROR;
    const icu::Locale locale = locale_of(context.pack);
    const std::unique_ptr<icu::TimeZone> zone(icu::TimeZone::createTimeZone(utf16(context.time_zone)));
    const auto ms = static_cast<UDate>(at.time_since_epoch().count());
    icu::UnicodeString day_now, day_then, out;
    icu::SimpleDateFormat day(icu::UnicodeString("yyyyMMdd"), icu::Locale::getRoot(), error);
    if (U_FAILURE(error)) return std::string(kGap);
    day.setTimeZone(*zone);
    day.format(static_cast<UDate>(context.now.time_since_epoch().count()), day_now);
    day.format(ms, day_then);
    const std::unique_ptr<icu::DateFormat> format(
        icu::DateFormat::createInstanceForSkeleton(icu::UnicodeString(day_now == day_then        ? "jm"
                                                                      : at - context.now < kWeek ? "EEEjm"
                                                                                                 : "EEEMMMdjm"),
                                                   locale,
                                                   error));
    if (U_FAILURE(error)) return std::string(kGap);
    format->setTimeZone(*zone);
    format->format(ms, out);
    // ICU 72 and later put a narrow no-break space before AM and PM, which some fonts lack.
    return utf8(out.findAndReplace(icu::UnicodeString(static_cast<UChar>(0x202f)), icu::UnicodeString(" ")));
}

std::string length_in_words(Seconds length, const RenderContext& context) {
    UErrorCode error = U_ZERO_ERROR;
    const icu::MeasureFormat format(locale_of(context.pack), UMEASFMT_WIDTH_WIDE, error);
    std::vector<icu::Measure> parts;
    std::int64_t rest = length.count();
    const auto take = [&](std::int64_t unit, icu::MeasureUnit* name) {
        const std::unique_ptr<icu::MeasureUnit> owned(name);
        const std::int64_t count = rest / unit;
        rest %= unit;
        if ((count > 0 || (unit == 1 && parts.empty())) && parts.size() < 2)
            parts.emplace_back(icu::Formattable(static_cast<double>(count)), owned->clone(), error);
    };
    take(86400, icu::MeasureUnit::createDay(error));
    take(3600, icu::MeasureUnit::createHour(error));
    take(60, icu::MeasureUnit::createMinute(error));
    if (parts.empty() || rest > 0) take(1, icu::MeasureUnit::createSecond(error));
    icu::UnicodeString out;
    icu::FieldPosition position;
    if (U_SUCCESS(error))
        format.formatMeasures(parts.data(), static_cast<std::int32_t>(parts.size()), out, position, error);
    return U_SUCCESS(error) ? utf8(out) : std::string(kGap);
}

std::string in_a_list(const std::vector<Picked>& items, const RenderContext& context) {
    if (items.empty()) return std::string(kGap);
    if (items.size() == 1) return items.front().label;
    UErrorCode error = U_ZERO_ERROR;
    const std::unique_ptr<icu::ListFormatter> format(
        icu::ListFormatter::createInstance(locale_of(context.pack), error));
    std::vector<icu::UnicodeString> labels;
    for (const Picked& item : items) labels.push_back(utf16(item.label));
    icu::UnicodeString out;
    if (U_SUCCESS(error)) format->format(labels.data(), static_cast<std::int32_t>(labels.size()), out, error);
    return U_SUCCESS(error) ? utf8(out) : items.front().label;
}

/// The form that fits how somebody is spoken of.
const std::string& form_for(const Answer& pronouns, const std::vector<std::string>& forms) {
    const auto* picked = std::get_if<Picked>(&pronouns);
    for (std::size_t i = 0; picked && i < std::min(kPronouns.size(), forms.size()); ++i) {
        if (kPronouns[i] == picked->id) return forms[i];
    }
    return forms.back();
}

/// `script`: the one that the text stands in.
std::string fill(const Template& text, const Answers& shown, const Script& script, const RenderContext& context) {
    std::string out;
    for (const Piece& piece : text) {
        if (piece.name.empty()) {
            out += piece.literal;
            continue;
        }
        if (!piece.forms.empty()) {
            if (const auto pronouns = shown.find(pronouns_key(piece.name)); pronouns != shown.end()) {
                out += form_for(pronouns->second, piece.forms);
                continue;
            }
        }
        const auto it = shown.find(piece.name);
        if (it == shown.end()) {
            out += kGap;
        } else if (piece.forms.empty()) {
            out += render(relabelled(it->second, piece.name, script, context.pack), context);
        } else {
            const auto* number = std::get_if<std::int64_t>(&it->second);
            const std::int64_t n = number ? *number : 0;
            const std::string& language = piece.language.empty() ? script.language : piece.language;
            std::string form = piece.forms[plural_form(n, language, piece.forms.size())];
            if (const auto hash = form.find('#'); hash != std::string::npos) form.replace(hash, 1, std::to_string(n));
            out += form;
        }
    }
    return out;
}

const Text* text_at(const Node& node, const Bubble& bubble) {
    const auto index = static_cast<std::size_t>(bubble.index);
    if (const auto* say = std::get_if<Say>(&node.what)) return &say->text;
    if (const auto* media = std::get_if<Media>(&node.what)) return &media->text;
    if (const auto* barrier = std::get_if<Barrier>(&node.what))
        return index < barrier->reminders.size() ? &barrier->reminders[index].text : nullptr;
    const auto* ask = std::get_if<Ask>(&node.what);
    if (!ask) return nullptr;
    switch (bubble.part) {
        case Bubble::Part::retry:
            return index < ask->retry.size() ? &ask->retry[index] : nullptr;
        case Bubble::Part::nudge:
            return index < ask->nudges.size() ? &ask->nudges[index].text : nullptr;
        case Bubble::Part::reminder:
            return index < ask->reminders.size() ? &ask->reminders[index].text : nullptr;
        case Bubble::Part::text:
            return nullptr;
    }
    return nullptr;
}

RenderedQuestion::Kind kind_of(AskKind kind) {
    switch (kind) {
        case AskKind::one_line:
        case AskKind::long_text:
            return RenderedQuestion::Kind::words;
        case AskKind::scale:
            return RenderedQuestion::Kind::scale;
        case AskKind::number:
            return RenderedQuestion::Kind::number;
        case AskKind::length:
            return RenderedQuestion::Kind::length;
        case AskKind::moment:
            return RenderedQuestion::Kind::moment;
        case AskKind::feelings:
            return RenderedQuestion::Kind::feelings;
        case AskKind::needs:
            return RenderedQuestion::Kind::needs;
        case AskKind::country:
            return RenderedQuestion::Kind::country;
        case AskKind::yes_no:
        case AskKind::one_of:
        case AskKind::several:
            return RenderedQuestion::Kind::choice;
    }
    return RenderedQuestion::Kind::words;
}

std::vector<RenderedGroup> groups_of(const std::vector<Family>& families) {
    std::vector<RenderedGroup> groups;
    for (const Family& family : families) {
        RenderedGroup group{family.id, family.label, {}};
        for (const Term& term : family.terms) group.choices.push_back({term.id, term.label});
        groups.push_back(std::move(group));
    }
    return groups;
}

std::string capitalised(std::string text) {
    if (!text.empty() && text.front() >= 'a' && text.front() <= 'z')
        text.front() = static_cast<char>(text.front() - 'a' + 'A');
    return text;
}

RenderedQuestion render_ask(const Ask& ask, const Question& question, const RenderContext& context) {
    RenderedQuestion out;
    out.kind = kind_of(ask.kind);
    out.long_text = ask.kind == AskKind::long_text;
    out.max = ask.max;
    out.low = ask.low;
    out.high = ask.high;
    out.bounded = ask.from.has_value() && ask.to.has_value();
    if (ask.from) out.from = *ask.from;
    if (ask.to) out.to = *ask.to;
    if (ask.kind == AskKind::yes_no)
        out.choices = {{"yes", plain_phrase(context.phrases, "yes")}, {"no", plain_phrase(context.phrases, "no")}};
    for (const int index : question.choices) {
        const Choice& choice = ask.choices[static_cast<std::size_t>(index)];
        out.choices.push_back({choice.id, choice.label});
    }
    if (ask.kind == AskKind::scale) {
        for (const Synonyms& also : ask.also)
            out.choices.push_back({std::to_string(also.value), capitalised(also.phrases.front())});
    }
    if (context.pack && ask.kind == AskKind::feelings) out.groups = groups_of(context.pack->feelings);
    if (context.pack && ask.kind == AskKind::needs) out.groups = groups_of(context.pack->needs);
    return out;
}

}  // namespace

std::string render(const Answer& answer, const RenderContext& context) {
    struct Visitor {
        const RenderContext& context;
        std::string operator()(std::monostate) const { return std::string(kGap); }
        std::string operator()(std::int64_t n) const { return std::to_string(n); }
        std::string operator()(bool yes) const { return plain_phrase(context.phrases, yes ? "yes" : "no"); }
        std::string operator()(const Picked& picked) const {
            const RevisionPtr script = picked.id == picked.label && context.together ? context.together() : nullptr;
            const Role* role = script ? role_named(script->script, picked.id) : nullptr;
            return role && !role->shown.empty() ? role->shown : picked.label;
        }
        std::string operator()(const PickedMany& many) const { return in_a_list(many.items, context); }
        std::string operator()(const Length& length) const { return length_in_words(length.seconds, context); }
        std::string operator()(const Moment& moment) const { return local_time(moment.at, context); }
        std::string operator()(const WordsRef& ref) const {
            const auto text = context.words(ref);
            return text ? std::string(*text) : plain_phrase(context.phrases, "erased-words");
        }
    };
    return std::visit(Visitor{context}, answer);
}

RenderedBubble render(const Bubble& bubble, const RenderContext& context) {
    RenderedBubble out;
    const RevisionPtr revision = context.revision(bubble.revision);
    const Node* node = revision ? node_at(revision->script, bubble.at) : nullptr;
    if (!node) {
        out.text = plain_phrase(context.phrases, "erased-words");
        return out;
    }
    if (const auto* pace = std::get_if<Pace>(&node->what)) {
        out.kind = RenderedBubble::Kind::pace;
        out.times = pace->times;
        out.beats = pace->beats;
        return out;
    }
    if (std::holds_alternative<FollowUp>(node->what)) {
        out.kind = RenderedBubble::Kind::calendar;
        out.text = plain_phrase(context.phrases, "calendar-title");
        const auto it = bubble.shown.find("at");
        if (const auto* moment = it == bubble.shown.end() ? nullptr : std::get_if<Moment>(&it->second))
            out.at = moment->at;
        return out;
    }
    if (const auto* help = std::get_if<HelpLines>(&node->what)) {
        out.kind = RenderedBubble::Kind::help;
        out.topics = help->topics;
        return out;
    }
    if (const auto* invite = std::get_if<Invite>(&node->what)) {
        out.kind = RenderedBubble::Kind::invite;
        out.role = invite->role;
        out.people = most_people(revision->script);
        return out;
    }
    if (const auto* media = std::get_if<Media>(&node->what)) {
        out.kind = media->kind == Media::Kind::link        ? RenderedBubble::Kind::link
                   : media->kind == Media::Kind::recording ? RenderedBubble::Kind::recording
                                                           : RenderedBubble::Kind::picture;
        out.target = media->target;
    }
    if (const Text* text = text_at(*node, bubble)) {
        const auto alternate = std::min(static_cast<std::size_t>(bubble.alternate), text->alternates.size() - 1);
        out.text = fill(text->alternates[alternate], bubble.shown, revision->script, context);
    }
    return out;
}

RenderedQuestion render(const Question& question, const RenderContext& context) {
    const RevisionPtr revision = context.revision(question.revision);
    const Node* node = revision ? node_at(revision->script, question.at) : nullptr;
    RenderedQuestion out;
    if (const auto* ask = node ? std::get_if<Ask>(&node->what) : nullptr) {
        out = render_ask(*ask, question, context);
    } else if (node && std::holds_alternative<Pace>(node->what)) {
        out.kind = RenderedQuestion::Kind::done;
        out.choices = {{"done", plain_phrase(context.phrases, "done-button")}};
    } else if (node && std::holds_alternative<Share>(node->what)) {
        out.kind = RenderedQuestion::Kind::choice;
        for (const std::string_view id : kShareChoices)
            out.choices.push_back({std::string(id), plain_phrase(context.phrases, id)});
    }
    out.wait = question.wait;
    return out;
}

}  // namespace reweave::dialog
