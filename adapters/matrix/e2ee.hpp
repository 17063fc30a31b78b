#pragma once
/// \file End-to-end encryption of one account: the engine on a thread of its own.

#include <functional>
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <stdexcept>
#include <string>

#include "bot/deps/asio.hpp"

namespace reweave::matrix {

/// A call that did not succeed, with a sentence for the operator that holds nothing of what people typed.
class E2eeFailure : public std::runtime_error {
 public:
    E2eeFailure(const std::string& sentence, bool broken) : std::runtime_error(sentence), broken_(broken) {}
    /// Nothing will succeed any more until the bot starts again; rooms without encryption can go on.
    [[nodiscard]] bool broken() const { return broken_; }

 private:
    bool broken_;
};

/// The calls and their JSON are in e2ee/reweave_e2ee.h. They run one after the other, in the order in which they were
/// asked for. All members are for the I/O thread; the engine works on one of its own.
class E2ee {
 public:
    /// Takes a function over to the I/O thread and runs it there. Called by the engine's thread.
    using PostBack = std::function<void(std::function<void()>)>;
    /// Gets the answer as it is: {"ok": …} or {"error": sentence, "broken": bool}.
    using Done = std::function<void(std::string answer)>;

    explicit E2ee(PostBack post_back);
    /// Waits for the call that is running; those behind it get an error as their answer.
    ~E2ee();
    E2ee(const E2ee&) = delete;
    E2ee& operator=(const E2ee&) = delete;

    /// Whether this build has encryption; without it each call fails, and the bot has to decline encrypted rooms.
    [[nodiscard]] static bool built_in();

    /// `done` is run on the I/O thread. At most 1024 calls wait; one more gets an error as its answer.
    void post(std::string name, std::string input, Done done);

    /// What is behind "ok" in the answer.
    /// \throws E2eeFailure
    [[nodiscard]] Awaitable<nlohmann::json> call(std::string name, nlohmann::json input);

 private:
    class Worker;
    std::unique_ptr<Worker> worker_;
};

}  // namespace reweave::matrix
