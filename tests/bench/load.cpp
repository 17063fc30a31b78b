/// \file Holds scripted conversations with a server on 127.0.0.1, as many people at once, and checks every reply.
///
/// One thread, hand-made frames: server and generator share the machine's cores. Prints one JSON object.

#include <sys/epoll.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "tests/bench/options.hpp"
#include "tests/bench/skim.hpp"
#include "tests/bench/socket.hpp"
#include "tests/bench/talk.hpp"
#include "tests/bench/tally.hpp"
#include "tests/bench/user.hpp"

namespace reweave::bench {
namespace {

using Clock = std::chrono::steady_clock;
using std::string;
using std::string_view;

class Load {
 public:
    explicit Load(Options options)
        : options_(std::move(options)),
          talk_(options_.talk),
          tally_(options_.users),
          users_(options_.users),
          epoll_(epoll_create1(0)) {
        if (!options_.people.empty()) read_people();
    }

    int run() {
        const auto before = usage_of(options_.pid);
        const auto connected = connect_all();
        if (options_.mode == Options::Mode::idle) {
            until(Clock::now() + to_clock(options_.hold), [] { return false; });
            return report(connected, before, usage_of(options_.pid));
        }
        begin_all();
        if (options_.turns == 0) {
            until(Clock::now() + to_clock(options_.warm), [] { return false; });
            tally_.restart();
        }
        const auto started = Clock::now();
        const auto from = usage_of(options_.pid);
        const auto end = options_.turns > 0 ? Clock::time_point::max() : started + to_clock(options_.seconds);
        until(end, [this] { return finished_ == options_.users; });
        const auto to = usage_of(options_.pid);
        if (!options_.save_people.empty()) save_people();
        return report(std::chrono::duration<double>(Clock::now() - started).count(), from, to);
    }

 private:
    using Phase = User::Phase;

    static Clock::duration to_clock(double seconds) {
        return std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(seconds));
    }

    void read_people() {
        std::ifstream file(options_.people);
        for (auto& user : users_)
            if (!(file >> user.token >> user.turn >> user.head))
                throw std::invalid_argument(options_.people + ": has too few lines");
        std::getline(file >> std::ws, others_, '\0');
        for (auto& user : users_) user.id = user.turn;
    }

    void save_people() const {
        std::ofstream file(options_.save_people);
        for (const auto& user : users_) file << user.token << ' ' << user.turn << ' ' << user.head << '\n';
        file << others_;
    }

    // ------------------------------------------------------------------------------------ connections

    void connect(std::size_t i) {
        auto& user = users_[i];
        user.phase = Phase::connecting;
        if (!user.resending) user.since = Clock::now();
        // At most 8,000 connections from one source address, so that ports do not run out.
        user.socket.connect(options_.port, 1 + static_cast<int>(i / 8000));
        epoll_event event{};
        event.events = user.watching = EPOLLIN | EPOLLOUT;
        event.data.u64 = i;
        epoll_ctl(epoll_, EPOLL_CTL_ADD, user.socket.fd(), &event);
    }

    /// Connects everyone, at most 64 at a time; returns how long it took in seconds.
    double connect_all() {
        const auto started = Clock::now();
        std::size_t next = 0;
        until(started + std::chrono::minutes(5), [&] {
            while (next < users_.size() && next - settled_ < 64) connect(next++);
            return settled_ == users_.size();
        });
        return std::chrono::duration<double>(Clock::now() - started).count();
    }

    /// Serves the sockets until `end`, or until `stop` says so.
    template <class Stop>
    void until(Clock::time_point end, Stop stop) {
        std::vector<epoll_event> events(512);
        auto checked = Clock::now();
        while (!stop()) {
            now_ = Clock::now();
            if (now_ >= end || lost_ == users_.size()) return;
            if (now_ - checked > std::chrono::seconds(1)) {
                checked = now_;
                find_stalled();
            }
            const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(
                std::min(end - now_, Clock::duration(100'000'000)));
            const int n =
                epoll_wait(epoll_, events.data(), static_cast<int>(events.size()), static_cast<int>(left.count()));
            now_ = Clock::now();
            for (int k = 0; k < n; ++k) serve(events[static_cast<std::size_t>(k)]);
        }
    }

