#include "adapters/console/console_text.hpp"

#include "adapters/common/lines.hpp"

namespace reweave::console {
namespace {

using Kind = text::Line::Kind;

/// Empty: a terminal does not show it.
std::string shown(const text::Line& line) {
    switch (line.kind) {
        case Kind::paragraph:
            return line.text;
        case Kind::link:
        case Kind::file:
            return line.text + " (" + line.target + ")";
        case Kind::pace:
            return "(" + line.text + ")";
        case Kind::contact: {
            std::string out = "  " + line.name;
            for (const std::string& item : line.items) out += " · " + item;
            return out;
        }
        case Kind::choice:
            return "  " + std::to_string(line.number) + ". " + line.text;
        case Kind::group:
            return "  " + line.name + ": " + text::joined(line.items);
        case Kind::hint:
            return "[" + line.text + "]";
        case Kind::said:
        case Kind::calendar:
        case Kind::invite:
            break;
    }
    return {};
}

}  // namespace

std::string to_lines(const engine::Message& message) {
    std::string out;
    for (const text::Line& line : text::lines_of(message)) {
        if (const std::string text = shown(line); !text.empty()) out += (out.empty() ? "" : "\n") + text;
    }
    return out;
}

}  // namespace reweave::console
