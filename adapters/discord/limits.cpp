#include "adapters/discord/limits.hpp"

#include <algorithm>
#include <vector>

namespace reweave::discord {
namespace {

constexpr std::size_t kNames = 1000;  ///< far more than there are routes

bool is_id(std::string_view part) {
    return !part.empty() && std::all_of(part.begin(), part.end(), [](char c) { return c >= '0' && c <= '9'; });
}

std::vector<std::string_view> parts_of(std::string_view path) {
    std::vector<std::string_view> parts;
    path = path.substr(0, path.find('?'));
    while (!path.empty()) {
        path.remove_prefix(path.front() == '/' ? 1 : 0);
        const std::size_t end = std::min(path.find('/'), path.size());
        if (end != 0) parts.push_back(path.substr(0, end));
        path.remove_prefix(end);
    }
    return parts;
}

}  // namespace

Lane lane_of(std::string_view method, std::string_view path) {
    const std::vector<std::string_view> parts = parts_of(path);
    Lane lane;
    lane.route = std::string(method) + " ";
    const std::string_view first = parts.empty() ? std::string_view() : parts.front();
    const bool has_token = first == "webhooks" || first == "interactions";
    lane.interaction = first == "interactions";
    for (std::size_t i = 0; i < parts.size(); ++i) {
        const bool token = has_token && i == 2;
        lane.route += '/';
        lane.route += token || is_id(parts[i]) ? ":id" : parts[i];
        const bool major = has_token ? i <= 2 : i <= 1 && (first == "channels" || first == "guilds");
        if (major) (lane.major += i == 0 ? "" : "/") += parts[i];
        // All reactions of a message share a limit, whatever the emoji.
        if (parts[i] == "reactions") break;
    }
    return lane;
}

std::string Limits::key(const Lane& lane) const {
    const auto name = names_.find(lane.route);
    return (name == names_.end() ? lane.route : name->second) + " " + lane.major;
}

Limits::Ticket Limits::enter(Lane lane, Time now) {
    forget(now);
    const Ticket ticket = ++last_;
    Bucket& bucket = buckets_[key(lane)];
    bucket.queue.insert(ticket);
    bucket.used = now;
    tickets_.emplace(ticket, std::move(lane));
    return ticket;
}

Limits::Time Limits::may_begin(Ticket ticket, Time now) const {
    const Bucket& bucket = buckets_.at(key(tickets_.at(ticket)));
    if (*bucket.queue.begin() != ticket) return Time::max();
    Time at = std::max(now, bucket.limited);
    if (bucket.remaining && *bucket.remaining <= 0) at = std::max(at, bucket.reset);
    if (const auto closed = closed_until(now)) at = std::max(at, *closed);
    if (tickets_.at(ticket).interaction) return at;
    at = std::max(at, global_);
    if (recent_.size() >= kGlobal) at = std::max(at, recent_.front() + kGlobalWindow);
    return at;
}

void Limits::begun(Ticket ticket, Time now) {
    Bucket& bucket = bucket_of(ticket);
    bucket.used = now;
    if (bucket.reset <= now) bucket.remaining.reset();
    if (bucket.remaining) --*bucket.remaining;  // it counts there, even if its answer is lost
    if (tickets_.at(ticket).interaction) return;
    recent_.push_back(now);
    if (recent_.size() > kGlobal) recent_.pop_front();
}

bool Limits::answered(Ticket ticket, const Reply& reply, Time now) {
    const bool learned = !reply.bucket.empty() && learn(tickets_.at(ticket).route, reply.bucket);
    Bucket& bucket = bucket_of(ticket);
    bucket.used = now;
    if (reply.remaining) {
        bucket.remaining = reply.remaining;
        bucket.reset = now + reply.reset_after;
    }
    const bool ours = reply.limited != Reply::Limited::no && reply.limited != Reply::Limited::shared;
    if (reply.status == 401 || reply.status == 403 || ours) invalid_.push_back(now);
    if (invalid_.size() > kInvalid) invalid_.pop_front();
    const Time until = now + reply.retry_after;
    switch (reply.limited) {
        case Reply::Limited::no:
            break;
        case Reply::Limited::blocked:
            blocked_ = std::max(blocked_, until);
            break;
        case Reply::Limited::global:
            global_ = std::max(global_, until);
            bucket.limited = until;  // of an interaction, too, if it is one that was told so
            break;
        case Reply::Limited::bucket:
        case Reply::Limited::shared:
            bucket.limited = until;
            break;
    }
    return learned;
}

std::optional<Limits::Ticket> Limits::leave(Ticket ticket, Time now) {
    Bucket& bucket = bucket_of(ticket);
    bucket.used = now;
    bucket.queue.erase(ticket);
    tickets_.erase(ticket);
    if (bucket.queue.empty()) return std::nullopt;
    return *bucket.queue.begin();
}

std::optional<Limits::Time> Limits::closed_until(Time now) const {
    Time until = blocked_;
    if (invalid(now) >= kInvalid) until = std::max(until, invalid_.front() + kInvalidWindow);
    if (until <= now) return std::nullopt;
    return until;
}

std::size_t Limits::invalid(Time now) const {
    const auto first = std::upper_bound(invalid_.begin(), invalid_.end(), now - kInvalidWindow);
    return static_cast<std::size_t>(invalid_.end() - first);
}

/// Whoever waits for that route moves into the bucket that it turned out to have, in the order in which they came.
bool Limits::learn(const std::string& route, const std::string& name) {
    const auto known = names_.find(route);
    if (known == names_.end() ? names_.size() >= kNames : known->second == name) return false;
    std::vector<Ticket> moving;
    for (const auto& [ticket, lane] : tickets_) {
        if (lane.route == route) moving.push_back(ticket);
    }
    for (const Ticket ticket : moving) bucket_of(ticket).queue.erase(ticket);
    names_[route] = name;
    for (const Ticket ticket : moving) bucket_of(ticket).queue.insert(ticket);
    return true;
}

void Limits::forget(Time now) {
    if (now < forgot_ + std::chrono::minutes(1)) return;
    forgot_ = now;
    std::erase_if(buckets_, [now](const auto& entry) {
        const Bucket& bucket = entry.second;
        return bucket.queue.empty() && bucket.used + kForgotten <= now && bucket.limited <= now && bucket.reset <= now;
    });
}

}  // namespace reweave::discord
