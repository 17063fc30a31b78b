#include "bot/dialog/ask_line.hpp"

#include <array>

#include "bot/dialog/header.hpp"
#include "bot/dialog/scanner.hpp"

namespace reweave::dialog {
namespace {

constexpr int kFeelingsShown = 3;
constexpr std::int64_t kMostPoints = 20;

struct KindRow {
    std::string_view words;
    AskKind kind;
};
constexpr std::array kKinds{
    KindRow{"one line", AskKind::one_line},
    KindRow{"long text", AskKind::long_text},
    KindRow{"yes or no", AskKind::yes_no},
    KindRow{"from", AskKind::scale},
    KindRow{"a number", AskKind::number},
    KindRow{"a length of time", AskKind::length},
    KindRow{"a moment", AskKind::moment},
    KindRow{"feelings", AskKind::feelings},
    KindRow{"needs", AskKind::needs},
    KindRow{"a country", AskKind::country},
    KindRow{"one of", AskKind::one_of},
    KindRow{"several", AskKind::several},
};

bool takes_max(AskKind kind) {
    return kind == AskKind::feelings || kind == AskKind::needs || kind == AskKind::several;
}

class AskReader {
 public:
    AskReader(Slice body, Faults& faults, bool people)
        : body_(body), scanner_(body), faults_(faults), people_(people) {}

    Ask read() {
        const Slice name = ask_name(body_);
        if (!name.empty()) {
            ask_.name = read_name(name);
            scanner_.take_until_comma();
            scanner_.take_comma();
        }
        if (read_kind()) {
            while (scanner_.take_comma()) read_up_to();
            if (!scanner_.done())
                unknown(scanner_.rest(), "I cannot fit " + in_quotes(scanner_.rest().view()) + " in here.");
        }
        return std::move(ask_);
    }

 private:
    std::string read_name(Slice slice) {
        std::string name = normal_name(slice.view());
        const NameFault fault = check_name(name);
        if (fault == NameFault::characters) {
            faults_.report(Fault::bad_name,
                           slice.span(),
                           in_quotes(slice.view()) + " cannot be the name of an answer.",
                           "Use one to three words of small letters, such as: heat, my part");
        } else if (fault == NameFault::reserved) {
            faults_.report(
                Fault::reserved_name,
                slice.span(),
                in_quotes(slice.view()) + " means something else in a script.",
                "Choose another name. Words such as is, has, and, or, not, missing, yes, no and outcome are taken.");
        }
        return name;
    }

    bool read_kind() {
        for (const KindRow& row : kKinds) {
            if (!scanner_.take_words(row.words)) continue;
            ask_.kind = row.kind;
            if (row.kind == AskKind::feelings || row.kind == AskKind::needs) ask_.max = kFeelingsShown;
            if (row.kind == AskKind::several) ask_.max = 0;  // all of them, once they are counted
            read_bounds();
            return true;
        }
        if (people_ && scanner_.take_words("a person")) return true;
        const Slice rest = scanner_.rest();
        if (scanner_.take_words("a person")) {
            unknown(rest, "A question for a person needs a script for two people.");
        } else if (rest.empty()) {
            unknown(body_, "This question does not say what kind of answer it takes.");
        } else {
            unknown(rest, "There is no kind of question " + in_quotes(scanner_.take_until_comma().view()) + ".");
        }
        return false;
    }

    void unknown(Slice where, std::string message) {
        std::vector<std::string> names;
        for (const KindRow& row : kKinds) names.emplace_back(row.words);
        faults_.report(
            Fault::unknown_kind,
            where.span(),
            std::move(message),
            did_you_mean(where.view(), names) +
                "The kinds are: one line, long text, yes or no, from 0 to 10, a number, a length of time, a moment, "
                "feelings, needs, a country, one of, several.");
    }

    void read_bounds() {
        const Slice start = scanner_.rest();
        if (ask_.kind == AskKind::scale) {
            read_scale();
        } else if (ask_.kind == AskKind::number && scanner_.take_words("from")) {
            ask_.from = scanner_.take_number();
            if (scanner_.take_words("to")) ask_.to = scanner_.take_number();
        } else if ((ask_.kind == AskKind::length || ask_.kind == AskKind::moment) && scanner_.take_words("from")) {
            ask_.from = scanner_.take_duration();
            if (scanner_.take_words("to")) ask_.to = scanner_.take_duration();
            scanner_.take_words("from now");
        } else {
            return;
        }
        const bool whole = ask_.from && ask_.to;
        if (whole && *ask_.from < *ask_.to && (ask_.kind != AskKind::scale || *ask_.to - *ask_.from <= kMostPoints))
            return;
        const bool too_many = whole && *ask_.from < *ask_.to;
        faults_.report(Fault::bounds,
                       start.empty() ? body_.span() : start.span(),
                       too_many ? "A scale can have at most 21 points."
                       : whole  ? "The lower bound must be below the upper one."
                                : "I cannot read these bounds.",
                       mend_of_bounds());
    }

    [[nodiscard]] std::string mend_of_bounds() const {
        if (ask_.kind == AskKind::scale)
            return "As in: from 0 \"calm\" to 10 \"boiling\". For larger numbers: a number from 1 to 100.";
        if (ask_.kind == AskKind::number) return "As in: a number from 1 to 7.";
        return "As in: a length of time from 20 minutes to 24 hours.";
    }

    void read_scale() {
        ask_.from = scanner_.take_number();
        if (const auto words = scanner_.take_quoted()) ask_.low = words->str();
        if (scanner_.take_words("to")) ask_.to = scanner_.take_number();
        if (const auto words = scanner_.take_quoted()) ask_.high = words->str();
    }

    /// `up to 3` picks or `up to 2 days` of time.
    void read_up_to() {
        const Slice part = scanner_.rest();
        if (!scanner_.take_words("up to")) {
            const Slice extra = scanner_.take_until_comma();
            unknown(extra, "I cannot fit " + in_quotes(extra.view()) + " in here.");
            return;
        }
        if (const auto seconds = scanner_.take_duration(); seconds && *seconds > 0) {
            ask_.up_to = Seconds(*seconds);
            return;
        }
        const auto most = scanner_.take_number();
        if (most && *most > 0 && *most <= 20 && takes_max(ask_.kind) &&
            (scanner_.done() || scanner_.rest().view().starts_with(","))) {
            ask_.max = static_cast<int>(*most);
            return;
        }
        scanner_.take_until_comma();
        faults_.report(
            Fault::duration,
            part.span(),
            "I cannot read how much “up to” allows here.",
            takes_max(ask_.kind) ? "As in: up to 3 for choices, or up to 2 days for time." : "As in: up to 2 days.");
    }

    Slice body_;
    Scanner scanner_;
    Faults& faults_;
    bool people_;
    Ask ask_;
};

}  // namespace

Slice ask_name(Slice body) {
    Scanner scanner(body);
    const Slice first = scanner.take_until_comma();
    Scanner inside(first);
    for (const KindRow& row : kKinds) {
        // "from" begins a scale only when a number follows: "from whom" could be a name.
        if (inside.take_words(row.words)) {
            const bool kind = row.kind == AskKind::scale ? inside.take_number().has_value()
                                                         : inside.done() || inside.take_words("from");
            if (kind) return Slice();
            inside = Scanner(first);
        }
    }
    return first;
}

Ask read_ask_line(Slice body, Faults& faults, bool people) {
    return AskReader(body, faults, people).read();
}

}  // namespace reweave::dialog
