#include "bot/server/http.hpp"

#include <algorithm>
#include <cctype>

#include "bot/server/wire.hpp"

namespace reweave::server {
namespace {

constexpr std::string_view kSafety =
    "Content-Security-Policy: default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "media-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'\r\n"
    "X-Content-Type-Options: nosniff\r\n"
    "Referrer-Policy: no-referrer\r\n"
    "Cross-Origin-Opener-Policy: same-origin\r\n"
    "Cross-Origin-Resource-Policy: same-origin\r\n"
    "Permissions-Policy: accelerometer=(), camera=(), geolocation=(), gyroscope=(), magnetometer=(), microphone=(), "
    "payment=(), usb=()\r\n"
    "Cache-Control: no-store\r\n";

std::string_view reason(int status) {
    switch (status) {
        case 200:
            return "OK";
        case 400:
            return "Bad Request";
        case 403:
            return "Forbidden";
        case 404:
            return "Not Found";
        case 405:
            return "Method Not Allowed";
        case 413:
            return "Content Too Large";
        case 426:
            return "Upgrade Required";
        case 429:
            return "Too Many Requests";
        case 431:
            return "Request Header Fields Too Large";
        case 503:
            return "Service Unavailable";
        default:
            return "Error";
    }
}

std::string lower(std::string_view text) {
    std::string out(text);
    std::transform(
        out.begin(), out.end(), out.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    return out;
}

/// "Example.org:443" under https is "example.org".
std::string host_without_default_port(std::string_view host, bool secure) {
    std::string out = lower(host);
    const std::string_view port = secure ? ":443" : ":80";
    if (out.ends_with(port)) out.resize(out.size() - port.size());
    return out;
}

bool same_host(std::string_view origin, std::string_view host) {
    const std::size_t scheme_end = origin.find("://");
    if (scheme_end == std::string_view::npos || host.empty()) return false;
    // A proxy that ends TLS need not be known to us, so the scheme of the origin decides what port its host stands for.
    const bool secure = lower(origin.substr(0, scheme_end)) == "https";
    return host_without_default_port(origin.substr(scheme_end + 3), secure) == host_without_default_port(host, secure);
}

bool names_subprotocol(std::string_view list) {
    while (!list.empty()) {
        const std::size_t comma = list.find(',');
        std::string_view item = list.substr(0, comma);
        list = comma == std::string_view::npos ? std::string_view() : list.substr(comma + 1);
        while (!item.empty() && item.front() == ' ') item.remove_prefix(1);
        while (!item.empty() && item.back() == ' ') item.remove_suffix(1);
        if (item == wire::kSubprotocol) return true;
    }
    return false;
}

std::optional<HttpAnswer> refuse_method(const HttpRequest& request) {
    if (request.method == "GET" || request.method == "HEAD") return {};
    return refusal(405, "Only GET and HEAD are answered here.");
}

std::string_view path_of(const HttpRequest& request) {
    return request.target.substr(0, request.target.find('?'));
}

HttpAnswer plain(std::string text) {
    HttpAnswer answer;
    answer.text = std::move(text);
    return answer;
}

}  // namespace

std::string head_of(const HttpAnswer& answer, bool keep_alive) {
    std::string out;
    out.reserve(1024);
    out += "HTTP/1.1 " + std::to_string(answer.status) + " ";
    out += reason(answer.status);
    out += "\r\nServer: reweave\r\nContent-Type: " + answer.type +
           "\r\nContent-Length: " + std::to_string(answer.body().size()) + "\r\n";
    out += kSafety;
    out += answer.extra;
    out += keep_alive ? "Connection: keep-alive\r\n\r\n" : "Connection: close\r\n\r\n";
    return out;
}

HttpAnswer refusal(int status, std::string sentence) {
    HttpAnswer answer = plain(std::move(sentence) + "\n");
    answer.status = status;
    if (status == 405) answer.extra = "Allow: GET, HEAD\r\n";
    if (status == 426) answer.extra = "Upgrade: websocket\r\n";
    if (status == 429 || status == 503) answer.extra = "Retry-After: 5\r\n";
    return answer;
}

HttpHandler page_handler(Pages pages, std::function<bool()> ready) {
    return [pages = std::move(pages), ready = std::move(ready)](const HttpRequest& request) -> HttpAnswer {
        if (auto refused = refuse_method(request)) return *std::move(refused);
        const std::string_view path = path_of(request);
        if (path == "/healthz") return plain("ok\n");
        if (path == "/readyz") return ready() ? plain("ready\n") : refusal(503, "Not ready.");
        if (path == "/ws") return refusal(426, "This is where the WebSocket is: ask for an upgrade.");
        const auto found = pages.find(path);
        if (found == pages.end()) return refusal(404, "There is nothing here.");
        HttpAnswer answer;
        answer.type = found->second.type;
        answer.bytes = found->second.bytes;
        return answer;
    };
}

HttpHandler operator_handler(std::function<std::string()> metrics) {
    return [metrics = std::move(metrics)](const HttpRequest& request) -> HttpAnswer {
        if (auto refused = refuse_method(request)) return *std::move(refused);
        const std::string_view path = path_of(request);
        if (path == "/healthz") return plain("ok\n");
        if (path != "/metrics") return refusal(404, "There is nothing here; try /metrics.");
        HttpAnswer answer = plain(metrics());
        answer.type = "text/plain; version=0.0.4; charset=utf-8";
        return answer;
    };
}

std::optional<HttpAnswer> refuse_upgrade(const UpgradeRequest& request, const std::vector<std::string>& origins) {
    if (request.target.substr(0, request.target.find('?')) != "/ws") return refusal(404, "The WebSocket is at /ws.");
    if (!names_subprotocol(request.protocols)) {
        return refusal(400, "Ask for the WebSocket subprotocol " + std::string(wire::kSubprotocol) + ".");
    }
    if (request.origin.empty() || same_host(request.origin, request.host)) return {};
    const std::string origin = lower(request.origin);
    if (std::any_of(origins.begin(), origins.end(), [&](const std::string& o) { return lower(o) == origin; }))
        return {};
    return refusal(403, "Pages of this origin may not connect.");
}

}  // namespace reweave::server
