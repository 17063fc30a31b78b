#include "bot/dialog/po.hpp"

#include <unicode/unistr.h>

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include "bot/dialog/utf8.hpp"

namespace reweave::dialog {
namespace {

constexpr std::string_view kFuzzy = "fuzzy";
constexpr std::array<std::pair<char, char>, 9> kEscapes = {{{'n', '\n'},
                                                            {'t', '\t'},
                                                            {'"', '"'},
                                                            {'\\', '\\'},
                                                            {'r', '\r'},
                                                            {'a', '\a'},
                                                            {'b', '\b'},
                                                            {'f', '\f'},
                                                            {'v', '\v'}}};

std::string_view trimmed(std::string_view text) {
    constexpr std::string_view kSpace = " \t\r";
    const std::size_t from = text.find_first_not_of(kSpace);
    if (from == std::string_view::npos) return {};
    return text.substr(from, text.find_last_not_of(kSpace) - from + 1);
}

bool is_utf8(std::string_view text) {
    return utf8(utf16(text)) == text;  // what is broken comes back as something else
}

// ---------------------------------------------------------------------------------------------- reading

class PoReader {
 public:
    PoReader(const Source& source, std::vector<Diagnostic>& found) : path_(source.path), found_(found) {
        std::string_view text = source.text;
        if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
        for (std::size_t from = 0; from < text.size();) {
            const std::size_t to = std::min(text.find('\n', from), text.size());
            ++line_;
            read(trimmed(text.substr(from, to - from)));
            from = to + 1;
        }
        close();
    }

    PoFile take() { return std::move(file_); }

 private:
    enum class Part { none, context, source, translation, previous, ignored };

    void report(std::string message, std::string mend) {
        found_.push_back(
            {"L001", Severity::error, path_, Span{line_, 1, 1}, std::move(message), std::move(mend), std::nullopt});
    }

    void read(std::string_view line) {
        if (line.empty()) return close();
        if (!is_utf8(line)) return report("This line is not UTF-8.", "Save the file in UTF-8.");
        bool obsolete = false;
        bool previous = false;
        if (line.starts_with("#~")) {
            obsolete = true;
            line = trimmed(line.substr(2));
            if (line.starts_with("|")) {
                previous = true;
                line = trimmed(line.substr(1));
            }
        } else if (line.starts_with("#|")) {
            previous = true;
            line = trimmed(line.substr(2));
        } else if (line.starts_with("#")) {
            return read_comment(line.substr(1));
        }
        if (line.empty()) return;
        read_statement(line, previous);
        entry_.obsolete = entry_.obsolete || obsolete;
    }

    void read_comment(std::string_view line) {
        if (has_translation_) close();  // the next entry begins without an empty line between
        begun_ = true;
        const char kind = line.empty() ? ' ' : line.front();
        const std::string_view rest = trimmed(line.substr(line.empty() ? 0 : 1));
        switch (kind) {
            case '.':
                entry_.comments.emplace_back(rest);
                return;
            case ':':
                entry_.references.emplace_back(rest);
                return;
            case ',':
                return read_flags(rest);
            default:
                entry_.notes.emplace_back(kind == ' ' ? rest : trimmed(line));
        }
    }

    void read_flags(std::string_view list) {
        for (std::size_t from = 0; from <= list.size();) {
            const std::size_t to = std::min(list.find(',', from), list.size());
            const std::string_view flag = trimmed(list.substr(from, to - from));
            if (!flag.empty()) entry_.flags.emplace_back(flag);
            from = to + 1;
        }
    }

    void read_statement(std::string_view line, bool previous) {
        if (line.front() == '"') return append(line);
        const std::size_t end = std::min(line.find_first_of(" \t\""), line.size());
        const std::string_view keyword = line.substr(0, end);
        if (!previous && has_translation_ && (keyword == "msgctxt" || keyword == "msgid")) close();
        begun_ = true;
        if (previous) {
            part_ = keyword == "msgid" ? Part::previous : Part::ignored;
        } else if (keyword == "msgctxt") {
            part_ = Part::context;
        } else if (keyword == "msgid") {
            part_ = Part::source;
            entry_.line = line_;
            has_source_ = true;
        } else if (keyword == "msgstr") {
            part_ = Part::translation;
            entry_.translation_line = line_;
            has_translation_ = true;
        } else {
            part_ = Part::ignored;
            const bool plural = keyword == "msgid_plural" || keyword.starts_with("msgstr[");
            report(plural ? "Plural entries are not used here." : "This line is none of a translation file.",
                   plural ? "Write the forms inside the text, as in {days: # day | # days}."
                          : "A line begins with msgctxt, msgid, msgstr, a quote or #.");
            return;
        }
        append(trimmed(line.substr(end)));
    }

    void append(std::string_view quoted) {
        if (part_ == Part::none) return report("These words belong to nothing.", "Put them behind msgid or msgstr.");
        const auto text = unquoted(quoted);
        if (!text) {
            return report("The quotes of this line do not fit.",
                          "A text stands between quotes; a quote inside it is written \\\".");
        }
        switch (part_) {
            case Part::context:
                entry_.context += *text;
                return;
            case Part::source:
                entry_.source += *text;
                return;
            case Part::translation:
                entry_.translation += *text;
                return;
            case Part::previous:
                entry_.previous += *text;
                return;
            case Part::none:
            case Part::ignored:
                return;
        }
    }

