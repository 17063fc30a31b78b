#include "bot/dialog/statement.hpp"

#include <algorithm>
#include <array>

#include "bot/dialog/characters.hpp"
#include "bot/dialog/scanner.hpp"

namespace reweave::dialog {
namespace {

struct CueRow {
    std::string_view words;
    Cue cue;
    bool everyday = false;  ///< a word that also begins ordinary sentences, so small letters do not hint at the cue
};
constexpr std::array kCues{
    CueRow{"OR", Cue::or_, true},
    CueRow{"PICTURE", Cue::picture},
    CueRow{"RECORDING", Cue::recording},
    CueRow{"LINK", Cue::link, true},
    CueRow{"PACE", Cue::pace},
    CueRow{"ASK", Cue::ask},
    CueRow{"ALSO", Cue::also},
    CueRow{"RETRY", Cue::retry},
    CueRow{"TRIES", Cue::tries},
    CueRow{"IF STUCK", Cue::if_stuck},
    CueRow{"NUDGE", Cue::nudge},
    CueRow{"REMIND", Cue::remind},
    CueRow{"IF NOT", Cue::if_not},
    CueRow{"IF", Cue::if_, true},
    CueRow{"OTHERWISE IF", Cue::otherwise_if},
    CueRow{"OTHERWISE", Cue::otherwise},
    CueRow{"END", Cue::end, true},
    CueRow{"GO TO", Cue::go_to},
    CueRow{"CALL", Cue::call},
    CueRow{"FINISH", Cue::finish},
    CueRow{"WAIT", Cue::wait},
    CueRow{"FOLLOW UP", Cue::follow_up},
    CueRow{"HELP LINES", Cue::help_lines},
    CueRow{"NOTE", Cue::note, true},
    CueRow{"FOR", Cue::for_, true},
    CueRow{"SHARE", Cue::share, true},
    CueRow{"SHOW", Cue::show, true},
    CueRow{"BEGIN", Cue::begin, true},
    CueRow{"INVITE", Cue::invite, true},
    CueRow{"FLOOR", Cue::floor, true},
    CueRow{"TO", Cue::to, true},
    CueRow{"FORMERLY", Cue::formerly, true},
};

/// The signs of a list in word processors; the last two are what Word's symbol font leaves behind.
constexpr std::array kBullets{"*", "•", "◦", "▪", "●", "○", "·", "‣", "⁃", "\uF0B7", "\uF0A7"};

std::size_t bold_size(std::string_view text) {
    return text.starts_with("**") || text.starts_with("__") ? 2 : 0;
}

/// "GO  TO", "GO-TO", "HELP–LINES" -> "GO TO", "HELP LINES".
std::string spaced(std::string_view words) {
    std::string result;
    for (std::size_t i = 0; i < words.size(); ++i) {
        const bool dash = words[i] == '-' || words[i] == '_';
        if (words[i] == ' ' || dash) {
            if (!result.empty() && result.back() != ' ') result += ' ';
        } else {
            result += words[i];
        }
    }
    while (!result.empty() && result.back() == ' ') result.pop_back();
    return result;
}

const CueRow* find_cue(std::string_view words) {
    const auto* row =
        std::find_if(kCues.begin(), kCues.end(), [&](const CueRow& r) { return same_word(r.words, words); });
    return row == kCues.end() ? nullptr : row;
}

/// Bytes of the colon at the start of `text`, with bold marks and space around it; 0 if there is none.
std::size_t colon_size(std::string_view text) {
    std::size_t i = bold_size(text);
    while (i < text.size() && text[i] == ' ') ++i;
    const std::string_view colon = text.substr(i);
    if (!colon.starts_with(':') && !colon.starts_with("：")) return 0;
    i += colon.starts_with(":") ? std::size_t{1} : 3;
    return i + bold_size(text.substr(i));
}

struct Candidate {
    std::size_t begin = 0;  ///< after bold marks
    std::size_t end = 0;    ///< of the words
    std::size_t body = 0;   ///< after the colon; 0 if there is none
};

/// The run of letters, spaces and hyphens that a line begins with.
Candidate candidate(std::string_view text) {
    Candidate c;
    c.begin = bold_size(text);
    c.end = c.begin;
    while (c.end < text.size() &&
           (is_letter(text[c.end]) || text[c.end] == ' ' || text[c.end] == '-' || text[c.end] == '_') &&
           bold_size(text.substr(c.end)) == 0)
        ++c.end;
    while (c.end > c.begin && text[c.end - 1] == ' ') --c.end;
    const std::size_t colon = colon_size(text.substr(c.end));
    if (colon > 0) c.body = c.end + colon;
    return c;
}

bool could_be_cue(std::string_view words) {
    constexpr std::size_t kLongest = 24;
    const bool capitals = std::none_of(words.begin(), words.end(), [](char c) { return c >= 'a' && c <= 'z'; });
    return capitals && words.size() >= 2 && words.size() <= kLongest && is_capital(words[0]) && is_capital(words[1]);
}

/// The longest cue in capitals that a line without a colon begins with.
const CueRow* cue_without_colon(std::string_view text) {
    const CueRow* best = nullptr;
    for (const CueRow& row : kCues) {
        if (!text.starts_with(row.words) || (best && best->words.size() > row.words.size())) continue;
        const std::string_view after = text.substr(row.words.size());
        const bool takes_nothing = row.cue == Cue::end || row.cue == Cue::otherwise;
        if (takes_nothing ? after.empty() : after.starts_with(' ')) best = &row;
    }
    return best;
}

Slice cue_body(Slice whole, const Candidate& c) {
    Slice body = whole.sub(c.body).trimmed();
    // **ASK: heat, one line** : the marks around the whole line
    const bool open =
        c.begin > 0 && whole.view().substr(c.end, c.body - c.end).find_first_of("*_") == std::string_view::npos;
    if (open && body.size() >= 2 && bold_size(body.view().substr(body.size() - 2)) > 0)
        body = body.sub(0, body.size() - 2).trimmed();
    return without_bold(body);
}

}  // namespace

std::string_view cue_words(Cue cue) {
    return std::find_if(kCues.begin(), kCues.end(), [&](const CueRow& r) { return r.cue == cue; })->words;
}

std::vector<std::string> all_cue_words() {
    std::vector<std::string> words;
    for (const CueRow& row : kCues) words.emplace_back(row.words);
    return words;
}

Slice without_bold(Slice slice) {
    const std::string_view text = slice.view();
    const bool enclosed = text.size() > 4 && bold_size(text) > 0 && text.ends_with(text.substr(0, 2)) &&
                          text.substr(2, text.size() - 4).find(text.substr(0, 2)) == std::string_view::npos;
    return enclosed ? slice.sub(2, text.size() - 4).trimmed() : slice;
}

WithId split_id(Slice slice) {
    const std::string_view text = slice.view();
    const std::size_t open = text.rfind("{#");
    if (open == std::string_view::npos || !text.ends_with('}')) return {slice, {}};
    return {slice.sub(0, open).trimmed(), slice.sub(open + 2, text.size() - open - 3).trimmed()};
}

Statement read_statement(const Line& line) {
    Statement s;
    s.whole = Slice(line);
    s.body = s.whole;
    const std::string_view text = s.whole.view();
    if (line.escaped || text.empty()) {
        s.kind = text.empty() ? Statement::Kind::blank : Statement::Kind::text;
        return s;
    }
    const auto marked = [&](Statement::Kind kind, std::size_t size) {
        s.kind = kind;
        s.mark = s.whole.sub(0, size);
        s.body = without_bold(s.whole.sub(size).trimmed());
        return s;
    };
    const std::size_t hashes = std::min(text.find_first_not_of('#'), text.size());
    // "#hashtag" is said; "# Title" and "## Step" are not.
    if (hashes == 1 && (text.size() == 1 || text[1] == ' ')) return marked(Statement::Kind::title, 1);
    if (hashes >= 2) return marked(Statement::Kind::heading, hashes);
    for (const std::string_view bullet : kBullets) {
        if (!text.starts_with(bullet)) continue;
        const std::string_view after = text.substr(bullet.size());
        // An asterisk needs a space, or "*sigh*" would be a choice; a bullet from a list does not.
        if (bullet != "*" || after.empty() || after.starts_with(' '))
            return marked(Statement::Kind::choice, bullet.size());
    }

    const Candidate c = candidate(text);
    const std::string words = spaced(text.substr(c.begin, c.end - c.begin));
    if (c.body > 0 && could_be_cue(words)) {
        const CueRow* row = find_cue(words);
        s.kind = row ? Statement::Kind::cue : Statement::Kind::unknown_cue;
        if (row) s.cue = row->cue;
        s.mark = s.whole.sub(c.begin, c.end - c.begin);
        s.body = cue_body(s.whole, c);
        return s;
    }
    if (const CueRow* row = cue_without_colon(without_bold(s.whole).view())) {
        const Slice bare = without_bold(s.whole);
        s.kind = Statement::Kind::cue;
        s.cue = row->cue;
        s.mark = bare.sub(0, row->words.size());
        s.body = bare.sub(row->words.size()).trimmed();
        s.no_colon = row->cue != Cue::end && row->cue != Cue::otherwise;
        return s;
    }
    s.kind = Statement::Kind::text;
    if (c.body > 0) {
        const CueRow* row = find_cue(words);
        s.small = row && !row->everyday;
    }
    return s;
}

}  // namespace reweave::dialog
