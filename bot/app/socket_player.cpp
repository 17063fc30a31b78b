#include "bot/app/socket_player.hpp"

#include <boost/asio/post.hpp>
#include <boost/beast/core/buffers_to_string.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/field.hpp>
#include <boost/beast/websocket.hpp>
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
using dialog::Screen;
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

/// Server, engine and client share one thread: the client runs the others for as long as it waits.
class SocketPlayer final : public dialog::Player, server::EngineGate {
 public:
    SocketPlayer(const Content& content,
                 const Revisions& revisions,
                 const std::vector<dialog::Translation>& translations,
                 std::uint64_t seed)
        : content_(content), revisions_(revisions), translations_(translations), seed_(seed) {}

    ~SocketPlayer() override {
        if (!server_) return;
        error_code ignored;
        socket_->next_layer().close(ignored);
        bool drained = false;
        server_->drain([&] { drained = true; });
        const auto end = std::chrono::steady_clock::now() + kPatience;
        while (!drained && std::chrono::steady_clock::now() < end) io_.run_one_until(end);
        server_.reset();
        io_.restart();
        io_.poll();  // what was cancelled ends before that which it refers to
    }
    SocketPlayer(const SocketPlayer&) = delete;
    SocketPlayer& operator=(const SocketPlayer&) = delete;

    Screen start(const dialog::Beginning& beginning) override {
        clock_.set(beginning.at);
        const bool known = std::any_of(
            revisions_.begin(), revisions_.end(), [&](const auto& r) { return r->script.id == beginning.script; });
        if (!known) return Screen{{}, {}, true, std::nullopt};
        engine::CoreOptions core;
        core.together = false;  // there is nobody else
        core.first_script = beginning.script;
        core.first_answers = beginning.given;
        core.random = [seed = seed_] { return seed; };
        bot_.emplace(clock_, content_, revisions_, translations_, std::move(core));
        server::ServerOptions options;
        options.hub.person = {1e6, 1e6};  // nobody types as fast as a test
        options.hub.frames = {1e6, 1e6};
        server_.emplace(io_, static_cast<server::EngineGate&>(*this), std::move(options), metrics_);
        server_->start();
        connect();
        json hello = {{"type", "hello"}, {"seen", 0}, {"language", beginning.language}};
        if (!beginning.time_zone.empty()) hello["time_zone"] = beginning.time_zone;
        return exchange(hello);
    }

    Screen say(std::string_view text) override {
        return exchange(json{{"type", "message"}, {"id", ++number_}, {"text", text}});
    }

    Screen choose(const std::vector<std::string>& picks) override {
        return exchange(json{{"type", "choose"}, {"id", ++number_}, {"ask", ask_}, {"picks", picks}});
    }

    Screen advance(dialog::Seconds time) override {
        const engine::TimePoint target = clock_.now() + time;
        while (bot_->core().next_due() && *bot_->core().next_due() <= target) {
            clock_.set(std::max(clock_.now(), *bot_->core().next_due()));
            server_->on_outputs(bot_->core().run({}));
        }
        clock_.set(target);
        return exchange(std::nullopt);
    }

    [[nodiscard]] bool knows_outcomes() const override { return false; }

 private:
    bool submit(engine::Request&& request) override {
        asio::post(io_, [this, request = std::move(request)]() mutable {
            if (!server_) return;
            std::vector<engine::Request> requests;
            requests.push_back(std::move(request));
            server_->on_outputs(bot_->core().run(std::move(requests)));
        });
        return true;
    }

    void connect() {
        const auto port = std::to_string(server_->port());
        socket_.emplace(io_);
        socket_->next_layer().connect({asio::ip::address_v4::loopback(), server_->port()});
        socket_->next_layer().set_option(tcp::no_delay(true));
        socket_->set_option(websocket::stream_base::decorator([](websocket::request_type& request) {
            request.set(beast::http::field::sec_websocket_protocol, server::wire::kSubprotocol);
        }));
        wait([&](auto done) { socket_->async_handshake("127.0.0.1:" + port, "/ws", std::move(done)); });
    }

    /// Sends a frame, and then a ping: all that follows from the frame is there before the pong.
    Screen exchange(const std::optional<json>& frame) {
        Screen shown;
        if (open_ && frame) send(*frame);
        if (open_) send({{"type", "ping"}});
        while (open_) {
            const json received = receive();
            if (received.is_null() || received.at("type") == "pong") break;
            take(received, shown);
        }
        shown.choices = choices_;
        return shown;
    }

    void take(const json& frame, Screen& shown) {
        const std::string type = text_of(frame, "type");
        if (type == "error") shown.refused = true;
        if (type != "message") return;
        for (const json& bubble : frame.at("bubbles")) shown.bubbles.push_back(dialog::as_line(bubble_from(bubble)));
        if (!frame.contains("ask") && !frame.contains("you")) return;  // a reminder leaves the open question as it is
        ask_ = frame.contains("ask") ? text_of(frame.at("ask"), "id") : std::string();
        choices_ = frame.contains("ask") ? choices_from(frame.at("ask")) : std::vector<dialog::RenderedChoice>();
    }

    void send(const json& frame) {
        const std::string text = frame.dump();
        wait([&](auto done) {
            socket_->async_write(asio::buffer(text),
                                 [done = std::move(done)](error_code error, std::size_t) { done(error); });
        });
    }

    /// Null once the server has said goodbye.
    json receive() {
        beast::flat_buffer buffer;
        wait([&](auto done) {
            socket_->async_read(buffer, [done = std::move(done)](error_code error, std::size_t) { done(error); });
        });
        return open_ ? json::parse(beast::buffers_to_string(buffer.data())) : json();
    }

    /// Runs everything until the operation that `begin` starts is done.
    template <class Begin>
    void wait(Begin begin) {
        bool done = false;
        begin([&](error_code error) {
            done = true;
            if (error) open_ = false;
        });
        const auto end = std::chrono::steady_clock::now() + kPatience;
        io_.restart();
        while (!done && std::chrono::steady_clock::now() < end) io_.run_one_until(end);
        if (!done) throw std::runtime_error("the bot did not answer over its WebSocket");
    }

    const Content& content_;
    const Revisions& revisions_;
    const std::vector<dialog::Translation>& translations_;
    std::uint64_t seed_;
    SetClock clock_;
    std::optional<TemporaryBot> bot_;
    server::Metrics metrics_;
    asio::io_context io_{1};
    std::optional<server::WebServer> server_;
    std::optional<websocket::stream<tcp::socket>> socket_;
    bool open_ = true;
    std::int64_t number_ = 0;
    std::string ask_;
    std::vector<dialog::RenderedChoice> choices_;
};

}  // namespace

std::unique_ptr<dialog::Player> make_socket_player(const Content& content,
                                                   const Revisions& revisions,
                                                   const std::vector<dialog::Translation>& translations,
                                                   std::uint64_t seed) {
    return std::make_unique<SocketPlayer>(content, revisions, translations, seed);
}

}  // namespace reweave::app
