#include "tests/support/fake_discord_wire.hpp"

#include <boost/beast/core/buffers_to_string.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/websocket.hpp>
#include <boost/beast/zlib/deflate_stream.hpp>

namespace reweave::test::fake {
namespace {

namespace beast = boost::beast;
namespace websocket = beast::websocket;
using boost::system::error_code;

/// One zlib stream that is flushed after each message: ends with 00 00 FF FF.
class Deflater {
 public:
    std::string operator()(const std::string& text) {
        std::string out = begun_ ? std::string() : std::string("\x78\x9c");
        begun_ = true;
        std::string part(16 * 1024, '\0');
        beast::zlib::z_params params;
        params.next_in = text.data();
        params.avail_in = text.size();
        do {
            params.next_out = part.data();
            params.avail_out = part.size();
            error_code error;
            stream_.write(params, beast::zlib::Flush::sync, error);
            out.append(part, 0, part.size() - params.avail_out);
        } while (params.avail_out == 0);
        return out;
    }

 private:
    beast::zlib::deflate_stream stream_;
    bool begun_ = false;
};

}  // namespace

struct Wire::Parts {
    Parts(Socket socket, std::size_t pieces) : ws(std::move(socket)), wake(ws.get_executor()), split(pieces) {}

    struct Outgoing {
        std::string text;
        std::optional<int> close = std::nullopt;
    };
    websocket::stream<Socket> ws;
    std::optional<Socket> parked;  ///< still open, though the stream above it has ended
    Timer wake;
    std::deque<Outgoing> queue;
    std::optional<Deflater> deflater;
    std::size_t split;
    beast::flat_buffer buffer;
    bool over = false, silent = false, closing = false;
};

Wire::Wire(Socket socket, bool compressed, std::size_t split, bool answers_close)
    : parts_(std::make_unique<Parts>(std::move(socket), split)) {
    if (compressed) parts_->deflater.emplace();
    if (answers_close) return;
    parts_->ws.control_callback([parts = parts_.get()](websocket::frame_type kind, beast::string_view) {
        if (kind == websocket::frame_type::close) parts->parked.emplace(std::move(parts->ws.next_layer()));
    });
}

Wire::~Wire() = default;

Awaitable<bool> Wire::accept(Upgrade request) {
    const auto [error] = co_await parts_->ws.async_accept(request, nothrow);
    parts_->over = static_cast<bool>(error);
    co_return !error;
}

Awaitable<std::optional<std::string>> Wire::read() {
    Parts& parts = *parts_;
    const auto [error, size] = co_await parts.ws.async_read(parts.buffer, nothrow);
    std::optional<std::string> text;
    if (error || parts.silent) {
        parts.over = parts.over || !parts.silent;
        parts.wake.cancel();
        co_return text;
    }
    text = beast::buffers_to_string(parts.buffer.data());
    parts.buffer.consume(parts.buffer.size());
    co_return text;
}

Awaitable<void> Wire::write_all() {
    Parts& parts = *parts_;
    for (;;) {
        while (parts.queue.empty() && !parts.over && !parts.silent) {
            parts.wake.expires_at(TimePoint::max());
            co_await parts.wake.async_wait(nothrow);
        }
        if (parts.over || parts.silent) co_return;
        Parts::Outgoing next = std::move(parts.queue.front());
        parts.queue.pop_front();
        if (next.close) {
            websocket::close_reason reason;
            reason.code = static_cast<websocket::close_code>(*next.close);
            co_await parts.ws.async_close(reason, nothrow);
            co_return;
        }
        if (parts.deflater) next.text = (*parts.deflater)(next.text);
        parts.ws.binary(parts.deflater.has_value());
        const std::size_t most = parts.split > 0 ? parts.split : std::max<std::size_t>(next.text.size(), 1);
        for (std::size_t at = 0; at < next.text.size(); at += most) {
            const std::size_t size = std::min(most, next.text.size() - at);
            // Pieces of a compressed message are messages of their own; otherwise they are frames of one.
            const bool ends = parts.deflater || at + size == next.text.size();
            const asio::const_buffer piece(next.text.data() + at, size);
            const auto [error, written] = co_await parts.ws.async_write_some(ends, piece, nothrow);
            if (error) co_return;
        }
    }
}

void Wire::send(std::string text) {
    if (parts_->closing) return;
    parts_->queue.push_back({std::move(text)});
    parts_->wake.cancel();
}

void Wire::close(int code) {
    if (parts_->closing) return;
    parts_->closing = true;
    parts_->queue.push_back({"", code});
    parts_->wake.cancel();
}

void Wire::cut() {
    error_code ignored;
    parts_->over = parts_->closing = true;
    parts_->parked.reset();
    parts_->ws.next_layer().close(ignored);
    parts_->wake.cancel();
}

void Wire::silence() {
    error_code ignored;
    parts_->silent = parts_->closing = true;
    parts_->ws.next_layer().cancel(ignored);
    parts_->wake.cancel();
}

int Wire::client_code() const {
    return static_cast<int>(parts_->ws.reason().code);
}

bool Wire::silent() const {
    return parts_->silent || parts_->parked;
}

bool Wire::closing() const {
    return parts_->closing;
}

}  // namespace reweave::test::fake
