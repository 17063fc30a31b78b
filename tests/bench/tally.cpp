#include "tests/bench/tally.hpp"

#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <fstream>
#include <sstream>

namespace reweave::bench {
namespace {

double at_quantile(const std::vector<std::uint32_t>& sorted, double quantile) {
    if (sorted.empty()) return 0;
    const auto last = static_cast<double>(sorted.size() - 1);
    return static_cast<double>(sorted[static_cast<std::size_t>(quantile * last)]) / 1000;
}

}  // namespace

Usage usage_of(int pid) {
    Usage usage;
    if (pid == 0) return usage;
    const auto folder = "/proc/" + std::to_string(pid);
    std::ifstream stat(folder + "/stat");
    std::string line;
    std::getline(stat, line);
    // The name in parentheses may hold spaces; utime and stime are the 12th and 13th fields after it (man 5 proc).
    std::istringstream fields(line.substr(std::min(line.size(), line.rfind(')') + 1)));
    std::string skipped;
    for (int i = 0; i < 11; ++i) fields >> skipped;
    double user = 0, system = 0;
    fields >> user >> system;
    usage.cpu_seconds = (user + system) / static_cast<double>(sysconf(_SC_CLK_TCK));
    std::ifstream smaps(folder + "/smaps_rollup");
    while (std::getline(smaps, line))
        if (line.rfind("Pss:", 0) == 0) usage.private_kib = std::stoll(line.substr(4));
    return usage;
}

void Tally::done(std::size_t user, Micros latency) {
    const auto us = static_cast<std::uint32_t>(latency.count());
    latencies_.push_back(us);
    sum_[user] += us;
    ++count_[user];
}

void Tally::error(const std::string& kind, std::size_t user, std::string_view detail) {
    if (++errors_[kind] > 3) return;
    std::fprintf(stderr,
                 "user %zu: %s: %.*s\n",
                 user,
                 kind.c_str(),
                 static_cast<int>(std::min<std::size_t>(detail.size(), 300)),
                 detail.data());
}

void Tally::restart() {
    latencies_.clear();
    std::fill(sum_.begin(), sum_.end(), 0);
    std::fill(count_.begin(), count_.end(), 0);
}

std::string Tally::report(double seconds) {
    std::sort(latencies_.begin(), latencies_.end());
    std::vector<double> means;
    for (std::size_t i = 0; i < sum_.size(); ++i)
        if (count_[i] > 0) means.push_back(static_cast<double>(sum_[i]) / count_[i] / 1000);
    std::sort(means.begin(), means.end());
    const double median = means.empty() ? 0 : means[means.size() / 2];
    const double slowest = means.empty() ? 0 : means.back();
    std::ostringstream out;
    out << "\"turns\":" << count() << ",\"seconds\":" << seconds
        << ",\"turns_per_s\":" << (seconds > 0 ? static_cast<double>(count()) / seconds : 0)
        << ",\"p50_ms\":" << at_quantile(latencies_, 0.5) << ",\"p90_ms\":" << at_quantile(latencies_, 0.9)
        << ",\"p99_ms\":" << at_quantile(latencies_, 0.99) << ",\"max_ms\":" << at_quantile(latencies_, 1)
        << ",\"user_median_ms\":" << median << ",\"user_slowest_ms\":" << slowest
        << ",\"slowest_by_median\":" << (median > 0 ? slowest / median : 0) << ",\"errors\":{";
    for (auto it = errors_.begin(); it != errors_.end(); ++it)
        out << (it == errors_.begin() ? "\"" : ",\"") << it->first << "\":" << it->second;
    out << '}';
    return out.str();
}

}  // namespace reweave::bench
