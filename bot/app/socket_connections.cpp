#include "bot/app/socket_connections.hpp"

#include <boost/asio/post.hpp>
#include <boost/beast/core/buffers_to_string.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/field.hpp>
#include <boost/beast/websocket.hpp>
#include <deque>
#include <nlohmann/json.hpp>
#include <optional>
#include <stdexcept>

#include "bot/server/web_server.hpp"
#include "bot/server/wire.hpp"

namespace reweave::app {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace websocket = beast::websocket;
using asio::ip::tcp;
using boost::system::error_code;
using dialog::RenderedBubble;
using nlohmann::json;
using namespace std::chrono_literals;

constexpr auto kPatience = 30s;

std::string text_of(const json& frame, const char* field) {
    return frame.at(field).get<std::string>();
}

RenderedBubble bubble_from(const json& frame) {
    using Kind = RenderedBubble::Kind;
    const std::string kind = text_of(frame, "kind");
    RenderedBubble bubble;
    bubble.text = frame.value("text", frame.value("title", ""));
    if (kind == "link") {
        bubble.kind = Kind::link;
        bubble.target = text_of(frame, "url");
    } else if (kind == "picture" || kind == "recording") {
        bubble.kind = kind == "picture" ? Kind::picture : Kind::recording;
        const std::string url = text_of(frame, "url");
        bubble.target = url.substr(url.rfind('/') + 1);
    } else if (kind == "pace") {
        bubble.kind = Kind::pace;
        bubble.times = frame.at("times").get<int>();
        for (const json& beat : frame.at("beats"))
            bubble.beats.push_back({text_of(beat, "words"), beat.at("seconds").get<int>()});
    } else if (kind == "help") {
        bubble.kind = Kind::help;
    } else if (kind == "calendar") {
        bubble.kind = Kind::calendar;
    } else if (kind == "invite") {
        bubble.kind = Kind::invite;
    }
    return bubble;
}

std::vector<dialog::RenderedChoice> choices_from(const json& ask) {
    std::vector<dialog::RenderedChoice> all;
    const auto add = [&](const json& list) {
        for (const json& choice : list) all.push_back({text_of(choice, "id"), text_of(choice, "label")});
    };
    if (ask.contains("choices")) add(ask.at("choices"));
    if (ask.contains("groups")) {
        for (const json& group : ask.at("groups")) add(group.at("choices"));
    }
    return all;
}

Shown shown(const json& message) {
    Shown all;
    if (const auto heard = message.find("heard"); heard != message.end()) {
        all.lines.push_back(heard_line(
            text_of(*heard, "name"), heard->value("text", ""), heard->value("picks", std::vector<std::string>())));
    }
    for (const json& bubble : message.at("bubbles")) all.lines.push_back(dialog::as_line(bubble_from(bubble)));
    all.answers = message.contains("you");
    if (const auto ask = message.find("ask"); ask != message.end()) {
        all.ask = text_of(*ask, "id");
        all.choices = choices_from(*ask);
    }
    if (const auto room = message.find("room"); room != message.end()) {
        all.room = room->at("id").get<std::int64_t>();
        all.room_is_open = room->at("open").get<bool>();
    }
    return all;
}

/// Server, engine and clients share one thread: a client runs the others for as long as it waits.
class SocketConnections final : public Connections, engine::EngineGate {
 public:
    explicit SocketConnections(TemporaryBot& bot) : bot_(bot) {
        server::ServerOptions options;
        options.hub.person = {1e6, 1e6};  // nobody types as fast as a test
        options.hub.frames = {1e6, 1e6};
        options.addresses.messages = {1e6, 1e6};
        server_.emplace(io_, static_cast<engine::EngineGate&>(*this), std::move(options), metrics_);
        server_->start();
    }

    ~SocketConnections() override {
        error_code ignored;
        for (Client& client : clients_) client.socket->next_layer().close(ignored);
        bool drained = false;
        server_->drain([&] { drained = true; });
        const auto end = std::chrono::steady_clock::now() + kPatience;
        while (!drained && std::chrono::steady_clock::now() < end) io_.run_one_until(end);
        server_.reset();
        io_.restart();
        io_.poll();  // what was cancelled ends before that which it refers to
    }
    SocketConnections(const SocketConnections&) = delete;
    SocketConnections& operator=(const SocketConnections&) = delete;

    engine::PersonId hello(const std::string& language, const std::string& time_zone) override {
        clients_.emplace_back();
        Client& client = clients_.back();
        connect(client);
        json hello = {{"type", "hello"}, {"seen", 0}, {"language", language}};
        if (!time_zone.empty()) hello["time_zone"] = time_zone;
        const json welcome = exchange(client, hello, "welcome");
        if (welcome.is_null()) throw std::runtime_error("the bot did not welcome a new device");
        return {welcome.at("person").get<std::int64_t>()};
    }

