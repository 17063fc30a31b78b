#include "adapters/matrix/content.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <string_view>
#include <utility>

#include "adapters/common/safe_text.hpp"

namespace reweave::matrix {
namespace {

using nlohmann::json;
using text::Line;
using LineKind = Line::Kind;

void append_escaped(std::string& out, std::string_view text) {
    for (const char c : text) {
        if (c == '&')
            out += "&amp;";
        else if (c == '<')
            out += "&lt;";
        else if (c == '>')
            out += "&gt;";
        else if (c == '"')
            out += "&quot;";
        else if (c == '\n')
            out += "<br>";
        else
            out += c;
    }
}

std::string escaped(std::string_view text) {
    std::string out;
    append_escaped(out, text);
    return out;
}

/// A blank line ends a paragraph.
std::string paragraphs(std::string_view text) {
    std::string out;
    while (!text.empty()) {
        const std::size_t end = text.find("\n\n");
        if (const std::string_view one = text.substr(0, end); !one.empty()) out += "<p>" + escaped(one) + "</p>";
        text.remove_prefix(end == std::string_view::npos ? text.size() : end + 2);
        text.remove_prefix(std::min(text.find_first_not_of('\n'), text.size()));
    }
    return out;
}

bool is_https(std::string_view address) {
    constexpr std::string_view kScheme = "https://";
    return address.size() > kScheme.size() && address.starts_with(kScheme) &&
           std::all_of(address.begin(), address.end(), [](char c) { return static_cast<unsigned char>(c) > ' '; });
}

std::string plain(const Line& line) {
    switch (line.kind) {
        case LineKind::said:
            // The name comes first: a body that begins with "> " is taken for the quote that replies once began with.
            return line.name + ":\n" + text::quoted(line.text);
        case LineKind::link:
            if (!is_https(line.target)) return line.text;
            return line.text.empty() || line.text == line.target ? line.target : line.text + " (" + line.target + ")";
        case LineKind::contact: {
            std::string out = "• " + line.name;
            for (const std::string& item : line.items) out += " · " + item;
            return out;
        }
        case LineKind::choice:
            return std::to_string(line.number) + ". " + line.text;
        case LineKind::group:
            return "• " + line.name + ": " + text::joined(line.items);
        case LineKind::hint:
            return "(" + line.text + ")";
        case LineKind::paragraph:
        case LineKind::file:
        case LineKind::pace:
        case LineKind::calendar:
        case LineKind::invite:
            break;
    }
    return line.text;
}

/// Items of lists come without the list around them.
std::string html(const Line& line) {
    switch (line.kind) {
        case LineKind::said:
            return "<blockquote><p><strong>" + escaped(line.name) + "</strong></p>" + paragraphs(line.text) +
                   "</blockquote>";
        case LineKind::link:
            if (!is_https(line.target)) break;
            return "<p><a href=\"" + escaped(line.target) + "\">" +
                   escaped(line.text.empty() ? line.target : line.text) + "</a></p>";
        case LineKind::contact: {
            std::string out = "<li><strong>" + escaped(line.name) + "</strong>";
            for (const std::string& item : line.items) out += " · " + escaped(item);
            return out + "</li>";
        }
        case LineKind::choice:
            return "<li>" + escaped(line.text) + "</li>";
        case LineKind::group:
            return "<li><strong>" + escaped(line.name) + ":</strong> " + escaped(text::joined(line.items)) + "</li>";
        case LineKind::hint:
            return "<p><em>(" + escaped(line.text) + ")</em></p>";
        case LineKind::paragraph:
        case LineKind::file:
        case LineKind::pace:
        case LineKind::calendar:
        case LineKind::invite:
            break;
    }
    return paragraphs(line.text);
}

std::string_view list_of(const Line& line) {
    if (line.kind == LineKind::choice) return "ol";
    return line.kind == LineKind::contact || line.kind == LineKind::group ? "ul" : "";
}

std::size_t json_bytes(std::string_view text) {
    const auto doubled =
        std::count_if(text.begin(), text.end(), [](char c) { return c == '"' || c == '\\' || c == '\n' || c == '\t'; });
    return text.size() + static_cast<std::size_t>(doubled);
}

/// What becomes one event.
class Page {
 public:
    /// `bodies`: how often the event holds the body.
    explicit Page(std::size_t bodies) : bodies_(bodies) {}

    [[nodiscard]] bool empty() const { return body_.empty(); }

    [[nodiscard]] bool fits(const Line& line) const {
        const std::string more = plain(line);
        constexpr std::size_t kTags = 32;  // a list that begins and ends with it
        return body_.size() + more.size() + 2 <= kBodyBytes &&
               words_ + bodies_ * (json_bytes(more) + 4) + json_bytes(html(line)) + kTags <= kWordsBytes;
    }

