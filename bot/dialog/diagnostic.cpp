#include "bot/dialog/diagnostic.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

namespace reweave::dialog {
namespace {

std::string_view severity_name(Severity severity) {
    return severity == Severity::error ? "error" : "warning";
}

/// The line of a file as it stands there, without its end.
std::string_view line_at(std::string_view text, int number) {
    if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
    for (int line = 1;; ++line) {
        const std::size_t end = std::min(text.find_first_of("\r\n"), text.size());
        if (line == number) return text.substr(0, end);
        if (end == text.size()) return {};
        const bool both = text.substr(end).starts_with("\r\n");
        text.remove_prefix(end + (both ? 2 : 1));
    }
}

/// The caret below a line: tabs are kept, so that it stands where the eye expects it.
std::string caret(std::string_view line, const Span& span) {
    std::string marks;
    int column = 1;
    for (const char c : line) {
        if (column >= span.column) break;
        if ((static_cast<unsigned char>(c) & 0xC0) == 0x80) continue;
        marks += c == '\t' ? '\t' : ' ';
        ++column;
    }
    const auto length = static_cast<std::size_t>(std::max(1, span.length));
    return marks + std::string(std::min<std::size_t>(length, 200), '^');
}

std::string show(std::string_view text, const Span& span) {
    const std::string number = std::to_string(span.line);
    const std::string margin(number.size(), ' ');
    const std::string_view line = line_at(text, span.line);
    return " " + number + " | " + std::string(line) + "\n " + margin + " | " + caret(line, span) + "\n";
}

/// GitHub's escapes for the data of a workflow command.
std::string escape_data(std::string_view text) {
    std::string result;
    for (const char c : text) {
        if (c == '%') {
            result += "%25";
        } else if (c == '\r') {
            result += "%0D";
        } else if (c == '\n') {
            result += "%0A";
        } else {
            result += c;
        }
    }
    return result;
}

/// Properties also end at a colon or a comma.
std::string escape_property(std::string_view text) {
    std::string result;
    for (const char c : escape_data(text)) {
        if (c == ':') {
            result += "%3A";
        } else if (c == ',') {
            result += "%2C";
        } else {
            result += c;
        }
    }
    return result;
}

nlohmann::json place_to_json(const Span& span) {
    return {{"line", span.line}, {"column", span.column}, {"length", span.length}};
}

}  // namespace

std::string render_terminal(const Diagnostic& d, std::string_view source_text, bool colour) {
    const auto paint = [&](std::string_view code, std::string_view text) {
        return colour ? "\033[" + std::string(code) + "m" + std::string(text) + "\033[0m" : std::string(text);
    };
    const std::string_view strong = d.severity == Severity::error ? "1;31" : "1;33";
    std::string out =
        paint("1", d.path + ":" + std::to_string(d.span.line) + ":" + std::to_string(d.span.column) + ":") + " ";
    out += paint(strong, std::string(severity_name(d.severity)) + " " + d.code + ":") + " " + d.message + "\n";
    out += show(source_text, d.span);
    if (d.note) {
        out += paint("1", "  note:") + " " + d.note->message + "\n";
        out += show(source_text, d.note->span);
    }
    if (!d.mend.empty()) out += paint("1;32", "  mend:") + " " + d.mend + "\n";
    return out;
}

nlohmann::json render_json(const Diagnostic& d) {
    nlohmann::json result = place_to_json(d.span);
    result["code"] = d.code;
    result["severity"] = severity_name(d.severity);
    result["path"] = d.path;
    result["message"] = d.message;
    result["mend"] = d.mend;
    if (d.note) {
        result["note"] = place_to_json(d.note->span);
        result["note"]["message"] = d.note->message;
    }
    return result;
}

std::string render_annotation(const Diagnostic& d) {
    return "::" + std::string(severity_name(d.severity)) + " file=" + escape_property(d.path) +
           ",line=" + std::to_string(d.span.line) + ",col=" + std::to_string(d.span.column) + ",title=" + d.code +
           "::" + escape_data(d.message + " " + d.mend);
}

}  // namespace reweave::dialog
