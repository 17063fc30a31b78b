#pragma once
/// \file What the load generator counted: latencies, per user and together, errors, and what the server spent.

#include <chrono>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace reweave::bench {

using Micros = std::chrono::microseconds;

/// What a process has used so far, from /proc. Zeros for pid 0.
struct Usage {
    double cpu_seconds = 0;
    std::int64_t private_kib = 0;  ///< Pss: shared pages counted by share
};
[[nodiscard]] Usage usage_of(int pid);

class Tally {
 public:
    explicit Tally(std::size_t users) : sum_(users), count_(users) {}

    void done(std::size_t user, Micros latency);
    /// Counts an error; the first few of each kind are also written to stderr with `detail`.
    void error(const std::string& kind, std::size_t user, std::string_view detail);
    /// Forgets latencies (not errors): the warm-up is over.
    void restart();

    [[nodiscard]] std::size_t count() const { return latencies_.size(); }
    [[nodiscard]] bool clean() const { return errors_.empty(); }
    /// The members `turns` .. `errors` of the report, as JSON without the braces.
    [[nodiscard]] std::string report(double seconds);

 private:
    std::vector<std::uint32_t> latencies_;
    std::vector<std::uint64_t> sum_;
    std::vector<std::uint32_t> count_;
    std::map<std::string, int> errors_;
};

}  // namespace reweave::bench
