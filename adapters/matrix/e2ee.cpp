#include "adapters/matrix/e2ee.hpp"

#include <boost/asio/this_coro.hpp>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <nlohmann/json.hpp>
#include <optional>
#include <thread>
#include <utility>

#include "adapters/matrix/e2ee/reweave_e2ee.h"

namespace reweave::matrix {

using nlohmann::json;

namespace {

constexpr std::size_t most_waiting = 1024;

std::string failed(const char* sentence) {
    return json{{"error", sentence}, {"broken", false}}.dump();
}

struct Job {
    std::string name;
    std::string input;
    E2ee::Done done;
};

/// One call that a coroutine waits for.
struct Pending {
    explicit Pending(const Executor& executor) : wake(executor, Timer::time_point::max()) {}
    Timer wake;  // a condition variable: never expires, is cancelled to wake
    std::optional<std::string> answer;
};

}  // namespace

class E2ee::Worker {
 public:
    explicit Worker(PostBack post_back) : post_back_(std::move(post_back)), thread_([this] { run(); }) {}

    ~Worker() {
        std::deque<Job> left;
        {
            const std::lock_guard lock(mutex_);
            stopping_ = true;
            left.swap(jobs_);
        }
        wake_.notify_one();
        thread_.join();
        for (Job& job : left) answer(std::move(job), failed("the bot is stopping"));
    }
    Worker(const Worker&) = delete;
    Worker& operator=(const Worker&) = delete;

    void post(Job job) {
        {
            const std::lock_guard lock(mutex_);
            if (jobs_.size() < most_waiting) {
                jobs_.push_back(std::move(job));
                wake_.notify_one();
                return;
            }
        }
        answer(std::move(job), failed("too much waits for the encryption engine"));
    }

 private:
    void run() {
        const std::unique_ptr<reweave_e2ee, void (*)(reweave_e2ee*)> engine(reweave_e2ee_new(), reweave_e2ee_free);
        while (std::optional<Job> job = next()) {
            std::string text = failed("this build has no end-to-end encryption");
            if (engine) {
                char* given = reweave_e2ee_call(engine.get(), job->name.c_str(), job->input.c_str());
                text = given;
                reweave_e2ee_free_text(given);
            }
            answer(std::move(*job), std::move(text));
        }
    }

    std::optional<Job> next() {
        std::unique_lock lock(mutex_);
        wake_.wait(lock, [this] { return stopping_ || !jobs_.empty(); });
        if (stopping_) return std::nullopt;
        std::optional<Job> job = std::move(jobs_.front());
        jobs_.pop_front();
        return job;
    }

    void answer(Job job, std::string text) {
        post_back_([done = std::move(job.done), text = std::move(text)]() mutable { done(std::move(text)); });
    }

    PostBack post_back_;
    std::mutex mutex_;
    std::condition_variable wake_;
    std::deque<Job> jobs_;
    bool stopping_ = false;
    std::thread thread_;  // last: it uses all of the above
};

E2ee::E2ee(PostBack post_back) : worker_(std::make_unique<Worker>(std::move(post_back))) {}

E2ee::~E2ee() = default;

bool E2ee::built_in() {
#ifdef REWEAVE_HAS_E2EE
    return true;
#else
    return false;
#endif
}

void E2ee::post(std::string name, std::string input, Done done) {
    worker_->post({std::move(name), std::move(input), std::move(done)});
}

Awaitable<json> E2ee::call(std::string name, json input) {
    const Executor executor = co_await asio::this_coro::executor;
    const auto pending = std::make_shared<Pending>(executor);
    Done done = [pending](std::string answer) {
        pending->answer = std::move(answer);
        pending->wake.cancel();
    };
    // A text that is not UTF-8 must not stop a message.
    std::string text = input.dump(-1, ' ', false, json::error_handler_t::replace);
    post(std::move(name), std::move(text), std::move(done));
    while (!pending->answer) {
        co_await pending->wake.async_wait(nothrow);
    }
    json answer = json::parse(*pending->answer);
    if (const auto ok = answer.find("ok"); ok != answer.end()) {
        json result = std::move(*ok);
        co_return result;
    }
    throw E2eeFailure(answer.value("error", ""), answer.value("broken", false));
}

}  // namespace reweave::matrix
