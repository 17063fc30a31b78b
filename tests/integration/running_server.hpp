#pragma once
/// \file A WebServer on a thread of its own, with an engine that answers from memory and can be told to stall.

#include <atomic>
#include <boost/asio/post.hpp>
#include <future>
#include <map>
#include <nlohmann/json.hpp>
#include <thread>

#include "bot/server/web_server.hpp"
#include "tests/support/ws_client.hpp"

namespace reweave::test {

/// Answers each message with a turn "You said: ...", numbers turns per person, drops repeats. Lives on the I/O thread.
class MemoryEngine final : public engine::EngineGate {
 public:
    using Sink = std::function<void(std::vector<engine::Output>)>;

    explicit MemoryEngine(Sink sink) : sink_(std::move(sink)) {}

    bool submit(engine::Request&& request) override {
        if (full) return false;
        ++submitted;
        held_.push_back(std::move(request));
        if (!hold) answer_all();
        return true;
    }

    /// What came in while `hold` was set.
    void answer_all() {
        std::vector<engine::Output> outputs;
        for (const engine::Request& request : std::exchange(held_, {})) answer(request, outputs);
        if (!outputs.empty()) sink_(std::move(outputs));
    }

    void say_to_everyone(const std::string& text) {
        std::vector<engine::Output> outputs;
        for (auto& [id, stream] : streams_) outputs.emplace_back(engine::Deliver{turn(id, {}, text)});
        sink_(std::move(outputs));
    }

    std::atomic<bool> full{false};
    std::atomic<bool> hold{false};
    std::atomic<int> submitted{0};
    std::atomic<int> inbounds{0};

 private:
    void answer(const engine::Request& request, std::vector<engine::Output>& outputs) {
        engine::Reply reply;
        reply.ticket = request.ticket;
        if (const auto* hello = std::get_if<engine::Hello>(&request.body)) {
            const bool known = people_.contains(hello->handle);
            if (!known && !hello->may_create) {
                reply.code = engine::Reply::Code::unknown_identity;
            } else {
                const auto number = static_cast<std::int64_t>(people_.size()) + 1;
                const std::int64_t id = people_.try_emplace(hello->handle, number).first->second;
                const std::vector<engine::Message>& stream = streams_[id];
                reply.created = !known;
                reply.identity = {id};
                reply.person = {id};
                reply.seq = static_cast<std::int64_t>(stream.size());
                for (const auto& message : stream) {
                    if (message.seq > hello->seen) reply.messages.push_back(message);
                }
            }
            outputs.emplace_back(std::move(reply));
        } else if (const auto* batch = std::get_if<engine::Batch>(&request.body)) {
            const engine::Inbound& inbound = batch->inbounds.at(0);
            std::int64_t& last = last_number_[inbound.identity.value];
            if (inbound.number <= last) {
                reply.code = inbound.number == last ? engine::Reply::Code::again : engine::Reply::Code::not_rising;
                outputs.emplace_back(std::move(reply));
                return;
            }
            last = inbound.number;
            ++inbounds;
            outputs.emplace_back(std::move(reply));
            outputs.emplace_back(
                engine::Deliver{turn(inbound.identity.value, inbound.text, "You said: " + inbound.text)});
        }
    }

    engine::Message turn(std::int64_t person, std::optional<std::string> said, const std::string& text) {
        std::vector<engine::Message>& stream = streams_[person];
        engine::Message message;
        message.person = {person};
        message.seq = static_cast<std::int64_t>(stream.size()) + 1;
        message.you_text = std::move(said);
        message.bubbles.emplace_back();
        message.bubbles.back().text = text;
        stream.push_back(message);
        return message;
    }

    Sink sink_;
    std::vector<engine::Request> held_;
    std::map<std::string, std::int64_t> people_;
    std::map<std::int64_t, std::vector<engine::Message>> streams_;
    std::map<std::int64_t, std::int64_t> last_number_;
};

class RunningServer {
 public:
    explicit RunningServer(server::ServerOptions options = {})
        : engine([this](std::vector<engine::Output> outputs) { deliver(std::move(outputs)); }) {
        options.pages["/"] = {"<!doctype html>", "text/html; charset=utf-8"};
        server_.emplace(io_, engine, std::move(options), metrics);
        server_->start();
        thread_ = std::thread([this] { io_.run(); });
    }
    ~RunningServer() {
        if (!drained) drain();
        thread_.join();
    }

    /// Runs `what` on the I/O thread and waits for it.
    void on_io(const std::function<void()>& what) {
        std::promise<void> done;
        boost::asio::post(io_, [&] {
            what();
            done.set_value();
        });
        done.get_future().wait();
    }

    void drain() {
        on_io([this] { server_->drain([this] { drained = true; }); });
    }

    /// Once all is closed and the I/O thread has nothing left to do.
    void wait_until_drained() {
        thread_.join();
        thread_ = std::thread([] {});
    }

    [[nodiscard]] std::uint16_t port() const { return server_->port(); }
    [[nodiscard]] std::uint16_t operator_port() const { return server_->operator_port(); }
    [[nodiscard]] server::WebServer& server() { return *server_; }

    /// The value of one line of the metrics.
    [[nodiscard]] std::string metric(const std::string& name) {
        std::string text;
        on_io([&] { text = metrics.text(); });
        const std::size_t at = text.find("\n" + name + " ");
        return at == std::string::npos
                   ? ""
                   : text.substr(at + name.size() + 2, text.find('\n', at + 1) - at - name.size() - 2);
    }

    server::Metrics metrics;
    MemoryEngine engine;
    std::atomic<bool> drained{false};

 private:
    void deliver(std::vector<engine::Output> outputs) {
        boost::asio::post(io_,
                          [this, outputs = std::move(outputs)]() mutable { server_->on_outputs(std::move(outputs)); });
    }

    boost::asio::io_context io_{1};
    std::optional<server::WebServer> server_;
    std::thread thread_;
};

/// A client that has said hello.
class Person : public WsClient {
 public:
    explicit Person(const RunningServer& server,
                    WsOptions options = {},
                    const std::string& hello = R"({"type":"hello","seen":0})")
        : WsClient(at(server, std::move(options))) {
        send(hello);
        welcome = next();
        if (welcome.value("type", "") != "welcome") throw std::runtime_error("no welcome: " + welcome.dump());
    }

    static WsOptions at(const RunningServer& server, WsOptions options = {}) {
        options.port = server.port();
        return options;
    }

    /// The next frame; null if there is none.
    nlohmann::json next(Limit limit = kPatience) {
        const auto frame = receive(limit);
        return frame ? nlohmann::json::parse(*frame) : nlohmann::json();
    }

    void say(int id, const std::string& text = "hi") {
        send(nlohmann::json({{"type", "message"}, {"id", id}, {"text", text}}).dump());
    }

    nlohmann::json welcome;
};

/// Looks again until `condition` holds; false at the limit.
inline bool eventually(const std::function<bool()>& condition, Limit limit = kPatience) {
    const auto end = std::chrono::steady_clock::now() + limit;
    while (!condition()) {
        if (std::chrono::steady_clock::now() > end) return false;
        std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
    return true;
}

}  // namespace reweave::test
