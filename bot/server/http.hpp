#pragma once
/// \file What the server answers over HTTP, and who may open a WebSocket. Pure: requests and answers are plain values.

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace reweave::server {

/// A file of the chat page, or a picture or recording of a script. `bytes` must outlive the server.
struct Page {
    std::string_view bytes;
    std::string type;  ///< "text/html; charset=utf-8"
};
/// By path: "/", "/app.js", "/media/river.png".
using Pages = std::map<std::string, Page, std::less<>>;

struct HttpRequest {
    std::string_view method;
    std::string_view target;
};

struct HttpAnswer {
    int status = 200;
    std::string type = "text/plain; charset=utf-8";
    std::string text;        ///< the body ...
    std::string_view bytes;  ///< ... or one that stands elsewhere
    std::string extra;       ///< further header lines, each ended by CRLF
    [[nodiscard]] std::string_view body() const { return bytes.empty() ? std::string_view(text) : bytes; }
};

using HttpHandler = std::function<HttpAnswer(const HttpRequest&)>;

/// The status line and all headers. A page may load its own script, style and pictures and talk to this server; nothing
/// else.
[[nodiscard]] std::string head_of(const HttpAnswer& answer, bool keep_alive);

/// A plain sentence under a status; 405 and 426 get the headers that they must have.
[[nodiscard]] HttpAnswer refusal(int status, std::string sentence);

/// The chat page and its files, /healthz, and /readyz by `ready`.
[[nodiscard]] HttpHandler page_handler(Pages pages, std::function<bool()> ready);
/// /metrics by `metrics`, and /healthz.
[[nodiscard]] HttpHandler operator_handler(std::function<std::string()> metrics);

/// The headers of an upgrade request that decide whether it is let in.
struct UpgradeRequest {
    std::string_view target;
    std::string_view host;
    std::string_view origin;     ///< empty: not a browser
    std::string_view protocols;  ///< Sec-WebSocket-Protocol
};

/// Why not, or empty. `origins`: pages of other hosts that may connect ("https://chat.example.org").
[[nodiscard]] std::optional<HttpAnswer> refuse_upgrade(const UpgradeRequest& request,
                                                       const std::vector<std::string>& origins);

}  // namespace reweave::server
