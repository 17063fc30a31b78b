#pragma once
/// \file A client of Discord's API that knows nothing of adapters/discord: for tests of the fake Discord.

#include <boost/beast/core/buffers_to_string.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>
#include <boost/beast/websocket.hpp>
#include <boost/beast/zlib/inflate_stream.hpp>
#include <deque>

#include "tests/support/catch.hpp"
#include "tests/support/fake_discord.hpp"
#include "tests/support/virtual_time.hpp"

namespace reweave::test::plain {

using nlohmann::json;
using namespace std::chrono_literals;
namespace beast = boost::beast;
namespace websocket = beast::websocket;
namespace wire = beast::http;
using boost::system::error_code;

inline constexpr int kOwnIntents = 1 + 512 + 4096;

class Gateway {
 public:
    Gateway(asio::io_context& io, const FakeDiscord& discord, const std::string& more = "")
        : io_(io), ws_(Socket(io.get_executor())), compressed_(!more.empty()) {
        ws_.next_layer().connect({asio::ip::address_v4::loopback(), discord.port()});
        ws_.async_handshake("127.0.0.1", "/gateway/?v=10&encoding=json" + more, [this](error_code error) {
            over = static_cast<bool>(error);
            if (!over) read();
        });
    }
    ~Gateway() {
        error_code ignored;
        ws_.next_layer().close(ignored);
        run_for(io_, 10ms);
    }
    Gateway(const Gateway&) = delete;
    Gateway& operator=(const Gateway&) = delete;

    void send(const json& message) {
        const auto text = std::make_shared<std::string>(message.dump());
        ws_.async_write(asio::buffer(*text), [text](error_code, std::size_t) {});
        run_for(io_, 20ms);
    }
    void identify(int intents = kOwnIntents, const std::string& token = "bot-token") {
        send({{"op", 2}, {"d", {{"token", token}, {"intents", intents}, {"properties", {{"os", "linux"}}}}}});
    }
    void resume(const std::string& session, std::int64_t seq) {
        send({{"op", 6}, {"d", {{"token", "bot-token"}, {"session_id", session}, {"seq", seq}}}});
    }
    /// Null if nothing comes.
    json next() {
        (void)run_until(
            io_, [this] { return !came_.empty() || over; }, 1s);
        if (came_.empty()) return nullptr;
        json first = came_.front();
        came_.pop_front();
        return first;
    }
    /// Passes over others; null if there is none.
    json event(const std::string& name) {
        for (json one = next(); !one.is_null(); one = next())
            if (one["t"] == name) return one;
        return nullptr;
    }
    int closed() {
        (void)run_until(
            io_, [this] { return over; }, 5s);
        return over ? static_cast<int>(ws_.reason().code) : -1;
    }
    void close(int code) {
        ws_.async_close(static_cast<websocket::close_code>(code), [](error_code) {});
        run_for(io_, 20ms);
    }

    bool over = false;
    std::size_t frames = 0;

 private:
    void read() {
        ws_.async_read(buffer_, [this](error_code error, std::size_t) {
            if (error) {
                over = true;
                return;
            }
            ++frames;
            pending_ += beast::buffers_to_string(buffer_.data());
            buffer_.consume(buffer_.size());
            const std::string mark("\0\0\xff\xff", 4);
            if (!compressed_) {
                came_.push_back(json::parse(pending_));
                pending_.clear();
            } else if (pending_.size() >= 4 && pending_.compare(pending_.size() - 4, 4, mark) == 0) {
                came_.push_back(json::parse(inflated()));
                pending_.clear();
            }
            read();
        });
    }
    std::string inflated() {
        std::string out(1024 * 1024, '\0');
        const std::size_t header = begun_ ? 0 : 2;
        begun_ = true;
        beast::zlib::z_params params;
        params.next_in = pending_.data() + header;
        params.avail_in = pending_.size() - header;
        params.next_out = out.data();
        params.avail_out = out.size();
        error_code error;
        inflate_.write(params, beast::zlib::Flush::sync, error);
        out.resize(out.size() - params.avail_out);
        return out;
    }

    asio::io_context& io_;
    websocket::stream<Socket> ws_;
    beast::flat_buffer buffer_;
    std::string pending_;
    std::deque<json> came_;
    bool compressed_, begun_ = false;
    beast::zlib::inflate_stream inflate_;
};

struct Answer {
    int status = 0;  ///< 0: cut
    json body;
    std::map<std::string, std::string> headers;
};

inline Answer ask(asio::io_context& io,
                  const FakeDiscord& discord,
                  wire::verb method,
                  const std::string& path,
                  const json& body = nullptr,
                  const std::string& token = "bot-token") {
    Socket socket(io.get_executor());
    socket.connect({asio::ip::address_v4::loopback(), discord.port()});
    wire::request<wire::string_body> request(method, "/api/v10" + path, 11);
    request.set("User-Agent", "DiscordBot (https://example.org, 1)");
    request.set("Authorization", "Bot " + token);
    if (!body.is_null()) {
        request.set("Content-Type", "application/json");
        request.body() = body.dump();
    }
    request.prepare_payload();
    wire::response<wire::string_body> response;
    beast::flat_buffer buffer;
    bool done = false;
    Answer answer;
    wire::async_write(socket, request, [&](error_code, std::size_t) {
        wire::async_read(socket, buffer, response, [&](error_code error, std::size_t) {
            done = true;
            if (!error) answer.status = static_cast<int>(response.result_int());
        });
    });
    REQUIRE(run_until(
        io, [&] { return done; }, 1min, 1ms));
    answer.body = json::parse(response.body(), nullptr, false);
    for (const auto& field : response) answer.headers[std::string(field.name_string())] = std::string(field.value());
    return answer;
}

inline json said(const std::string& content) {
    return {{"content", content}, {"allowed_mentions", {{"parse", json::array()}}}};
}

inline json row(const json& component) {
    return json::array({{{"type", 1}, {"components", json::array({component})}}});
}

}  // namespace reweave::test::plain
