#pragma once
/// \file An adapter's way to the engine: asks, and waits for the answers. One thread, the I/O thread.

#include <cstdint>
#include <map>
#include <memory>
#include <vector>

#include "bot/deps/asio.hpp"
#include "bot/engine/gate.hpp"

namespace reweave::adapters {

class EngineClient {
 public:
    EngineClient(asio::io_context& io, engine::EngineGate& gate);
    EngineClient(const EngineClient&) = delete;
    EngineClient& operator=(const EngineClient&) = delete;

    /// The answer, after the commit. While the engine's queue is full it waits. After stop(): `failed`.
    [[nodiscard]] Awaitable<engine::Reply> ask(engine::RequestBody body);
    /// A reply for each inbound, in order; a single one if there are none.
    [[nodiscard]] Awaitable<std::vector<engine::Reply>> hand_over(engine::Batch batch);
    /// Without waiting for an answer: how an outbound fared. False if the engine has no room for it now.
    [[nodiscard]] bool tell(const engine::Delivered& delivered);

    /// Takes note of the answers to its own questions.
    void on_outputs(const std::vector<engine::Output>& outputs);
    /// Whoever waits gets `failed`, now and from now on.
    void stop();

 private:
    struct Waiting {
        explicit Waiting(asio::io_context& io) : wake(io.get_executor(), Timer::time_point::max()) {}
        Timer wake;
        std::vector<engine::Reply> replies;
        std::size_t expected = 1;
    };
    [[nodiscard]] Awaitable<std::vector<engine::Reply>> wait_for(engine::RequestBody body, std::size_t expected);

    asio::io_context& io_;
    engine::EngineGate& gate_;
    std::map<std::uint64_t, std::shared_ptr<Waiting>> waiting_;
    bool stopped_ = false;
};

}  // namespace reweave::adapters
