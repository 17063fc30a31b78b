#include <algorithm>
#include <map>

#include "bot/dialog/fold.hpp"
#include "bot/dialog/transcript.hpp"

namespace reweave::dialog {
namespace {

bool contains(std::string_view bubble, const std::string& words) {
    const std::string folded = fold(words);
    if (folded.empty()) return bubble.find(words) != std::string_view::npos;
    return fold(bubble).find(folded) != std::string::npos;
}

std::string as_list(const std::vector<std::string>& lines, std::string_view if_none) {
    if (lines.empty()) return std::string(if_none);
    std::string out;
    for (const std::string& line : lines) out += "\n  | " + line;
    return out;
}

class Runner {
 public:
    Runner(const Transcript& transcript, Player& player) : transcript_(transcript), player_(player) {}

    std::optional<Diagnostic> run() {
        look(player_.start(transcript_.beginning));
        if (screen_.refused) {
            fail("T107", transcript_.span, "there is no script “" + transcript_.beginning.script + "”");
            return failure_;
        }
        for (const TranscriptLine& line : transcript_.lines) {
            take(line);
            if (failure_) return failure_;
        }
        for (const TranscriptLine& line : transcript_.lines) {
            if (line.kind == TranscriptLine::Kind::never_sees) check_never(line);
        }
        return failure_;
    }

 private:
    void take(const TranscriptLine& line) {
        if (!turn_to(line)) return;
        switch (line.kind) {
            case TranscriptLine::Kind::says:
                return act(line, player_.say(line.text));
            case TranscriptLine::Kind::chooses:
                if (const auto picks = find_picks(line)) act(line, player_.choose(*picks));
                return;
            case TranscriptLine::Kind::leaves:
                return act(line, player_.leave());
            case TranscriptLine::Kind::after:
                return act(line, player_.advance(line.time));
            case TranscriptLine::Kind::sees:
                return check_sees(line);
            case TranscriptLine::Kind::ends:
                return check_ends(line);
            case TranscriptLine::Kind::never_sees:
                return;  // looked at when everything has been said
        }
    }

    /// False, and reported, if there is nobody of that name.
    bool turn_to(const TranscriptLine& line) {
        if (line.who.empty() || line.who == who_) return true;
        Screen screen;
        if (!player_.turn_to(line.who, screen)) {
            fail("T005", line.span, "nobody here is called “" + line.who + "”");
            return false;
        }
        if (line.who == kPerson) return true;
        who_ = line.who;
        look(std::move(screen));
        return true;
    }

    void look(Screen screen) {
        screen_ = std::move(screen);
        next_ = 0;
        std::vector<std::string>& all = everything_[who_];
        all.insert(all.end(), screen_.bubbles.begin(), screen_.bubbles.end());
    }

    void act(const TranscriptLine& line, Screen screen) {
        look(std::move(screen));
        if (screen_.refused) fail("T104", line.span, "the bot did not take this: nothing is open that it could answer");
    }

    [[nodiscard]] std::string name() const { return who_.empty() ? std::string(kPerson) : who_; }

    void fail(std::string code, Span span, std::string message) {
        std::string seen = "What was said last:" + as_list(screen_.bubbles, " nothing");
        std::vector<std::string> labels;
        for (const RenderedChoice& choice : screen_.choices) labels.push_back(choice.label);
        seen += "\nWhat can be chosen:" + as_list(labels, " nothing");
        failure_ = Diagnostic{std::move(code),
                              Severity::error,
                              transcript_.path,
                              span,
                              "in “" + transcript_.title + "”: " + std::move(message),
                              std::move(seen),
                              std::nullopt};
    }

    void check_sees(const TranscriptLine& line) {
        for (std::size_t i = next_; i < screen_.bubbles.size(); ++i) {
            if (!contains(screen_.bubbles[i], line.text)) continue;
            next_ = i;
            return;
        }
        fail("T101",
             line.span,
             "the " + name() + " does not see “" + line.text + "”" + (next_ > 0 ? " after what they saw before" : ""));
    }

    void check_never(const TranscriptLine& line) {
        if (!turn_to(line)) return;  // and so what was shown to them last is looked at, too
        for (const std::string& bubble : everything_[who_]) {
            if (contains(bubble, line.text)) return fail("T102", line.span, "the " + name() + " saw “" + bubble + "”");
        }
    }

    void check_ends(const TranscriptLine& line) {
        if (!player_.knows_outcomes()) return;
        if (!screen_.outcome) return fail("T106", line.span, "the script has not ended");
        if (*screen_.outcome != line.text) fail("T105", line.span, "the script ended with “" + *screen_.outcome + "”");
    }

    /// The whole text is one label, or several between commas.
    std::optional<std::vector<std::string>> find_picks(const TranscriptLine& line) {
        if (auto id = find_choice(line.text)) return std::vector{std::move(*id)};
        std::vector<std::string> picks;
        for (std::size_t from = 0; from <= line.text.size();) {
            const std::size_t comma = std::min(line.text.find(',', from), line.text.size());
            auto id = find_choice(std::string_view(line.text).substr(from, comma - from));
            if (!id) {
                fail("T103", line.span, "there is no such choice now");
                return std::nullopt;
            }
            picks.push_back(std::move(*id));
            from = comma + 1;
        }
        return picks;
    }

    /// A label, the start of only one label, a number on a scale, or the button Skip.
    std::optional<std::string> find_choice(std::string_view text) {
        const std::string wanted = fold(text);
        if (wanted.empty()) return std::nullopt;
        std::vector<std::string> begin_so;
        for (const RenderedChoice& choice : screen_.choices) {
            const std::string label = fold(choice.label);
            if (label == wanted || choice.id == wanted) return choice.id;
            if (label.starts_with(wanted)) begin_so.push_back(choice.id);
        }
        if (begin_so.size() == 1) return begin_so.front();
        const bool number = std::all_of(wanted.begin(), wanted.end(), [](char c) { return c >= '0' && c <= '9'; });
        if (number || wanted == "skip") return wanted;
        return std::nullopt;
    }

    const Transcript& transcript_;
    Player& player_;
    Screen screen_;
    std::size_t next_ = 0;                                        ///< the bubble that the last `sees` found
    std::map<std::string, std::vector<std::string>> everything_;  ///< by who saw it
    std::string who_;                                             ///< who acts; empty: the only person
    std::optional<Diagnostic> failure_;
};

}  // namespace

std::optional<Diagnostic> run(const Transcript& transcript, Player& player) {
    return Runner(transcript, player).run();
}

}  // namespace reweave::dialog
