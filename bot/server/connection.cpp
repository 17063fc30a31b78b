// The only file that knows Beast's WebSocket as a server: it takes long to compile.

#include "bot/server/connection.hpp"

#include <sys/socket.h>

#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>
#include <boost/beast/websocket.hpp>
#include <boost/beast/websocket/ssl.hpp>

#include "bot/server/mailbox.hpp"
#include "bot/server/tokens.hpp"

namespace reweave::server {
namespace {

namespace beast = boost::beast;
namespace http = beast::http;
namespace websocket = beast::websocket;
using namespace std::chrono_literals;
using asio::experimental::awaitable_operators::operator&&;
using boost::system::error_code;

/// A socket that keeps what is written while more follows, so that frames that were ready together leave in one packet:
/// what the kernel does to send one over the loopback costs more than a small turn of ours.
class Wire : public Socket {
 public:
    explicit Wire(Socket socket) : Socket(std::move(socket)) {}

    /// In place of the socket's own, for the layers above.
    template <class Buffers, class Token>
    auto async_write_some(const Buffers& buffers, Token&& token) {
        return async_send(buffers, more_follows ? MSG_MORE : 0, std::forward<Token>(token));
    }

    bool more_follows = false;
};

/// Beast looks for this by the stream's own type.
template <class Handler>
void async_teardown(beast::role_type role, Wire& wire, Handler&& handler) {
    websocket::async_teardown(role, static_cast<Socket&>(wire), std::forward<Handler>(handler));
}

using TlsStream = asio::ssl::stream<Wire>;
using Header = http::request<http::empty_body>;

constexpr std::size_t kMaxHeaderBytes = 8 * 1024;
constexpr std::size_t kKeepBytes = 2 * 1024;  ///< a read buffer that grew beyond this is given back

Now now() {
    return std::chrono::steady_clock::now();
}

template <class Stream>
void close_socket(Stream& stream) {
    error_code ignored;
    beast::get_lowest_layer(stream).close(ignored);
}

/// A place among the connections of one address.
class Lease {
 public:
    Lease(AddressBook& book, AddressUse& use) : book_(&book), use_(&use) {}
    Lease(Lease&& other) noexcept : book_(other.book_), use_(std::exchange(other.use_, nullptr)) {}
    Lease& operator=(Lease&&) = delete;
    ~Lease() {
        if (use_ != nullptr) book_->closed(*use_);
    }
    [[nodiscard]] AddressUse& use() const { return *use_; }

 private:
    AddressBook* book_;
    AddressUse* use_;
};

/// An upgrade request that was let in.
struct Admitted {
    Admitted(Header h, Lease l) : header(std::move(h)), lease(std::move(l)) {}
    Header header;
    Lease lease;
    std::string cookie;  ///< for a Set-Cookie header; empty: none
    Caller caller;
};

// --------------------------------------------------------------------------------------------------- HTTP

template <class Stream>
class HttpConnection final : public Connection {
 public:
    HttpConnection(Stream& stream, Front& front) : Connection(front), stream_(stream) {}
    void on_time_up() override { cut(); }
    void drain() override { cut(); }
    void cut() override { close_socket(stream_); }
    void limit(Timer::duration duration) { front_.deadlines.set(*this, duration); }

