#include "adapters/discord/identifies.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

namespace reweave::discord {
namespace {

constexpr std::int64_t kDay = 24 * 60 * 60 * std::int64_t{1000};

}  // namespace

Identifies Identifies::from_text(std::string_view text) {
    Identifies out;
    const auto list = nlohmann::json::parse(text, nullptr, false);
    if (!list.is_array()) return out;
    for (const auto& time : list) {
        if (time.is_number_integer()) out.times_.push_back(time.get<std::int64_t>());
    }
    std::sort(out.times_.begin(), out.times_.end());
    return out;
}

std::string Identifies::to_text() const {
    return nlohmann::json(times_).dump();
}

void Identifies::add(std::int64_t now) {
    settle(now);
    times_.push_back(now);
}

Identifies::Milliseconds Identifies::wait(std::int64_t now) {
    settle(now);
    if (times_.empty()) return Milliseconds::zero();
    std::int64_t until = times_.back() + kSpacing.count();

    const std::int64_t cost = kPace.count(), most = kBurst * cost;
    std::int64_t credit = most, before = times_.front();
    for (const std::int64_t time : times_) {
        credit = std::max(std::int64_t{0}, std::min(most, credit + time - before) - cost);
        before = time;
    }
    until = std::max(until, before + cost - credit);

    if (times_.size() >= kRefuse) until = std::max(until, times_[times_.size() - kRefuse] + kDay);
    return Milliseconds(std::max(std::int64_t{0}, until - now));
}

std::size_t Identifies::count(std::int64_t now) const {
    const auto recent = std::count_if(times_.begin(), times_.end(), [now](auto time) { return now - time < kDay; });
    return static_cast<std::size_t>(recent);
}

void Identifies::settle(std::int64_t now) {
    std::erase_if(times_, [now](auto time) { return now - time >= kDay; });
    for (auto& time : times_) time = std::min(time, now);
}

}  // namespace reweave::discord
