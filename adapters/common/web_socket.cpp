#include "adapters/common/web_socket.hpp"

#include <boost/beast/core/buffers_to_string.hpp>
#include <boost/beast/websocket.hpp>
#include <boost/beast/websocket/ssl.hpp>
#include <stdexcept>
#include <utility>

#include "adapters/common/connection.hpp"
#include "adapters/common/failure.hpp"
#include "adapters/common/route.hpp"

namespace reweave::http {

namespace websocket = beast::websocket;

class WebSocket::Wire {
 public:
    Wire() = default;
    virtual ~Wire() = default;
    Wire(const Wire&) = delete;
    Wire& operator=(const Wire&) = delete;

    /// The status of an answer that is no upgrade; 0: there was none.
    [[nodiscard]] virtual Awaitable<std::pair<error_code, unsigned>> upgrade(std::string host, std::string target) = 0;
    [[nodiscard]] virtual Awaitable<std::optional<Message>> read() = 0;
    [[nodiscard]] virtual Awaitable<bool> write(std::string text) = 0;
    [[nodiscard]] virtual int close_code() const = 0;
};

namespace {

template <class Stream>
class WireOn final : public WebSocket::Wire {
 public:
    WireOn(Stream& stream, std::size_t limit, const std::string& agent, const std::function<void()>& on_close_frame)
        : ws_(stream) {
        ws_.read_message_max(limit);
        ws_.text(true);
        ws_.auto_fragment(false);
        ws_.set_option(websocket::stream_base::decorator(
            [agent](websocket::request_type& request) { request.set(wire::field::user_agent, agent); }));
        ws_.control_callback([on_close_frame](websocket::frame_type kind, beast::string_view) {
            if (kind == websocket::frame_type::close) on_close_frame();
        });
    }

    Awaitable<std::pair<error_code, unsigned>> upgrade(std::string host, std::string target) override {
        websocket::response_type answer;
        const auto [error] = co_await ws_.async_handshake(answer, host, target, nothrow);
        co_return std::pair(error, error == websocket::error::upgrade_declined ? answer.result_int() : 0U);
    }

    Awaitable<std::optional<WebSocket::Message>> read() override {
        const auto [error, size] = co_await ws_.async_read(buffer_, nothrow);
        if (error) co_return std::nullopt;
        WebSocket::Message message;
        message.bytes = beast::buffers_to_string(buffer_.cdata());
        message.text = ws_.got_text();
        buffer_.consume(buffer_.size());
        if (buffer_.capacity() > kKeepBytes) buffer_.shrink_to_fit();
        co_return message;
    }

    Awaitable<bool> write(std::string text) override {
        const auto bytes = asio::buffer(text);
        const auto [error, size] = co_await ws_.async_write(bytes, nothrow);
        co_return !error;
    }

    int close_code() const override { return ws_.reason().code; }

 private:
    static constexpr std::size_t kKeepBytes = 64 * 1024;  ///< a buffer that grew beyond this is given back

    websocket::stream<Stream&> ws_;
    beast::flat_buffer buffer_;
};

}  // namespace

WebSocket::WebSocket(const Executor& executor, std::size_t limit, std::function<void()> on_close_frame)
    : executor_(executor), limit_(limit), on_close_frame_(std::move(on_close_frame)) {}

WebSocket::~WebSocket() = default;

Awaitable<std::string> WebSocket::open(ClientOptions options,
                                       std::string target,
                                       std::string user_agent,
                                       std::chrono::milliseconds timeout) {
    std::unique_ptr<Route> route;
    std::string failure;
    try {
        route = std::make_unique<Route>(executor_, options);
    } catch (const std::invalid_argument& error) {
        failure = error.what();
    }
    if (!route) co_return failure;
    flight_ = std::make_shared<Flight>(executor_, timeout);
    if (dropped_) flight_->stop();
    failure = co_await route->open(flight_);
    if (!failure.empty()) co_return failure;

    Connection& connection = *flight_->connection;
    if (connection.tls)
        wire_ = std::make_unique<WireOn<TlsStream>>(*connection.tls, limit_, user_agent, on_close_frame_);
    else
        wire_ = std::make_unique<WireOn<TcpStream>>(connection.tcp, limit_, user_agent, on_close_frame_);
    std::string host = route->server_name();
    const auto [error, status] = co_await wire_->upgrade(std::move(host), std::move(target));
    connection.tcp.expires_never();
    if (!error) co_return std::string();
    if (status != 0) co_return route->answerer() + ": it opens no WebSocket (status " + std::to_string(status) + ")";
    if (error == beast::error::timeout || error == asio::error::operation_aborted)
        co_return timeout_sentence(Stage::exchange, route->answerer(), timeout);
    co_return exchange_sentence(route->answerer(), error, false, limit_);
}

Awaitable<std::optional<WebSocket::Message>> WebSocket::read() {
    return wire_->read();
}

Awaitable<bool> WebSocket::write(std::string text) {
    return wire_->write(std::move(text));
}

void WebSocket::drop() {
    dropped_ = true;
    if (flight_) flight_->stop();
}

int WebSocket::close_code() const {
    return wire_ ? wire_->close_code() : 0;
}

}  // namespace reweave::http
