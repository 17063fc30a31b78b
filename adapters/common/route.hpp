#pragma once
/// \file The way from here to the server: its address, the proxy before it, TLS.

#include <boost/asio/ssl/context.hpp>
#include <memory>
#include <optional>
#include <string>

#include "adapters/common/connection.hpp"
#include "adapters/common/url.hpp"

namespace reweave::http {

class Route {
 public:
    /// \throws std::invalid_argument with a sentence if an address or the authorities cannot be read.
    Route(Executor executor, const ClientOptions& options);

    /// Gives the flight a new connection on which requests can be written. What went wrong; empty: nothing.
    [[nodiscard]] Awaitable<std::string> open(std::shared_ptr<Flight> flight) const;

    /// Moves the body out of `request`.
    [[nodiscard]] Message message_of(Request& request) const;

    [[nodiscard]] const std::string& server_name() const { return server_name_; }
    /// Who answers to requests, for failures: the server, or a proxy that speaks for it.
    [[nodiscard]] const std::string& answerer() const { return tls_ ? server_name_ : peer_name_; }

 private:
    [[nodiscard]] Awaitable<std::string> connect(Flight& flight) const;
    [[nodiscard]] Awaitable<std::string> tunnel(Flight& flight) const;
    [[nodiscard]] Awaitable<std::string> shake_hands(Flight& flight) const;

    Executor executor_;
    Url server_;  ///< with a port
    std::optional<Url> proxy_;
    std::string server_name_;  ///< as in a Host header
    std::string peer_name_;    ///< the other end of the socket
    std::string proxy_authorization_;
    std::unique_ptr<asio::ssl::context> tls_;
};

}  // namespace reweave::http
