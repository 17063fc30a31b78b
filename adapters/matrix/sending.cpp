#include "adapters/matrix/sending.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <random>
#include <utility>

namespace reweave::matrix {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

constexpr int kAtOnce = 8;      ///< requests while nobody slows us down
constexpr auto kCareful = 60s;  ///< after being slowed down: one at a time for so long
constexpr auto kTimeout = 60s;
constexpr std::string_view kPlain = "m.room.message";
constexpr int kForbidden = 6;  ///< as if lost so often: a try in half a minute to five

}  // namespace

std::chrono::milliseconds back_off(int n) {
    static std::minstd_rand chance{std::random_device{}()};
    const std::int64_t longest = std::min<std::int64_t>(300'000, std::int64_t{1000} << std::clamp(n - 1, 0, 9));
    return std::chrono::milliseconds(std::uniform_int_distribution<std::int64_t>(longest / 2, longest)(chance));
}

Sending::Sending(asio::io_context& io, Api& api) : io_(io), api_(api) {}

void Sending::add(const std::string& room, Letter letter) {
    Queue& queue = queues_[room];
    queue.letters.push_back(std::move(letter));
    if (!queue.busy) make_ready(room, Clock::now());
}

void Sending::drop(const std::string& room) {
    const auto found = queues_.find(room);
    if (found == queues_.end()) return;
    std::deque<Letter> letters = std::move(found->second.letters);
    found->second.letters.clear();
    found->second.next = 0;
    found->second.sealed.reset();
    if (!found->second.busy) queues_.erase(found);
    for (const Letter& letter : letters) {
        ++counters_.refused;
        letter.done(letter, false, "the bot is not in the room any more");
    }
}

void Sending::move(const std::string& from, const std::string& to) {
    const auto found = queues_.find(from);
    if (found == queues_.end()) return;
    std::deque<Letter> letters = std::move(found->second.letters);
    found->second.letters.clear();
    found->second.next = 0;
    found->second.sealed.reset();
    if (!found->second.busy) queues_.erase(found);
    for (Letter& letter : letters) {
        letter.event_ids.clear();
        add(to, std::move(letter));
    }
}

void Sending::give_back(const std::string& room) {
    const auto found = queues_.find(room);
    if (found == queues_.end()) return;
    std::deque<Letter> letters = std::move(found->second.letters);
    found->second.letters.clear();
    if (!letters.empty() && letters.front().elsewhere) {
        found->second.next = 0;
        found->second.sealed.reset();
    }
    std::vector<Letter> others;
    for (Letter& letter : letters) {
        if (letter.elsewhere) {
            others.push_back(std::move(letter));
        } else {
            found->second.letters.push_back(std::move(letter));
        }
    }
    for (const Letter& letter : others) letter.elsewhere();
}

void Sending::free(const std::string& room) {
    const auto waits =
        std::find_if(ready_.begin(), ready_.end(), [&](const auto& entry) { return entry.second == room; });
    if (waits == ready_.end()) return;
    ready_.erase(waits);
    queues_[room].lost = 0;
    make_ready(room, Clock::now());
}

void Sending::pause() {
    paused_ = true;
}

void Sending::resume() {
    paused_ = false;
    lost_ = 0;
    lost_until_ = {};
    wake_all();
}

void Sending::stop() {
    stopped_ = true;
    wake_all();
}

std::size_t Sending::waiting() const {
    std::size_t all = 0;
    for (const auto& [room, queue] : queues_) all += queue.letters.size();
    return all;
}

void Sending::make_ready(const std::string& room, Time at) {
    queues_[room].busy = true;
    ready_.emplace(at, room);
    wake_all();
}

void Sending::wake_all() {
    for (Timer* timer : idle_) timer->cancel();
}

/// When the next request may go out; the end of time if nothing is to be sent.
Sending::Time Sending::may_begin() const {
    const bool careful = Clock::now() < slowed_until_ || lost_ > 0;
    if (paused_ || ready_.empty() || active_ >= (careful ? 1 : kAtOnce)) return Time::max();
    return std::max({ready_.begin()->first, not_before_, lost_until_});
}

Awaitable<void> Sending::work() {
    Timer idle(io_.get_executor());
    while (!stopped_) {
        const Time at = may_begin();
        if (at > Clock::now()) {
            idle.expires_at(at);
            idle_.push_back(&idle);
            co_await idle.async_wait(nothrow);
            std::erase(idle_, &idle);
            continue;
        }
        std::string room = std::move(ready_.begin()->second);
        ready_.erase(ready_.begin());
        if (queues_[room].letters.empty()) {
            queues_.erase(room);
            continue;
        }
        ++active_;
        co_await send_next(std::move(room));
        --active_;
        wake_all();
    }
}

Awaitable<void> Sending::send_next(std::string room) {
    // What this refers to may be gone after each wait: it is looked up anew then.
    Letter& letter = queues_[room].letters.front();
    if (letter.write) letter.contents = std::exchange(letter.write, nullptr)();
    const std::string id = letter.id;
    const std::size_t next = queues_[room].next;
    std::optional<Wire> wire = queues_[room].sealed;
    if (!wire) {
        std::string content = finish ? finish(room, letter, next) : letter.contents.at(next);
        if (seal) {
            wire = co_await seal(room, std::move(content));
            if (stopped_) co_return;
            if (!still_first(room, id)) co_return go_on(room);
            if (!wire) {
                ++counters_.lost;
                co_return make_ready(room, Clock::now() + back_off(++queues_[room].lost));
            }
            if (wire->type != kPlain) queues_[room].sealed = wire;
        } else {
            wire = Wire{std::string(kPlain), std::move(content)};
        }
    }
    std::string path =
        "/client/v3/rooms/" + escaped(room) + "/send/" + wire->type + "/" + escaped(id) + "-" + std::to_string(next);
    const Answer answer = co_await api_.call("PUT", std::move(path), std::move(wire->content), kTimeout);
    if (stopped_) co_return;
    if (!still_first(room, id)) co_return go_on(room);
    on_answer(room, answer);
}

/// It was not dropped or moved meanwhile.
bool Sending::still_first(const std::string& room, const std::string& id) {
    const std::deque<Letter>& letters = queues_[room].letters;
    return !letters.empty() && letters.front().id == id;
}

void Sending::go_on(const std::string& room) {
    Queue& queue = queues_[room];
    queue.next = 0;
    queue.sealed.reset();
    if (queue.letters.empty()) {
        queues_.erase(room);
    } else {
        make_ready(room, Clock::now());
    }
}

void Sending::on_answer(const std::string& room, const Answer& answer) {
    Queue& queue = queues_[room];
    const auto now = Clock::now();
    Time again = now;
    switch (answer.kind) {
        case Answer::Kind::ok: {
            lost_ = queue.lost = 0;
            const nlohmann::json body = answer.json();
            const auto event = body.is_object() ? body.find("event_id") : body.end();
            Letter& letter = queue.letters.front();
            letter.event_ids.push_back(body.is_object() && event != body.end() && event->is_string()
                                           ? event->get<std::string>()
                                           : std::string());
            queue.sealed.reset();
            if (++queue.next == letter.contents.size()) finish_first(room, true, {});
            break;
        }
        case Answer::Kind::slow_down:
            ++counters_.slowed;
            not_before_ = now + answer.wait;  // the limit is on the account, so every room waits
            slowed_until_ = not_before_ + kCareful;
            again = {};  // it was its turn, so it is the first
            if (slow) slow(room);
            break;
        case Answer::Kind::lost:
            ++counters_.lost;
            if (answer.status == 0) {
                lost_until_ = now + back_off(++lost_);
            } else {
                again = now + back_off(++queue.lost);  // this room only, perhaps
            }
            break;
        case Answer::Kind::signed_out:
            pause();
            if (signed_out) signed_out();
            break;
        case Answer::Kind::refused:
            if (answer.errcode == "M_FORBIDDEN" || answer.status == 403) {
                // A change of our power frees it, a kick drops it. It may be something else, too, that passes.
                queue.lost = std::max(queue.lost + 1, kForbidden);
                again = now + back_off(queue.lost);
            } else {
                finish_first(room, false, answer.failure);
            }
            break;
    }
    Queue& after = queues_[room];
    if (after.letters.empty()) {
        queues_.erase(room);
    } else {
        make_ready(room, again);
    }
}

void Sending::finish_first(const std::string& room, bool sent, const std::string& why) {
    Queue& queue = queues_[room];
    const Letter letter = std::move(queue.letters.front());
    queue.letters.pop_front();
    queue.next = 0;
    queue.sealed.reset();
    ++(sent ? counters_.sent : counters_.refused);
    letter.done(letter, sent, why);
}

}  // namespace reweave::matrix