 private:
    Stream& stream_;
};

/// 0 if the connection is simply over; otherwise what to answer before it ends.
int status_of(const error_code& error) {
    if (error == http::error::header_limit || error == http::error::buffer_overflow) return 431;
    if (error == http::error::end_of_stream || error == http::error::partial_message) return 0;
    return error.category() == make_error_code(http::error::bad_method).category() ? 400 : 0;
}

const char* sentence_of(int status) {
    return status == 431 ? "The header is longer than 8 KiB." : "This is not an HTTP request.";
}

template <class Stream>
Awaitable<bool> write_answer(Stream& stream, const HttpAnswer& answer, bool with_body, bool keep_alive) {
    const std::string head = head_of(answer, keep_alive);
    std::array<asio::const_buffer, 2> parts;
    parts[0] = asio::buffer(head);
    if (with_body) parts[1] = asio::buffer(answer.body().data(), answer.body().size());
    const auto [error, size] = co_await asio::async_write(stream, parts, nothrow);
    co_return !error;
}

Awaitable<void> say_end(Socket& socket) {
    error_code ignored;
    socket.shutdown(Socket::shutdown_send, ignored);
    co_return;
}

Awaitable<void> say_end(TlsStream& stream) {
    co_await stream.async_shutdown(nothrow);
}

/// Ends a connection so that the other side still gets the answer: closing a socket with unread bytes in it would reset
/// it.
template <class Stream>
Awaitable<void> linger(Stream& stream) {
    co_await say_end(stream);
    std::array<char, 1024> rest;
    Socket& socket = beast::get_lowest_layer(stream);
    for (;;) {
        const auto [error, size] = co_await socket.async_read_some(asio::buffer(rest), nothrow);
        if (error) break;
    }
}

std::string_view field(const Header& header, http::field name) {
    return header[name];
}

/// All lines of X-Forwarded-For as one: some proxies add a line instead of an item.
std::string forwarded_for(const Header& header) {
    std::string out;
    const auto lines = header.equal_range("X-Forwarded-For");
    for (auto line = lines.first; line != lines.second; ++line) {
        if (!out.empty()) out += ',';
        out += std::string_view(line->value());
    }
    return out;
}

/// Decides about an upgrade: lets it in, or says why not.
std::variant<HttpAnswer, Admitted> admit(Header header, const IpAddress& peer, bool tls, Front& front) {
    const std::string_view origin = field(header, http::field::origin);
    const UpgradeRequest request{
        header.target(), field(header, http::field::host), origin, field(header, http::field::sec_websocket_protocol)};
    if (auto refused = refuse_upgrade(request, front.options.origins)) return *std::move(refused);
    if (front.draining || front.sessions >= front.options.connections)
        return refusal(503, "There is no room at the moment.");
    AddressUse* const use = front.addresses.opened(front.proxies.client(peer, forwarded_for(header)), now());
    if (use == nullptr) return refusal(429, "There are too many connections from this address.");
    Lease lease(front.addresses, *use);

    Caller caller;
    caller.address = use;
    caller.browser = !origin.empty();
    const bool secure = tls || (front.proxies.trusts(peer) && header["X-Forwarded-Proto"] == "https");
    std::string token = token_from_cookies(field(header, http::field::cookie), secure);
    std::string cookie;
    if (caller.browser && (token.empty() || front.hub.is_spent(handle_of(token)))) {
        token = new_token();
        cookie = set_cookie(token, secure);
        caller.cookie_is_new = true;
    }
    if (!token.empty()) caller.cookie_handle = handle_of(token);
    Admitted admitted(std::move(header), std::move(lease));
    admitted.cookie = std::move(cookie);
    admitted.caller = std::move(caller);
    return admitted;
}

/// Answers requests until one is let in as a WebSocket (then returns it) or the connection is over.
template <class Stream>
Awaitable<std::optional<Admitted>> talk_http(Stream& stream, Front& front, IpAddress peer, Door door) {
    HttpConnection<Stream> self(stream, front);
    const HttpHandler& handler = door == Door::for_operator ? front.operator_pages : front.pages;
    beast::flat_buffer buffer(2 * kMaxHeaderBytes);
    for (;;) {
        http::request_parser<http::empty_body> parser;
        parser.header_limit(kMaxHeaderBytes);
        self.limit(front.options.request_limit);
        const auto [error, size] = co_await http::async_read_header(stream, buffer, parser, nothrow);
        const int status = error ? status_of(error) : 200;
        if (status == 0) co_return std::nullopt;
        front.requests.add();

        HttpAnswer answer;
        bool keep_alive = !error && parser.get().keep_alive() && !front.draining;
        const bool has_body = !error && (parser.chunked() || parser.content_length().value_or(0) > 0);
        const bool is_head = !error && parser.get().method() == http::verb::head;
        if (error) {
            answer = refusal(status, sentence_of(status));
        } else if (has_body) {
            answer = refusal(413, "Requests here have no body.");
            keep_alive = false;
        } else if (parser.get().version() >= 11 && parser.get().count(http::field::host) != 1) {
            answer = refusal(400, "There must be one Host header.");
        } else if (door != Door::for_operator && websocket::is_upgrade(parser.get())) {
            keep_alive = false;
            if (buffer.size() > 0) {
                answer = refusal(400, "Frames may only be sent once the upgrade is answered.");
            } else {
                auto decision = admit(parser.release(), peer, door == Door::people_over_tls, front);
                if (auto* admitted = std::get_if<Admitted>(&decision)) co_return std::move(*admitted);
                answer = std::move(std::get<HttpAnswer>(decision));
            }
        } else {
            answer = handler({parser.get().method_string(), parser.get().target()});
        }

        self.limit(front.options.request_limit);
        const bool written = co_await write_answer(stream, answer, !is_head, keep_alive);
        if (!written) co_return std::nullopt;
        if (!keep_alive) {
            self.limit(2s);
            co_await linger(stream);
            co_return std::nullopt;
        }
    }
}

// ---------------------------------------------------------------------------------------------- WebSocket

template <class Stream>
class Session final : public Connection, private Link {
 public:
    Session(Stream&& stream, Front& front, Caller caller)
        : Connection(front),
          ws(std::move(stream)),
          outbox(front.executor, front.options.outbox_frames, front.options.outbox_bytes),
          awake(front.executor, Timer::time_point::max()),
          peer(front.hub, *this, std::move(caller), now()) {
        ++front_.sessions;
    }
    ~Session() override {
        --front_.sessions;
        front_.watch_queue();
    }

