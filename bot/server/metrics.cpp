#include "bot/server/metrics.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

namespace reweave::server {
namespace {

std::string number(double value) {
    if (std::isnan(value)) return "NaN";
    if (std::isinf(value)) return value > 0 ? "+Inf" : "-Inf";
    std::array<char, 32> digits;
    const auto result = std::to_chars(digits.data(), digits.data() + digits.size(), value);
    return {digits.data(), result.ptr};
}

void line(std::string& out, const std::string& name, const std::string& labels, const std::string& value) {
    out += name;
    if (!labels.empty()) out += "{" + labels + "}";
    out += " " + value + "\n";
}

}  // namespace

Histogram::Histogram(std::initializer_list<double> bounds) : bounds_(bounds), counts_(bounds.size() + 1) {}

void Histogram::observe(double value) {
    const auto bound = std::lower_bound(bounds_.begin(), bounds_.end(), value);
    counts_[static_cast<std::size_t>(bound - bounds_.begin())].fetch_add(1, std::memory_order_relaxed);
    sum_.fetch_add(value, std::memory_order_relaxed);
}

Counter& Metrics::counter(std::string_view name, std::string_view help, std::string_view labels) {
    Counter& made = counters_.emplace_back();
    series_.push_back(
        {std::string(name),
         std::string(help),
         std::string(labels),
         "counter",
         [&made](std::string& out, const Series& s) { line(out, s.name, s.labels, std::to_string(made.value())); }});
    return made;
}

Gauge& Metrics::gauge(std::string_view name, std::string_view help, std::string_view labels) {
    Gauge& made = gauges_.emplace_back();
    series_.push_back(
        {std::string(name),
         std::string(help),
         std::string(labels),
         "gauge",
         [&made](std::string& out, const Series& s) { line(out, s.name, s.labels, number(made.value())); }});
    return made;
}

void Metrics::gauge(std::string_view name, std::string_view help, std::function<double()> read) {
    series_.push_back(
        {std::string(name),
         std::string(help),
         {},
         "gauge",
         [read = std::move(read)](std::string& out, const Series& s) { line(out, s.name, s.labels, number(read())); }});
}

void Metrics::counter(std::string_view name, std::string_view help, std::function<double()> read) {
    gauge(name, help, std::move(read));
    series_.back().type = "counter";
}

Histogram& Metrics::histogram(std::string_view name, std::string_view help, std::initializer_list<double> bounds) {
    Histogram& made = histograms_.emplace_back(bounds);
    series_.push_back(
        {std::string(name), std::string(help), {}, "histogram", [&made](std::string& out, const Series& s) {
             std::uint64_t total = 0;
             for (std::size_t i = 0; i < made.counts_.size(); ++i) {
                 total += made.counts_[i].load(std::memory_order_relaxed);
                 const std::string bound = i < made.bounds_.size() ? number(made.bounds_[i]) : "+Inf";
                 line(out, s.name + "_bucket", "le=\"" + bound + "\"", std::to_string(total));
             }
             line(out, s.name + "_sum", {}, number(made.sum_.load(std::memory_order_relaxed)));
             line(out, s.name + "_count", {}, std::to_string(total));
         }});
    return made;
}

std::string Metrics::text() const {
    std::string out;
    const std::string* last = nullptr;
    for (const Series& series : series_) {
        if (last == nullptr || *last != series.name) {
            out += "# HELP " + series.name + " " + series.help + "\n# TYPE " + series.name + " " + series.type + "\n";
        }
        last = &series.name;
        series.write(out, series);
    }
    return out;
}

}  // namespace reweave::server
