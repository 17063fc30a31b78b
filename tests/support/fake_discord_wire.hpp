#pragma once
/// \file One WebSocket of the fake Discord, which can also misbehave. Internal.

#include <boost/beast/http/message.hpp>
#include <boost/beast/http/string_body.hpp>

#include "tests/support/fake_discord_world.hpp"

namespace reweave::test::fake {

using Upgrade = boost::beast::http::request<boost::beast::http::string_body>;

class Wire {
 public:
    /// \param compressed zlib-stream  \param split see GatewayPlan
    Wire(Socket socket, bool compressed, std::size_t split, bool answers_close);
    ~Wire();

    [[nodiscard]] Awaitable<bool> accept(Upgrade request);
    /// The next message; none: it is over, or silent.
    [[nodiscard]] Awaitable<std::optional<std::string>> read();
    /// Writes what is to be sent, until it is over.
    [[nodiscard]] Awaitable<void> write_all();

    void send(std::string text);
    void close(int code);  ///< 0: without one; after what is to be sent
    void cut();
    void silence();
    [[nodiscard]] int client_code() const;  ///< of the close frame that came; 0: none
    [[nodiscard]] bool silent() const;
    [[nodiscard]] bool closing() const;

 private:
    struct Parts;
    std::unique_ptr<Parts> parts_;
};

}  // namespace reweave::test::fake