    void serve(const epoll_event& event) {
        const auto i = static_cast<std::size_t>(event.data.u64);
        auto& user = users_[i];
        if (user.socket.fd() < 0) return;
        if ((event.events & EPOLLOUT) != 0) user.socket.flush();
        if ((event.events & (EPOLLIN | EPOLLHUP | EPOLLERR)) != 0) {
            user.socket.fill();
            for (auto got = user.socket.next(); got.event != Socket::Event::none; got = user.socket.next()) {
                if (got.event == Socket::Event::closed) {
                    lose(i, "closed", std::to_string(user.socket.close_code()));
                    return;
                }
                if (got.event == Socket::Event::open) opened(i);
                if (got.event == Socket::Event::text) heard(i, got.text);
            }
        }
        if (user.socket.fd() < 0) return;
        const std::uint32_t wanted = user.socket.wants_write() ? EPOLLIN | EPOLLOUT : EPOLLIN;
        if (wanted == user.watching) return;
        epoll_event change{};
        change.events = user.watching = wanted;
        change.data.u64 = i;
        epoll_ctl(epoll_, EPOLL_CTL_MOD, user.socket.fd(), &change);
    }

    void lose(std::size_t i, const string& kind, string_view detail) {
        tally_.error(kind, i, detail);
        auto& user = users_[i];
        if (!user.settled) ++settled_;
        user.settled = true;
        user.phase = Phase::away;
        user.socket.drop();
        ++lost_;
        ++finished_;
    }

    void find_stalled() {
        for (std::size_t i = 0; i < users_.size(); ++i) {
            const auto phase = users_[i].phase;
            const bool waits = phase != Phase::ready && phase != Phase::away && users_[i].socket.fd() >= 0;
            if (waits && now_ - users_[i].since > std::chrono::seconds(30)) lose(i, "no_reply", users_[i].says);
        }
    }

    // ----------------------------------------------------------------------------------- conversations

    void opened(std::size_t i) {
        auto& user = users_[i];
        if (options_.speak != Options::Speak::reweave) {
            greeted(i);
            return;
        }
        user.phase = Phase::greeting;
        user.welcome = -1;
        string hello = R"({"type":"hello","seen":)" + std::to_string(user.head);
        if (!user.token.empty()) hello += R"(,"token":")" + user.token + '"';
        user.socket.send(hello + '}');
    }

    /// Connected, and has all messages that there were before.
    void greeted(std::size_t i) {
        auto& user = users_[i];
        if (user.resending) {
            user.phase = Phase::ack;
            send_message(i);
            return;
        }
        user.phase = Phase::ready;
        if (options_.mode == Options::Mode::idle) {
            say(i);
        } else {
            settle(user);
        }
    }

    void settle(User& user) {
        user.settled = true;
        ++settled_;
    }

    void begin_all() {
        now_ = Clock::now();
        for (std::size_t i = 0; i < options_.at_once; ++i)
            if (users_[i].phase == Phase::ready) begin(i);
    }

    void begin(std::size_t i) {
        auto& user = users_[i];
        if (options_.mode != Options::Mode::history) {
            say(i);
            return;
        }
        user.phase = Phase::history;
        user.since = now_;
        user.socket.send(R"({"type":"history","before":)" + std::to_string(user.head + 1) + R"(,"limit":20})");
    }

    void say(std::size_t i) {
        auto& user = users_[i];
        user.says = talk_.says(user.turn);
        user.hears = talk_.hears(user.turn);
        ++user.id;
        user.goal = user.head + 1;
        user.acked = false;
        user.phase = options_.speak == Options::Speak::node ? Phase::answer : Phase::ack;
        user.since = now_;
        send_message(i);
        if (options_.mode == Options::Mode::resume) {
            user.resending = true;
            user.socket.drop();
            connect(i);
        }
    }