    void add(const Line& line) {
        const std::size_t before = bodies_ * json_bytes(body_) + json_bytes(html_);
        if (!empty()) body_ += line.opens ? "\n\n" : "\n";
        body_ += plain(line);
        if (const std::string_view list = list_of(line); list != list_ || (line.opens && !list.empty())) {
            close_list();
            list_ = list;
            if (!list.empty()) html_ += '<' + std::string(list) + start_of(line) + '>';
        }
        html_ += html(line);
        words_ += bodies_ * json_bytes(body_) + json_bytes(html_) - before;
    }

    [[nodiscard]] json content(std::string_view type) {
        close_list();
        return {{"msgtype", type},
                {"body", body_},
                {"format", "org.matrix.custom.html"},
                {"formatted_body", html_},
                {"m.mentions", json::object()}};
    }

 private:
    static std::string start_of(const Line& line) {
        return line.number > 1 ? " start=\"" + std::to_string(line.number) + '"' : std::string();
    }

    void close_list() {
        if (!list_.empty()) html_ += "</" + std::string(list_) + '>';
        list_ = {};
    }

    std::size_t bodies_;
    std::size_t words_ = 0;
    std::string body_, html_;
    std::string_view list_;  ///< that is open
};

/// Takes from the front of a line what fits into an event of its own; the rest stays.
Line take_front(Line& line, const Page& fresh) {
    if (line.kind != LineKind::said) line = {.text = plain(line), .opens = line.opens};  // a part of a list is no list
    Line front = line;
    std::size_t fits = 4, over = std::min(line.text.size(), kBodyBytes) +
                                 1;  // binary search: the first one fits, the second one does not
    while (over - fits > 1) {
        const std::size_t middle = fits + (over - fits) / 2;
        front.text = line.text.substr(0, middle);
        (fresh.fits(front) ? fits : over) = middle;
    }
    const std::size_t at = text::cut_at(line.text, fits);
    front.text = line.text.substr(0, at);
    while (!front.text.empty() && front.text.back() == '\n') front.text.pop_back();
    line.text.erase(0, at);
    line.text.erase(0, std::min(line.text.find_first_not_of('\n'), line.text.size()));
    return front;
}

std::vector<Page> pages_of(std::vector<Line> lines, const Options& options) {
    const Page fresh(options.replaces.empty() ? 1 : 2);
    std::vector<Page> pages;
    const auto add = [&](const Line& line) {
        if (plain(line).empty()) return;
        if (pages.empty() || !pages.back().fits(line) || (options.bubble_each && line.opens)) pages.push_back(fresh);
        pages.back().add(line);
    };
    for (Line& line : lines) {
        while (!fresh.fits(line)) add(take_front(line, fresh));
        add(line);
    }
    return pages;
}

std::vector<Line> lines_for(const engine::Message& message, const Options& options) {
    std::vector<Line> lines = text::lines_of(message, options.reader);
    if (options.ask_for.empty()) return lines;
    const auto ask = std::find_if(lines.begin(), lines.end(), text::answers);
    if (ask != lines.end()) lines.insert(ask, Line{.text = text::safe_name(options.ask_for) + ":", .opens = false});
    return lines;
}

json in_thread(const Thread& thread) {
    return {{"rel_type", "m.thread"},
            {"event_id", thread.root},
            {"m.in_reply_to", {{"event_id", thread.reply_to.empty() ? thread.root : thread.reply_to}}},
            {"is_falling_back", true}};
}

json replacing(const std::string& event, json content) {
    json out = {{"msgtype", content["msgtype"]},
                {"body", "* " + content["body"].get_ref<const std::string&>()},
                {"m.mentions", json::object()},
                {"m.relates_to", {{"rel_type", "m.replace"}, {"event_id", event}}}};
    out["m.new_content"] = std::move(content);
    return out;
}

}  // namespace

std::vector<json> contents_of(const engine::Message& message, const Options& options) {
    std::vector<json> contents;
    for (Page& page : pages_of(lines_for(message, options), options))
        contents.push_back(page.content(options.notice ? "m.notice" : "m.text"));
    if (contents.empty()) return contents;
    if (!options.mentions.empty()) contents.back()["m.mentions"]["user_ids"] = options.mentions;
    const std::size_t replaced = options.replaces.empty() ? 0 : 1;
    if (replaced == 1) contents.front() = replacing(options.replaces, std::move(contents.front()));
    for (std::size_t i = replaced; options.thread && i < contents.size(); ++i)
        contents[i]["m.relates_to"] = in_thread(*options.thread);
    return contents;
}

}  // namespace reweave::matrix
