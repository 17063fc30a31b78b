#pragma once
/// \file Counters, gauges and histograms, and their Prometheus text (exposition format 0.0.4).
///
/// All are made at the start, on one thread; after that any thread may count. Names and labels are constants of the
/// program: nothing that a person typed, no id of theirs and no address ever becomes one.

#include <atomic>
#include <cstdint>
#include <deque>
#include <functional>
#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

namespace reweave::server {

class Counter {
 public:
    void add(std::uint64_t n = 1) { value_.fetch_add(n, std::memory_order_relaxed); }
    [[nodiscard]] std::uint64_t value() const { return value_.load(std::memory_order_relaxed); }

 private:
    std::atomic<std::uint64_t> value_{0};
};

class Gauge {
 public:
    void set(double value) { value_.store(value, std::memory_order_relaxed); }
    void add(double n) { value_.fetch_add(n, std::memory_order_relaxed); }
    [[nodiscard]] double value() const { return value_.load(std::memory_order_relaxed); }

 private:
    std::atomic<double> value_{0};
};

class Histogram {
 public:
    /// `bounds`: upper bounds of the buckets, rising; the one for all greater values is added.
    explicit Histogram(std::initializer_list<double> bounds);
    void observe(double value);

 private:
    friend class Metrics;
    std::vector<double> bounds_;
    std::deque<std::atomic<std::uint64_t>> counts_;  // one more than bounds_
    std::atomic<double> sum_{0};
};

class Metrics {
 public:
    Metrics() = default;
    Metrics(const Metrics&) = delete;
    Metrics& operator=(const Metrics&) = delete;

    /// `labels` is empty or as it stands between the braces: `reason="slow"`. Calls with the same name must follow each
    /// other; the help of the first one counts. What is returned lives as long as this object.
    Counter& counter(std::string_view name, std::string_view help, std::string_view labels = {});
    Gauge& gauge(std::string_view name, std::string_view help, std::string_view labels = {});
    /// Read when the text is asked for, on that thread.
    void gauge(std::string_view name, std::string_view help, std::function<double()> read);
    /// The same for a number that only grows and is counted elsewhere.
    void counter(std::string_view name, std::string_view help, std::function<double()> read);
    Histogram& histogram(std::string_view name, std::string_view help, std::initializer_list<double> bounds);

    [[nodiscard]] std::string text() const;

 private:
    struct Series {
        std::string name, help, labels;
        const char* type;
        std::function<void(std::string&, const Series&)> write;
    };
    std::deque<Counter> counters_;
    std::deque<Gauge> gauges_;
    std::deque<Histogram> histograms_;
    std::vector<Series> series_;
};

}  // namespace reweave::server
