#include "adapters/matrix/sending.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>

#include "adapters/common/back_off.hpp"
#include "adapters/common/fields.hpp"

namespace reweave::matrix {
namespace {

using namespace std::chrono_literals;
using Clock = MonotonicClock;

constexpr int kAtOnce = 8;      ///< requests while nobody slows us down
constexpr auto kCareful = 60s;  ///< after being slowed down: one at a time for so long
constexpr auto kSendTimeout = 60s;
constexpr std::string_view kPlain = "m.room.message";
constexpr int kForbidden = 6;  ///< as if lost so often: a try in half a minute to five

}  // namespace

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
    begin_anew(found->second);
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
    begin_anew(found->second);
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
    if (!letters.empty() && letters.front().elsewhere) begin_anew(found->second);
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

void Sending::slow_down(std::chrono::milliseconds wait) {
    ++counters_.slowed;
    not_before_ = Clock::now() + wait;
    slowed_until_ = not_before_ + kCareful;
}

std::chrono::milliseconds Sending::held_for() const {
    return std::max(0ms, std::chrono::ceil<std::chrono::milliseconds>(not_before_ - Clock::now()));
}

bool Sending::is_careful() const {
    return Clock::now() < slowed_until_;
}

void Sending::pause() {
    paused_ = true;
}

void Sending::resume() {
    paused_ = false;
    for (auto& [room, queue] : queues_) {  // perhaps as another device, to other readers
        queue.looked_for = false;
        queue.sealed.reset();
    }
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
    const bool careful = is_careful() || lost_ > 0;
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
    const std::string transaction = id + "-" + std::to_string(queues_[room].next);
    if (sent_before && letter.made != 0 && !queues_[room].looked_for) {
        const auto before = co_await sent_before(room, transaction, letter.made);
        if (stopped_) co_return;
        if (!still_first(room, id)) co_return go_on(room);
        if (!before) co_return later(room);
        queues_[room].looked_for = true;
        if (!before->empty()) co_return arrived(room, *before);
    }
    std::optional<Wire> wire = queues_[room].sealed;
    if (!wire) {
        const Letter& now = queues_[room].letters.front();
        const std::size_t next = queues_[room].next;
        std::string content = finish ? finish(room, now, next) : now.contents.at(next);
        if (seal) {
            wire = co_await seal(room, std::move(content), transaction);
            if (stopped_) co_return;
            if (!still_first(room, id)) co_return go_on(room);
            if (!wire) co_return later(room);
            if (wire->type != kPlain) queues_[room].sealed = wire;
        } else {
            wire = Wire{std::string(kPlain), std::move(content)};
        }
    }
    std::string path = "/client/v3/rooms/" + escaped(room) + "/send/" + wire->type + "/" + escaped(transaction);
    const Answer answer = co_await api_.call("PUT", std::move(path), std::move(wire->content), kSendTimeout);
    if (stopped_) co_return;
    if (!still_first(room, id)) co_return go_on(room);
    on_answer(room, answer);
}

/// What it needs first could not be had.
void Sending::later(const std::string& room) {
    ++counters_.lost;
    make_ready(room, Clock::now() + back_off(++queues_[room].lost));
}

/// The content that was next is this event now.
void Sending::arrived(const std::string& room, std::string event) {
    Queue& queue = queues_[room];
    lost_ = queue.lost = 0;
    Letter& letter = queue.letters.front();
    letter.event_ids.push_back(std::move(event));
    queue.looked_for = false;
    queue.sealed.reset();
    if (++queue.next == letter.contents.size()) finish_first(room, true, {});
    go_on_after(room, Clock::now());
}

/// It was not dropped or moved meanwhile.
bool Sending::still_first(const std::string& room, const std::string& id) {
    const std::deque<Letter>& letters = queues_[room].letters;
    return !letters.empty() && letters.front().id == id;
}

void Sending::go_on(const std::string& room) {
    begin_anew(queues_[room]);
    go_on_after(room, Clock::now());
}

void Sending::go_on_after(const std::string& room, Time at) {
    if (queues_[room].letters.empty()) {
        queues_.erase(room);
    } else {
        make_ready(room, at);
    }
}

/// Another letter is the first one.
void Sending::begin_anew(Queue& queue) {
    queue.next = 0;
    queue.looked_for = false;
    queue.sealed.reset();
}

void Sending::on_answer(const std::string& room, const Answer& answer) {
    Queue& queue = queues_[room];
    const auto now = Clock::now();
    Time again = now;
    switch (answer.kind) {
        case Answer::Kind::ok:
            return arrived(room, text_at(answer.json(), "event_id"));
        case Answer::Kind::slow_down:
            slow_down(answer.wait);
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
    go_on_after(room, again);
}

void Sending::finish_first(const std::string& room, bool sent, const std::string& why) {
    Queue& queue = queues_[room];
    const Letter letter = std::move(queue.letters.front());
    queue.letters.pop_front();
    begin_anew(queue);
    ++(sent ? counters_.sent : counters_.refused);
    letter.done(letter, sent, why);
}

}  // namespace reweave::matrix
