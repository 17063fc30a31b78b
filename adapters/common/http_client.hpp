#pragma once
/// \file An HTTP/1.1 client for one server: keeps connections open, speaks TLS, goes through a proxy.
///
/// One thread, the I/O thread. Requests may overlap; each takes an idle connection or opens one, and beyond
/// kConnections they wait their turn. An answer of any status is an answer, and nothing is tried again: whether a
/// request may be repeated is for the caller to know. One exception: if a connection that was kept turns out to be
/// closed before anything of an answer came, GET, HEAD, PUT and DELETE are sent once more over a new one.

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "bot/deps/asio.hpp"

namespace reweave::http {

inline constexpr std::size_t kConnections = 16;  ///< of one client, at most

struct Request {
    std::string method = "GET";
    std::string target;  ///< path and query, percent-encoded, after the path of the base URL
    std::vector<std::pair<std::string, std::string>> headers;  ///< they win over those that are made here
    std::string body;
    std::chrono::milliseconds timeout{30'000};  ///< for all of it: connecting, sending, the whole answer
};

struct Response {
    int status = 0;  ///< 0: there was no answer, see `failure`
    std::vector<std::pair<std::string, std::string>> headers;
    std::string body;
    std::string failure;  ///< for the operator: "example.org: connection refused; is it running?". Never contents

    /// The first header of that name, in any case; empty if there is none.
    [[nodiscard]] std::string_view header(std::string_view name) const;
    /// Of its Date, in milliseconds since 1970; 0 if it has none.
    [[nodiscard]] std::int64_t date() const;
};

struct ClientOptions {
    std::string base_url;                        ///< https://matrix.example.org or http://127.0.0.1:8008/path
    std::string proxy;                           ///< http://user:password@host:port; empty: none. See proxy_for()
    std::string ca_file;                         ///< PEM with further authorities; empty: those of the system
    std::size_t body_limit = 256 * 1024 * 1024;  ///< bytes of an answer
    std::chrono::seconds idle{50};               ///< a connection that was unused for so long is not used again
};

/// The proxy that the environment names for a server (https_proxy, http_proxy, all_proxy, no_proxy, in small or big
/// letters; of http_proxy only the small one, as curl does); empty: none.
[[nodiscard]] std::string proxy_for(std::string_view base_url,
                                    const std::function<std::optional<std::string>(const char* name)>& environment);

class Client {
 public:
    /// \throws std::invalid_argument with a sentence if an address or `ca_file` cannot be read.
    Client(asio::io_context& io, ClientOptions options);
    ~Client();  ///< stops; the coroutines of send() may live on
    Client(const Client&) = delete;
    Client& operator=(const Client&) = delete;

    /// Never throws: what goes wrong is a Response with status 0.
    [[nodiscard]] Awaitable<Response> send(Request request);

    /// Ends what is on the way with the failure "stopped", and everything that is asked later.
    void stop();

 private:
    class Impl;
    std::shared_ptr<Impl> impl_;
};

}  // namespace reweave::http
