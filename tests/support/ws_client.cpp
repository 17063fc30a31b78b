// The only file that knows Beast's WebSocket as a client: it takes long to compile.

#include "tests/support/ws_client.hpp"

#include <boost/asio/connect.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/ssl.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/buffers_to_string.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>
#include <boost/beast/websocket.hpp>
#include <boost/beast/websocket/ssl.hpp>
#include <stdexcept>

namespace reweave::test {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace websocket = beast::websocket;
using asio::ip::tcp;
using boost::system::error_code;
using Clock = std::chrono::steady_clock;

tcp::endpoint here(std::uint16_t port) {
    return {asio::ip::address_v4::loopback(), port};
}

/// Runs `io` until `done` or the limit.
void run_until(asio::io_context& io, const bool& done, Limit limit) {
    const auto end = Clock::now() + limit;
    io.restart();
    while (!done && Clock::now() < end) io.run_one_until(end);
}

}  // namespace

class WsClient::Impl {
 public:
    virtual ~Impl() = default;
    virtual bool send(std::string_view bytes, bool text, Limit limit) = 0;
    virtual bool send_raw(std::string_view bytes) = 0;
    virtual std::optional<std::string> receive(Limit limit) = 0;
    virtual int close_code() = 0;
    virtual void close() = 0;

    bool over = false;
    websocket::response_type response;
};

template <class Stream>
class WsClient::On final : public WsClient::Impl {
 public:
    template <class... Arguments>
    explicit On(const WsOptions& options, Arguments&&... arguments) : ws_(io_, std::forward<Arguments>(arguments)...) {
        auto& socket = beast::get_lowest_layer(ws_);
        socket.open(tcp::v4());
        if (options.receive_buffer > 0) socket.set_option(tcp::socket::receive_buffer_size(options.receive_buffer));
        socket.connect(here(options.port));
        socket.set_option(tcp::no_delay(true));
        if constexpr (requires { ws_.next_layer().handshake(asio::ssl::stream_base::client); }) {
            ws_.next_layer().handshake(asio::ssl::stream_base::client);
        }
        ws_.set_option(websocket::stream_base::decorator([&options](websocket::request_type& request) {
            if (!options.subprotocol.empty())
                request.set(beast::http::field::sec_websocket_protocol, options.subprotocol);
            for (const auto& [name, value] : options.headers) request.set(name, value);
        }));
        ws_.read_message_max(64 * 1024 * 1024);
        error_code error;
        bool done = false;
        ws_.async_handshake(
            response, "127.0.0.1:" + std::to_string(options.port), options.path, [&](error_code result) {
                error = result;
                done = true;
            });
        run_until(io_, done, kPatience);
        if (!done || response.result_int() == 0)
            throw std::runtime_error("no answer to the upgrade: " + error.message());
        over = static_cast<bool>(error);
    }

    ~On() override {
        error_code ignored;
        beast::get_lowest_layer(ws_).close(ignored);
        io_.restart();
        io_.run();  // what was pending ends before that which it refers to
    }

    bool send(std::string_view bytes, bool text, Limit limit) override {
        if (over || !written_) return false;
        outgoing_ = bytes;
        written_ = false;
        ws_.text(text);
        ws_.async_write(asio::buffer(outgoing_), [this](error_code error, std::size_t) {
            written_ = true;
            if (error) over = true;
        });
        run_until(io_, written_, limit);
        return written_ && !over;
    }

    bool send_raw(std::string_view bytes) override {
        error_code error;
        asio::write(ws_.next_layer(), asio::buffer(bytes.data(), bytes.size()), error);
        return !error;
    }

    std::optional<std::string> receive(Limit limit) override {
        if (over) return std::nullopt;
        if (read_) {
            read_ = false;
            ws_.async_read(buffer_, [this](error_code error, std::size_t) {
                read_ = true;
                if (error) over = true;
            });
        }
        run_until(io_, read_, limit);
        if (!read_ || over) return std::nullopt;
        std::string frame = beast::buffers_to_string(buffer_.data());
        buffer_.consume(buffer_.size());
        return frame;
    }

    int close_code() override { return static_cast<int>(ws_.reason().code); }

    void close() override {
        if (over) return;
        bool done = false;
        ws_.async_close(websocket::close_code::normal, [&](error_code) { done = true; });
        run_until(io_, done, kPatience);
        over = true;
    }

 private:
    asio::io_context io_{1};
    websocket::stream<Stream> ws_;
    beast::flat_buffer buffer_;
    std::string outgoing_;
    bool read_ = true;     ///< no read is pending
    bool written_ = true;  ///< no write is pending
};

WsClient::WsClient(const WsOptions& options) {
    if (options.tls) {
        asio::ssl::context context(asio::ssl::context::tls_client);
        impl_ = std::make_unique<On<asio::ssl::stream<tcp::socket>>>(options, context);
    } else {
        impl_ = std::make_unique<On<tcp::socket>>(options);
    }
}

WsClient::~WsClient() = default;

int WsClient::status() const {
    return static_cast<int>(impl_->response.result_int());
}
std::string WsClient::header(const std::string& name) const {
    return std::string(impl_->response[name]);
}
bool WsClient::send(std::string_view text, Limit limit) {
    return impl_->send(text, true, limit);
}
bool WsClient::send_binary(std::string_view bytes) {
    return impl_->send(bytes, false, kPatience);
}
bool WsClient::send_raw(std::string_view bytes) {
    return impl_->send_raw(bytes);
}
std::optional<std::string> WsClient::receive(Limit limit) {
    return impl_->receive(limit);
}
void WsClient::close() {
    impl_->close();
}

int WsClient::wait_for_close(Limit limit) {
    const auto end = Clock::now() + limit;
    while (!impl_->over) {
        const auto left = std::chrono::duration_cast<Limit>(end - Clock::now());
        if (left.count() <= 0) return -1;
        (void)impl_->receive(left);
    }
    return impl_->close_code();
}

std::string exchange_bytes(std::uint16_t port, std::string_view request, Limit limit) {
    asio::io_context io(1);
    tcp::socket socket(io);
    socket.connect(here(port));
    error_code ignored;
    asio::write(socket, asio::buffer(request.data(), request.size()), ignored);
    std::string received;
    bool done = false;
    asio::async_read(socket, asio::dynamic_buffer(received), [&](error_code, std::size_t) { done = true; });
    run_until(io, done, limit);
    socket.close(ignored);
    io.restart();
    io.run();
    return received;
}

}  // namespace reweave::test