    bool say(std::size_t who, std::string_view text, std::int64_t room) override {
        json message = {{"type", "message"}, {"id", ++number_}, {"text", text}};
        if (room != 0) message["room"] = room;
        return !exchange(clients_[who], message, "ack").is_null();
    }

    bool choose(std::size_t who, const std::string& ask, const std::vector<std::string>& picks) override {
        const json choice = {{"type", "choose"}, {"id", ++number_}, {"ask", ask}, {"picks", picks}};
        return !exchange(clients_[who], choice, "ack").is_null();
    }

    bool use(std::size_t who, const std::string& code) override {
        return !exchange(clients_[who], {{"type", "link"}, {"code", code}}, "seat").is_null();
    }

    std::string invite(std::size_t who, engine::ConversationId conversation, const std::string& role) override {
        const json code =
            exchange(clients_[who], {{"type", "invite"}, {"conversation", conversation.value}, {"role", role}}, "code");
        return code.is_null() ? std::string() : text_of(code, "code");
    }

    void run(std::optional<engine::RequestBody> request) override {
        server_->on_outputs(request ? bot_.run(std::move(*request)) : bot_.core().run({}));
    }

    std::vector<Shown> look(std::size_t who) override {
        Client& client = clients_[who];
        (void)exchange(client, {{"type", "ping"}}, "pong");
        return std::exchange(client.came, {});
    }

 private:
    struct Client {
        std::optional<websocket::stream<tcp::socket>> socket;
        bool open = true;
        std::vector<Shown> came;
    };

    bool submit(engine::Request&& request) override {
        asio::post(io_, [this, request = std::move(request)]() mutable {
            if (!server_) return;
            std::vector<engine::Request> requests;
            requests.push_back(std::move(request));
            server_->on_outputs(bot_.core().run(std::move(requests)));
        });
        return true;
    }

    void connect(Client& client) {
        const auto port = std::to_string(server_->port());
        client.socket.emplace(io_);
        client.socket->next_layer().connect({asio::ip::address_v4::loopback(), server_->port()});
        client.socket->next_layer().set_option(tcp::no_delay(true));
        client.socket->set_option(websocket::stream_base::decorator([](websocket::request_type& request) {
            request.set(beast::http::field::sec_websocket_protocol, server::wire::kSubprotocol);
        }));
        wait(client, [&](auto done) { client.socket->async_handshake("127.0.0.1:" + port, "/ws", std::move(done)); });
    }

    /// Sends a frame and reads until its answer; null if that is an error, or the server said goodbye.
    json exchange(Client& client, const json& frame, std::string_view answer) {
        if (client.open) send(client, frame);
        while (client.open) {
            json received = receive(client);
            if (received.is_null()) break;
            const std::string type = text_of(received, "type");
            if (type == "message") client.came.push_back(shown(received));
            if (type == answer) return received;
            if (type == "error") break;
        }
        return {};
    }

    void send(Client& client, const json& frame) {
        const std::string text = frame.dump();
        wait(client, [&](auto done) {
            client.socket->async_write(asio::buffer(text),
                                       [done = std::move(done)](error_code error, std::size_t) { done(error); });
        });
    }

    /// Null once the server has said goodbye.
    json receive(Client& client) {
        beast::flat_buffer buffer;
        wait(client, [&](auto done) {
            client.socket->async_read(buffer, [done = std::move(done)](error_code error, std::size_t) { done(error); });
        });
        return client.open ? json::parse(beast::buffers_to_string(buffer.data())) : json();
    }

    /// Runs everything until the operation that `begin` starts is done.
    template <class Begin>
    void wait(Client& client, Begin begin) {
        bool done = false;
        begin([&](error_code error) {
            done = true;
            if (error) client.open = false;
        });
        const auto end = std::chrono::steady_clock::now() + kPatience;
        io_.restart();
        while (!done && std::chrono::steady_clock::now() < end) io_.run_one_until(end);
        if (!done) throw std::runtime_error("the bot did not answer over its WebSocket");
    }

    TemporaryBot& bot_;
    server::Metrics metrics_;
    asio::io_context io_{1};
    std::optional<server::WebServer> server_;
    std::deque<Client> clients_;
    std::int64_t number_ = 0;
};

}  // namespace

std::unique_ptr<Connections> connect_over_sockets(TemporaryBot& bot) {
    return std::make_unique<SocketConnections>(bot);
}

}  // namespace reweave::app
