#include "adapters/discord/content.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>

#include "adapters/common/fields.hpp"
#include "adapters/common/safe_text.hpp"
#include "adapters/common/wording.hpp"
#include "adapters/discord/components.hpp"

namespace reweave::discord {
namespace {

using nlohmann::json;
using text::Line;
using LineKind = Line::Kind;

constexpr int kSuppressEmbeds = 1 << 2;
constexpr std::string_view kMarkdown = "\\*_~`|<>[]()@";

bool is_https(std::string_view address) {
    constexpr std::string_view kScheme = "https://";
    return address.size() > kScheme.size() && address.starts_with(kScheme) &&
           std::all_of(address.begin(), address.end(), [](char c) {
               return static_cast<unsigned char>(c) > ' ' && c != '>' && c != '<' && c != ')';
           });
}

std::string markdown(const Line& line) {
    switch (line.kind) {
        case LineKind::said:
            return "**" + escaped(line.name) + "**\n" + text::quoted(escaped(line.text));
        case LineKind::link:
            if (!is_https(line.target)) break;
            if (line.text.empty() || line.text == line.target) return "<" + line.target + ">";
            return escaped(line.text) + ": <" + line.target + ">";
        case LineKind::contact: {
            std::string out = "- **" + escaped(line.name) + "**";
            for (const std::string& item : line.items) out += " · " + escaped(item);
            return out;
        }
        case LineKind::choice:
            return std::to_string(line.number) + "\\. " + escaped(line.text);
        case LineKind::hint:
            return "-# " + escaped(line.text);
        case LineKind::group:
        case LineKind::paragraph:
        case LineKind::file:
        case LineKind::pace:
        case LineKind::calendar:
        case LineKind::invite:
            break;
    }
    return escaped(line.text);
}

/// Takes from the front of `text` what is not longer than `limit`; the rest stays.
std::string take_front(std::string& text, std::size_t limit) {
    std::size_t fits = 4, over = text.size() + 1;  // the first one fits, the second one does not
    while (over - fits > 1) {
        const std::size_t middle = fits + (over - fits) / 2;
        (length(std::string_view(text).substr(0, middle)) <= limit ? fits : over) = middle;
    }
    const std::size_t at = text::cut_at(text, fits);
    std::string front = text.substr(0, at);
    // A backslash belongs to the sign after it.
    if (at < text.size() && front.ends_with('\\') && !front.ends_with("\\\\")) front.pop_back();
    text.erase(0, front.size());
    while (front.ends_with('\n')) front.pop_back();
    text.erase(0, std::min(text.find_first_not_of('\n'), text.size()));
    return front;
}

std::vector<Line> lines_for(const engine::Message& message, const Look& look) {
    std::vector<Line> lines = text::lines_of(message, look.reader);
    // The menus and buttons say it; labels that are too long for them are read above.
    const bool buttons_say_all = !message.ask || shows_labels(*message.ask);
    std::erase_if(lines, [&](const Line& line) {
        return line.kind == LineKind::group || (line.kind == LineKind::choice && buttons_say_all);
    });
    return lines;
}

std::string said_by_reader(const engine::Message& message, const Look& look) {
    if (look.speaker.empty()) return {};
    const std::string words =
        message.you_picks.empty() ? message.you_text.value_or(std::string()) : text::joined(message.you_picks);
    if (words.empty()) return {};
    return "<@" + look.speaker + ">\n" + text::quoted(escaped(text::safe_text(words)));
}

}  // namespace

std::string escaped(std::string_view words) {
    std::string out;
    bool at_start = true;  // of a line, where more signs have a meaning
    bool number = false;   // digits since the start of a line
    for (const char c : words) {
        const bool digit = c >= '0' && c <= '9';
        const bool begins_block = at_start && (c == '#' || c == '-' || c == '+');
        if (kMarkdown.find(c) != std::string_view::npos || begins_block || (number && c == '.')) out += '\\';
        out += c;
        number = digit && (at_start || number);
        at_start = c == '\n' || (at_start && (c == ' ' || c == '\t'));
    }
    return out;
}

std::size_t length(std::string_view text) {
    std::size_t units = 0;
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        constexpr unsigned char kFollows = 0x80, kFollowsMask = 0xC0, kFourBytes = 0xF0;
        if ((byte & kFollowsMask) != kFollows) units += byte >= kFourBytes ? 2 : 1;
    }
    return units;
}

std::vector<Page> pages_of(const engine::Message& message, const Look& look) {
    std::vector<Page> pages;
    const auto add = [&](std::string more, bool opens) {
        const std::size_t space = 2;
        while (!more.empty()) {
            if (!pages.empty() && length(pages.back().text) + space + length(more) <= kTextCharacters) {
                pages.back().text += (opens ? "\n\n" : "\n") + more;
                return;
            }
            pages.push_back({take_front(more, kTextCharacters)});
        }
    };
    add(look.heading, true);
    add(said_by_reader(message, look), true);
    for (const Line& line : lines_for(message, look)) add(markdown(line), line.opens);
    json components = message.ask ? components_for(*message.ask, message.ask_id, look.reader.language) : json::array();
    if (pages.empty() && components.empty()) return pages;
    // Only something to press: whose it is can be told by nothing else.
    if (pages.empty()) pages.push_back({look.asked.empty() ? std::string() : "<@" + look.asked + ">"});
    if (!components.empty()) pages.back().components = components.dump();
    return pages;
}

Page page_of(std::string_view text) {
    return {std::string(text)};
}

json body_of(const Page& page) {
    json parse = json::array();
    json body = {
        {"content", page.text}, {"allowed_mentions", {{"parse", std::move(parse)}}}, {"flags", kSuppressEmbeds}};
    body["components"] = page.components.empty() ? json::array() : json::parse(page.components);
    return body;
}

json body_of(const std::vector<Page>& pages) {
    Page first;
    std::string below;
    for (const Page& page : pages) {
        std::string& to = first.text.empty() ? first.text : below;
        if (!page.text.empty()) to += (to.empty() ? "" : "\n\n") + page.text;
        first.components = page.components;  // what can be pressed is below the last
    }
    const bool fits = length(first.text) + length(below) + 2 <= kTextCharacters;
    if (fits && !below.empty()) first.text += "\n\n" + std::exchange(below, {});
    json body = body_of(first);
    if (below.empty()) return body;
    body["flags"] = 0;  // or what stands below it would not be shown either
    json embed = {{"description", take_front(below, kEmbedCharacters)}};
    body["embeds"] = json::array();
    body["embeds"].push_back(std::move(embed));
    return body;
}

}  // namespace reweave::discord
