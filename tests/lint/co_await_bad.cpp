// Not compiled: what co_await.query must find. Each line is freed twice by g++ 12.
#include <coroutine>
#include <functional>
#include <memory>
#include <string>

struct Task {
    struct promise_type {
        Task get_return_object() { return {}; }
        std::suspend_never initial_suspend() noexcept { return {}; }
        std::suspend_never final_suspend() noexcept { return {}; }
        void unhandled_exception() {}
        void return_void() {}
    };
    bool await_ready() { return true; }
    void await_suspend(std::coroutine_handle<>) {}
    void await_resume() {}
};

struct Request {
    std::string text;
};

Task call(std::function<void()> f);
Task send(Request request);
Task say(std::string text);

Task bad(std::shared_ptr<int> p, bool loud) {
    co_await call([p] {});
    co_await send(Request{.text = "a"});
    co_await say(loud ? std::string("A") : std::string());
}