    void send_message(std::size_t i) {
        auto& user = users_[i];
        const auto id = std::to_string(user.id);
        if (options_.speak == Options::Speak::node) {
            const auto name = "u" + std::to_string(getpid()) + "-" + std::to_string(i);
            user.socket.send(R"({"type":"message","user":")" + name + R"(","id":")" + id + R"(","text":")" + user.says +
                             R"("})");
        } else {
            user.socket.send(R"({"type":"message","id":)" + id + R"(,"text":")" + user.says + R"("})");
        }
    }

    void heard(std::size_t i, string_view text) {
        auto& user = users_[i];
        if (!skim_.read(text)) {
            tally_.error("not_json", i, text);
            return;
        }
        const auto type = skim_["type"];
        if (type == "message" && options_.speak == Options::Speak::node) {
            node_answer(i, text);
        } else if (type == "message") {
            message(i, text);
        } else if (type == "ack") {
            const bool ours = skim_.number("id") == user.id || options_.speak == Options::Speak::echo;
            if (!ours || user.phase != Phase::ack) tally_.error("wrong_ack", i, text);
            user.acked = true;
            user.phase = Phase::answer;
            if (user.resending) caught_up(i);
        } else if (type == "welcome") {
            if (!skim_["token"].empty()) user.token = string(skim_["token"]);
            user.welcome = skim_.number("seq").value_or(-1);
            if (user.welcome < user.head) tally_.error("welcome_behind", i, text);
            if (user.head == user.welcome) greeted(i);
        } else if (type == "history") {
            history(i, text);
        } else if (type == "error") {
            tally_.error("error_" + string(skim_["code"]), i, text);
        } else if (type == "bye") {
            tally_.error("bye", i, text);
        }
    }

    void message(std::size_t i, string_view text) {
        auto& user = users_[i];
        const auto seq = skim_.number("seq");
        if (options_.speak == Options::Speak::reweave && seq != user.head + 1) tally_.error("gap", i, text);
        user.head = seq.value_or(user.head);
        if (user.resending) {
            check_words(i, text);
            caught_up(i);
        } else if (user.phase == Phase::greeting) {
            if (user.head == user.welcome) greeted(i);
        } else if (user.phase != Phase::answer) {
            tally_.error("before_ack", i, text);
        } else {
            check_words(i, text);
            answered(i);
        }
    }

    void node_answer(std::size_t i, string_view text) {
        auto& user = users_[i];
        if (skim_["reply_to"] != std::to_string(user.id)) tally_.error("wrong_reply", i, text);
        if (skim_["text"].find(user.hears) == string_view::npos) tally_.error("wrong_words", i, text);
        answered(i);
    }

    void check_words(std::size_t i, string_view text) {
        if (options_.speak == Options::Speak::echo) return;
        const auto& user = users_[i];
        if (skim_["bubbles"].find(user.hears) == string_view::npos) tally_.error("wrong_words", i, text);
        if (skim_["you"].find(user.says) == string_view::npos) tally_.error("not_what_was_said", i, text);
    }

    /// After a lost connection: done when the message is acknowledged and its answer is here, whichever came first.
    void caught_up(std::size_t i) {
        auto& user = users_[i];
        if (user.phase == Phase::greeting && user.head == user.welcome) greeted(i);
        if (!user.acked || user.head != user.goal) return;
        user.resending = false;
        answered(i);
    }

    void history(std::size_t i, string_view text) {
        auto& user = users_[i];
        if (user.phase != Phase::history) tally_.error("unasked_history", i, text);
        const auto messages = skim_["messages"];
        auto expected = std::max<std::int64_t>(1, user.head - 19);
        for (auto at = messages.find("\"seq\":"); at != string_view::npos; at = messages.find("\"seq\":", at + 6))
            if (std::atoll(messages.data() + at + 6) != expected++) tally_.error("history_gap", i, text);
        if (expected != user.head + 1) tally_.error("history_short", i, text);
        answered(i);
    }

    void answered(std::size_t i) {
        auto& user = users_[i];
        tally_.done(i, std::chrono::duration_cast<Micros>(now_ - user.since));
        if (options_.mode != Options::Mode::history) ++user.turn;
        ++user.done;
        user.phase = Phase::ready;
        if (options_.mode == Options::Mode::idle) {
            settle(user);
        } else if (options_.turns > 0 && user.done >= options_.turns) {
            ++finished_;
        } else {
            begin((i + options_.at_once) % users_.size());
        }
    }

    int report(double seconds, const Usage& from, const Usage& to) {
        const auto turns = static_cast<double>(std::max<std::size_t>(1, tally_.count()));
        const double cpu = to.cpu_seconds - from.cpu_seconds;
        std::printf(
            "{\"users\":%zu,%s,\"server_cpu_s\":%.2f,\"server_cpu_us_per_turn\":%.2f,\"server_kib\":%lld,"
            "\"server_bytes_per_user\":%.0f,\"generator_cpu_s\":%.2f}\n",
            users_.size(),
            tally_.report(seconds).c_str(),
            cpu,
            cpu * 1e6 / turns,
            static_cast<long long>(to.private_kib),
            static_cast<double>(to.private_kib - from.private_kib) * 1024 / static_cast<double>(users_.size()),
            usage_of(getpid()).cpu_seconds);
        return tally_.clean() && tally_.count() > 0 ? 0 : 1;
    }

    Options options_;
    Talk talk_;
    Tally tally_;
    std::vector<User> users_;
    int epoll_;
    Skim skim_;
    string others_;  ///< lines of --people beyond our users
    Clock::time_point now_;
    std::size_t settled_ = 0;   ///< users past their greeting (idle: past their turn)
    std::size_t finished_ = 0;  ///< users who did their turns
    std::size_t lost_ = 0;
};

}  // namespace
}  // namespace reweave::bench

int main(int argc, char** argv) {
    try {
        return reweave::bench::Load(reweave::bench::parse(argc, argv)).run();
    } catch (const std::exception& error) {
        std::fprintf(stderr, "%s\n%s", error.what(), reweave::bench::kUsage);
        return 2;
    }
}