    static std::optional<std::string> unquoted(std::string_view quoted) {
        if (quoted.size() < 2 || quoted.front() != '"' || quoted.back() != '"') return std::nullopt;
        quoted = quoted.substr(1, quoted.size() - 2);
        std::string text;
        for (std::size_t i = 0; i < quoted.size(); ++i) {
            if (quoted[i] == '"') return std::nullopt;
            if (quoted[i] != '\\') {
                text += quoted[i];
                continue;
            }
            if (++i == quoted.size()) return std::nullopt;  // the last quote was escaped
            const auto escape = std::find_if(
                kEscapes.begin(), kEscapes.end(), [&](const auto& known) { return known.first == quoted[i]; });
            if (escape == kEscapes.end()) return std::nullopt;
            text += escape->second;
        }
        return text;
    }

    /// Ends the entry that is being read.
    void close() {
        if (has_source_) {
            const bool head = entry_.source.empty() && entry_.context.empty() && !entry_.obsolete;
            if (!has_translation_) {
                report("This entry has no msgstr.", "Write msgstr \"\" below its msgid.");
            } else if (!head) {
                file_.entries.push_back(std::move(entry_));
            } else if (file_.head.line == 0) {
                file_.head = std::move(entry_);
            } else {
                report("This entry has no text.", "Take it away.");
            }
        } else if (begun_ && part_ != Part::none && part_ != Part::ignored) {
            report("This entry has no msgid.", "Write msgid with the script's text above its msgstr.");
        }
        entry_ = PoEntry{};
        part_ = Part::none;
        begun_ = has_source_ = has_translation_ = false;
    }

    std::string path_;
    std::vector<Diagnostic>& found_;
    PoFile file_;
    PoEntry entry_;
    Part part_ = Part::none;
    bool begun_ = false;
    bool has_source_ = false;
    bool has_translation_ = false;
    int line_ = 0;
};

// ---------------------------------------------------------------------------------------------- writing

std::string quoted(std::string_view text) {
    std::string out = "\"";
    for (const char c : text) {
        const auto escape =
            std::find_if(kEscapes.begin(), kEscapes.end(), [&](const auto& known) { return known.second == c; });
        if (escape == kEscapes.end()) {
            out += c;
        } else {
            (out += '\\') += escape->first;
        }
    }
    return out + "\"";
}

/// One line, or, for a text with line breaks, one for each of its lines below an empty one.
void write_text(std::string_view prefix, std::string_view keyword, std::string_view text, std::string& out) {
    const auto line = [&](std::string_view words) { ((out += prefix) += words) += '\n'; };
    const std::size_t first = text.find('\n');
    if (first == std::string_view::npos || first + 1 == text.size())
        return line(std::string(keyword) + " " + quoted(text));
    line(std::string(keyword) + " \"\"");
    for (std::size_t from = 0; from < text.size();) {
        const std::size_t end = text.find('\n', from);
        const std::size_t to = end == std::string_view::npos ? text.size() : end + 1;
        line(quoted(text.substr(from, to - from)));
        from = to;
    }
}

void write_entry(const PoEntry& entry, bool head, std::string& out) {
    const auto lines = [&](std::string_view mark, const std::vector<std::string>& all) {
        for (const std::string& line : all) ((out += mark) += line.empty() ? "" : " " + line) += '\n';
    };
    lines("#", entry.notes);
    lines("#.", entry.comments);
    lines("#:", entry.references);
    if (!entry.flags.empty()) {
        out += "#";
        for (const std::string& flag : entry.flags) out += ", " + flag;
        out += '\n';
    }
    const std::string prefix = entry.obsolete ? "#~ " : "";
    if (!entry.previous.empty()) write_text(entry.obsolete ? "#~| " : "#| ", "msgid", entry.previous, out);
    if (!head) write_text(prefix, "msgctxt", entry.context, out);
    write_text(prefix, "msgid", entry.source, out);
    write_text(prefix, "msgstr", entry.translation, out);
}

/// Where a field's line begins and ends in a head, its line break included; empty if it is not there.
std::optional<std::pair<std::size_t, std::size_t>> find_field(const std::string& head, std::string_view name) {
    for (std::size_t from = 0; from < head.size();) {
        const std::size_t end = head.find('\n', from);
        const std::size_t to = end == std::string::npos ? head.size() : end + 1;
        const std::string_view line = std::string_view(head).substr(from, to - from);
        if (line.starts_with(name) && line.substr(name.size()).starts_with(":")) return std::pair{from, to};
        from = to;
    }
    return std::nullopt;
}

}  // namespace

bool PoEntry::fuzzy() const {
    return std::find(flags.begin(), flags.end(), kFuzzy) != flags.end();
}

void PoEntry::set_fuzzy(bool fuzzy) {
    std::erase(flags, kFuzzy);
    if (fuzzy) flags.insert(flags.begin(), std::string(kFuzzy));
}

std::string PoFile::field(std::string_view name) const {
    const auto at = find_field(head.translation, name);
    if (!at) return {};
    std::string_view line = std::string_view(head.translation).substr(at->first, at->second - at->first);
    line.remove_prefix(name.size() + 1);
    if (line.ends_with('\n')) line.remove_suffix(1);
    return std::string(trimmed(line));
}

void PoFile::set_field(std::string_view name, std::string_view value) {
    const std::string line = std::string(name) + ": " + std::string(value) + "\n";
    if (const auto at = find_field(head.translation, name)) {
        head.translation.replace(at->first, at->second - at->first, line);
    } else {
        if (!head.translation.empty() && !head.translation.ends_with('\n')) head.translation += '\n';
        head.translation += line;
    }
}

PoFile read_po(const Source& source, std::vector<Diagnostic>& found) {
    return PoReader(source, found).take();
}

std::string write_po(const PoFile& file) {
    std::string out;
    write_entry(file.head, true, out);
    for (const PoEntry& entry : file.entries) {
        out += '\n';
        write_entry(entry, false, out);
    }
    return out;
}

}  // namespace reweave::dialog
