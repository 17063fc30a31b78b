#include "adapters/common/url.hpp"

#include <algorithm>
#include <charconv>

namespace reweave::http {

std::string lower(std::string_view text) {
    std::string out(text);
    for (char& c : out) {
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    }
    return out;
}

std::string percent_decoded(std::string_view text) {
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i) {
        unsigned value = 0;
        const char* const end = text.data() + std::min(i + 3, text.size());
        if (text[i] == '%' && i + 2 < text.size() && std::from_chars(text.data() + i + 1, end, value, 16).ptr == end) {
            out += static_cast<char>(value);
            i += 2;
        } else {
            out += text[i];
        }
    }
    return out;
}

std::string Url::authority() const {
    const std::string name = host.find(':') == std::string::npos ? host : "[" + host + "]";
    return port == 0 ? name : name + ":" + std::to_string(port);
}

std::optional<Url> parse_url(std::string_view text) {
    const bool printable = std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c < '\x7f'; });
    if (!printable || text.find_first_of("?#\\") != std::string_view::npos) return std::nullopt;
    Url url;
    if (const std::size_t end = text.find("://"); end != std::string_view::npos) {
        url.scheme = lower(text.substr(0, end));
        text.remove_prefix(end + 3);
    }
    if (const std::size_t slash = text.find('/'); slash != std::string_view::npos) {
        url.path = text.substr(slash);
        text = text.substr(0, slash);
    }
    if (const std::size_t at = text.rfind('@'); at != std::string_view::npos) {
        url.user_info = text.substr(0, at);
        text.remove_prefix(at + 1);
    }
    std::string_view port;
    if (!text.empty() && text.front() == '[') {
        const std::size_t close = text.find(']');
        if (close == std::string_view::npos) return std::nullopt;
        url.host = lower(text.substr(1, close - 1));
        port = text.substr(close + 1);
    } else {
        const std::size_t colon = std::min(text.find(':'), text.size());
        url.host = lower(text.substr(0, colon));
        port = text.substr(colon);
    }
    if (url.host.empty()) return std::nullopt;
    if (!port.empty()) {
        const char* const end = port.data() + port.size();
        const auto read = std::from_chars(port.data() + 1, end, url.port);
        if (port.front() != ':' || read.ec != std::errc() || read.ptr != end || url.port == 0) return std::nullopt;
    }
    return url;
}

}  // namespace reweave::http
