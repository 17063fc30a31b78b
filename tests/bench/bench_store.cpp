// What the store alone can do: durable turns by batch size, and reading history once there is much of it.
//
//   reweave_bench_store [FOLDER] [EVENTS]     the folder decides which disk is measured; events stored before history
//   is read
//
// A turn writes what the engine writes: words of the person, an event, the hot row, the conversation.

#include <sys/resource.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <random>
#include <string>
#include <vector>

#include "bot/store/sqlite_store.hpp"
#include "tests/support/store_fixture.hpp"

namespace {

using namespace reweave;
using engine::PersonId;
using store::SqliteStore;
using store::StoreOptions;
using Clock = std::chrono::steady_clock;
using Micros = std::chrono::duration<double, std::micro>;

double cpu_micros() {
    rusage usage{};
    ::getrusage(RUSAGE_SELF, &usage);
    const auto micros = [](const timeval& t) {
        return static_cast<double>(t.tv_sec) * 1e6 + static_cast<double>(t.tv_usec);
    };
    return micros(usage.ru_utime) + micros(usage.ru_stime);
}

double thread_cpu_micros() {
    timespec now{};
    ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return static_cast<double>(now.tv_sec) * 1e6 + static_cast<double>(now.tv_nsec) / 1e3;
}

double percentile(std::vector<double>& values, double share) {
    const auto index = static_cast<std::size_t>(share * static_cast<double>(values.size() - 1));
    std::ranges::nth_element(values, values.begin() + static_cast<std::ptrdiff_t>(index));
    return values[index];
}

struct Talker {
    engine::Hot hot;
    engine::Conversation conversation;
};

class Bot {
 public:
    Bot(const StoreOptions& options, std::size_t people) : store_(options) {
        store_.begin();
        for (std::size_t i = 0; i < people; ++i) {
            Talker talker;
            talker.hot.person = store_.add_person({});
            talker.conversation.person = talker.hot.person;
            talker.conversation.revision = std::string(64, 'a');
            talker.conversation.state = std::string(600, 's');
            talker.conversation.id = store_.add_conversation(talker.conversation);
            talkers_.push_back(std::move(talker));
        }
        store_.commit();
    }

    void batch(std::size_t turns) {
        store_.begin();
        for (std::size_t i = 0; i < turns; ++i) turn(talkers_[next_++ % talkers_.size()]);
        store_.commit();
    }

    void history(PersonId person, int limit) {
        engine::EventId id = store_.hot(person).last_event;
        for (int i = 0; i < limit && id; ++i) id = store_.event(id).value().prev;
    }

    [[nodiscard]] const std::vector<Talker>& talkers() const { return talkers_; }
    [[nodiscard]] store::StoreCounters counters() const { return store_.counters(); }

 private:
    void turn(Talker& talker) {
        engine::Hot& hot = talker.hot;
        hot.last_words = store_.add_words(hot.person, words_, hot.last_words);
        engine::EventRecord event;
        event.person = hot.person;
        event.seq = ++hot.seq;
        event.prev = hot.last_event;
        event.conversation = talker.conversation.id;
        event.body = body_;
        hot.last_event = store_.add_event(event);
        hot.marks = {{{1}, hot.seq}};
        store_.save(hot);
        talker.conversation.state[static_cast<std::size_t>(hot.seq) % 600] ^= 1;
        store_.save(talker.conversation);
    }

    SqliteStore store_;
    std::vector<Talker> talkers_;
    std::size_t next_ = 0;
    std::string words_ = std::string(80, 'w');
    std::string body_ = std::string(400, 'b');
};

struct Result {
    double turns_per_second, cpu, p50, p99;
};

Result measure(const std::filesystem::path& folder,
               StoreOptions::Synchronous mode,
               std::size_t size,
               std::size_t people) {
    std::filesystem::remove_all(folder);
    StoreOptions options = test::store_options(folder);
    options.synchronous = mode;
    Bot bot(options, people);
    bot.batch(people);
    std::vector<double> times;
    const double cpu = cpu_micros();
    const auto start = Clock::now();
    while (Clock::now() - start < std::chrono::milliseconds(1500)) {
        const auto before = Clock::now();
        bot.batch(size);
        times.push_back(Micros(Clock::now() - before).count());
    }
    const double seconds = Micros(Clock::now() - start).count() / 1e6;
    const double turns = static_cast<double>(times.size() * size);
    return {turns / seconds, (cpu_micros() - cpu) / turns, percentile(times, 0.5), percentile(times, 0.99)};
}

void commits(const std::filesystem::path& folder, std::size_t people) {
    std::printf("\n%zu people, medians of 3 interleaved runs\n", people);
    std::printf("%6s %6s %12s %12s %12s %12s\n", "batch", "sync", "turns/s", "CPU us/turn", "p50 us", "p99 us");
    for (const std::size_t size : {1U, 8U, 64U, 512U}) {
        std::vector<Result> full, normal;
        for (int run = 0; run < 3; ++run) {
            full.push_back(measure(folder, StoreOptions::Synchronous::full, size, people));
            normal.push_back(measure(folder, StoreOptions::Synchronous::normal, size, people));
        }
        for (auto* results : {&full, &normal}) {
            std::ranges::sort(*results, {}, &Result::turns_per_second);
            const Result& r = (*results)[1];
            std::printf("%6zu %6s %12.0f %12.1f %12.0f %12.0f\n",
                        size,
                        results == &full ? "FULL" : "NORMAL",
                        r.turns_per_second,
                        r.cpu,
                        r.p50,
                        r.p99);
        }
    }
}

void history(const std::filesystem::path& folder, std::size_t events) {
    std::filesystem::remove_all(folder);
    Bot bot(test::store_options(folder), 5000);
    const double cpu = cpu_micros();
    for (std::size_t done = 0; done < events; done += 500) bot.batch(500);
    std::printf("\n%zu events stored, %.1f us CPU per turn, %llu passive and %llu held checkpoints\n",
                events,
                (cpu_micros() - cpu) / static_cast<double>(events),
                static_cast<unsigned long long>(bot.counters().checkpoints.passive),
                static_cast<unsigned long long>(bot.counters().checkpoints.held));
    std::mt19937 random(1);
    std::vector<double> times, cpu_times;
    for (int i = 0; i < 5000; ++i) {
        const PersonId person = bot.talkers()[random() % bot.talkers().size()].hot.person;
        const auto before = Clock::now();
        const double cpu_before = thread_cpu_micros();
        bot.history(person, 20);
        cpu_times.push_back(thread_cpu_micros() - cpu_before);
        times.push_back(Micros(Clock::now() - before).count());
    }
    for (auto* values : {&times, &cpu_times}) {
        const double middle = percentile(*values, 0.5);
        std::printf("last 20 of a person, %s: p50 %.0f us, p99 %.0f us\n",
                    values == &times ? "by the clock" : "CPU time",
                    middle,
                    percentile(*values, 0.99));
    }
}

}  // namespace

int main(int count, char** arguments) {
    const std::filesystem::path folder =
        std::filesystem::path(count > 1 ? arguments[1] : "/tmp") / "reweave-bench-store";
    const std::size_t events = count > 2 ? std::strtoul(arguments[2], nullptr, 10) : 1000000;
    commits(folder, 64);
    commits(folder, 1000);
    history(folder, events);
    std::filesystem::remove_all(folder);
    return 0;
}