    void on_text(std::string_view text) {
        peer.on_text(text, now());
        front_.watch_queue();
    }
    void opened() { front_.deadlines.set(*this, front_.options.hello_limit); }
    void on_time_up() override {
        if (peer.ended()) {
            cut();
        } else {
            peer.on_silence();
        }
    }
    void drain() override { peer.drain(front_.options.retry_after); }
    void cut() override {
        outbox.discard();
        awake.cancel();
        close_socket(ws);
    }
    [[nodiscard]] CloseCode close_code() const { return close_code_; }

    websocket::stream<Stream> ws;
    Mailbox<std::string> outbox;
    Timer awake;  ///< cancelled to wake the reader
    bool abandoned = false;
    Peer peer;

 private:
    bool send(std::string frame) override { return outbox.push(std::move(frame)) != Mailbox<std::string>::Push::full; }
    void end(CloseCode code) override {
        close_code_ = code;
        outbox.close();
        awake.cancel();
        front_.deadlines.set(*this, front_.options.close_limit);
    }
    void abandon(CloseCode code) override {
        abandoned = true;
        outbox.discard();
        end(code);
    }
    void resume() override { awake.cancel(); }
    void greeted() override { front_.deadlines.clear(*this); }

    CloseCode close_code_ = CloseCode::normal;
};

template <class Stream>
Awaitable<bool> accept(Session<Stream>& session, Front& front, Header header, std::string cookie) {
    auto& ws = session.ws;
    websocket::stream_base::timeout limits;
    limits.handshake_timeout = front.options.close_limit;
    limits.idle_timeout = front.options.idle_limit;
    limits.keep_alive_pings = true;
    ws.set_option(limits);
    ws.read_message_max(wire::kMaxFrameBytes);
    ws.auto_fragment(false);
    ws.text(true);
    ws.set_option(websocket::stream_base::decorator([&cookie](websocket::response_type& response) {
        response.set(http::field::server, "reweave");
        response.set(http::field::sec_websocket_protocol, wire::kSubprotocol);
        if (!cookie.empty()) response.set(http::field::set_cookie, cookie);
    }));
    const auto [error] = co_await ws.async_accept(header, nothrow);
    ws.set_option(
        websocket::stream_base::decorator([](websocket::response_type&) {}));  // the other one points into this frame
    if (!error) session.opened();
    co_return !error;
}

/// Ends when the peer closes, is idle, or the outbox is closed.
template <class Stream>
Awaitable<void> read_loop(Session<Stream>& session) {
    beast::flat_buffer buffer;
    while (!session.outbox.closed()) {
        if (!session.peer.may_read()) {
            co_await session.awake.async_wait(nothrow);
            continue;
        }
        const auto [error, size] = co_await session.ws.async_read(buffer, nothrow);
        if (error) break;
        if (session.ws.got_text()) {
            const auto bytes = buffer.cdata();
            session.on_text(std::string_view(static_cast<const char*>(bytes.data()), bytes.size()));
        } else {
            session.peer.on_binary();
        }
        buffer.consume(buffer.size());
        if (buffer.capacity() > kKeepBytes) buffer.shrink_to_fit();
    }
    session.outbox.close();  // lets write_loop drain and end
}

/// The only place that writes to the socket.
template <class Stream>
Awaitable<void> write_loop(Session<Stream>& session) {
    bool broken = false;
    while (!broken) {
        const std::vector<std::string> frames = co_await session.outbox.take();
        if (frames.empty()) break;
        for (const std::string& frame : frames) {
            if (session.abandoned) break;
            beast::get_lowest_layer(session.ws).more_follows = &frame != &frames.back();
            const auto [error, size] = co_await session.ws.async_write(asio::buffer(frame), nothrow);
            broken = static_cast<bool>(error);
            if (broken) break;
        }
        // Also when the rest was abandoned: the closing frame must leave at once.
        beast::get_lowest_layer(session.ws).more_follows = false;
    }
    if (session.ws.is_open() && !broken) {
        const websocket::close_reason reason(static_cast<websocket::close_code>(session.close_code()));
        co_await session.ws.async_close(reason, nothrow);
    }
    session.cut();  // makes a read that is still pending end too
}

template <class Stream>
Awaitable<void> serve_stream(Stream stream, std::shared_ptr<Front> front, IpAddress peer, Door door) {
    std::optional<Admitted> admitted = co_await talk_http(stream, *front, peer, door);
    if (!admitted) co_return;
    const Lease lease = std::move(admitted->lease);
    Session<Stream> session(std::move(stream), *front, std::move(admitted->caller));
    const bool open = co_await accept(session, *front, std::move(admitted->header), std::move(admitted->cookie));
    admitted.reset();
    if (!open) co_return;
    co_await (read_loop(session) && write_loop(session));  // each loop's end makes the other end
}

Awaitable<bool> shake_hands(TlsStream& stream, Front& front) {
    HttpConnection<TlsStream> self(stream, front);
    self.limit(front.options.request_limit);
    const auto [error] = co_await stream.async_handshake(asio::ssl::stream_base::server, nothrow);
    co_return !error;
}

Awaitable<void> serve_tls(Socket socket, std::shared_ptr<Front> front, IpAddress peer, Door door) {
    TlsStream stream(Wire(std::move(socket)), *front->tls);
    const bool ready = co_await shake_hands(stream, *front);
    if (ready) co_await serve_stream(std::move(stream), std::move(front), peer, door);
}

}  // namespace

Connection::Connection(Front& front) : front_(front) {
    front_.open.insert(this);
}

Connection::~Connection() {
    front_.open.erase(this);
    front_.deadlines.clear(*this);
}

Awaitable<void> serve(Socket socket, std::shared_ptr<Front> front, Door door) {
    error_code error;
    const IpAddress peer = socket.remote_endpoint(error).address();
    socket.set_option(tcp::no_delay(true), error);
    if (door == Door::people_over_tls) return serve_tls(std::move(socket), std::move(front), peer, door);
    return serve_stream(Wire(std::move(socket)), std::move(front), peer, door);
}

}  // namespace reweave::server
