#include <cmath>
#include <regex>

#include "tests/support/fake_discord_rest.hpp"

namespace reweave::test::fake {
namespace {

using namespace std::chrono_literals;

constexpr int kGlobalRequests = 50;
/// What was sent before the 429 was read.
constexpr auto kUnderWay = 100ms;

std::string bucket_of(const Asked& asked, const Route& route) {
    std::string key = route.method + " " + route.pattern;
    if (asked.parts.empty()) return key;
    const bool major = route.pattern.rfind("/channels/", 0) == 0 || route.pattern.rfind("/guilds/", 0) == 0;
    if (major) key += " " + asked.parts[0];
    if (route.by_interaction()) key += " " + asked.parts[1];
    return key;
}

std::string seconds(TimePoint until) {
    const double left = std::chrono::duration<double>(until - MonotonicClock::now()).count();
    char text[32];
    std::snprintf(text, sizeof text, "%.3f", std::max(0.0, left));
    return text;
}

Answer too_many(TimePoint until, bool global) {
    Answer answer;
    answer.status = 429;
    const double left = std::stod(seconds(until));
    answer.body = {{"message", "You are being rate limited."}, {"retry_after", left}, {"global", global}};
    answer.headers["Retry-After"] = std::to_string(static_cast<int>(std::ceil(left)));
    answer.headers["X-RateLimit-Scope"] = global ? "global" : "user";
    if (global) answer.headers["X-RateLimit-Global"] = "true";
    return answer;
}

}  // namespace

bool Route::by_interaction() const {
    return pattern.rfind("/webhooks/", 0) == 0 || pattern.rfind("/interactions/", 0) == 0;
}

void Limits::set(const std::string& method, const std::string& path, int requests, milliseconds per) {
    rules_.insert(rules_.begin(), Rule{method, path, requests, per});
    buckets_.clear();
}

Limits::Rule Limits::rule_for(const Asked& asked) const {
    for (const Rule& rule : rules_)
        if ((rule.method.empty() || rule.method == asked.method) &&
            std::regex_search(asked.path, std::regex(rule.path)))
            return rule;
    if (asked.path.rfind("/webhooks/", 0) == 0) return {"", "", 5, 2s};
    if (asked.method == "POST" && asked.path.rfind("/messages") == asked.path.size() - 9) return {"", "", 5, 5s};
    return {"", "", 20, 1s};
}

std::optional<Answer> Limits::take(const Asked& asked, const Route& route) {
    const TimePoint now = MonotonicClock::now();
    if (!route.by_interaction()) {
        if (now >= all_.until) all_ = {0, now + 1s};
        if (++all_.used > kGlobalRequests) return too_many(all_.until, true);
    }
    const Rule rule = rule_for(asked);
    Bucket& bucket = buckets_[bucket_of(asked, route)];
    if (now >= bucket.until) bucket = {0, now + rule.per};
    if (bucket.used >= rule.requests) return too_many(bucket.until, false);
    ++bucket.used;
    return std::nullopt;
}

void Limits::look_at(const Asked& asked, const Route* route) {
    if (!route) return;
    const TimePoint now = MonotonicClock::now();
    const auto waits = [&](const std::string& key) {
        const auto found = waits_.find(key);
        return found != waits_.end() && now > found->second.first + kUnderWay && now < found->second.second;
    };
    const std::string what = asked.method + " " + route->pattern;
    if (waits(bucket_of(asked, *route))) world_.complain(what + " was asked again before a 429 let it");
    if (!route->by_interaction() && waits("")) world_.complain(what + " was asked before a global 429 let it");
    const auto refused = forbidden_.find(asked.method + asked.path + asked.body.dump());
    if (refused != forbidden_.end() && refused->second == world_.acts)
        world_.complain(what + " was asked again, the same, after a 403");
    if (route->by_interaction() && gone_.count(asked.parts[1]))
        world_.complain(what + " used the token of an interaction again after a 404");
}

void Limits::learn(const Asked& asked, const Route* route, Answer& answer, const RestFault& fault) {
    const auto scope = answer.headers.find("X-RateLimit-Scope");
    const std::string of = scope == answer.headers.end() ? "" : scope->second;
    if (answer.status == 401 || answer.status == 403 || (answer.status == 429 && of != "shared"))
        ++world_.counters.invalid_requests;
    if (!route || fault.cut) return;  // nobody is told
    const TimePoint now = MonotonicClock::now();
    if (answer.status == 429) {
        double wait = 0;
        if (answer.headers.count("Retry-After")) wait = std::stod(answer.headers["Retry-After"]);
        if (answer.body.is_object()) wait = answer.body.value("retry_after", wait);
        const auto until =
            now + std::chrono::duration_cast<MonotonicClock::duration>(std::chrono::duration<double>(wait));
        const bool everything = of == "global" || of.empty();  // none: Cloudflare's, which is for the address
        waits_[everything ? std::string() : bucket_of(asked, *route)] = {now + fault.answer_delay, until};
    }
    if (answer.status == 403) forbidden_[asked.method + asked.path + asked.body.dump()] = world_.acts;
    const int code = answer.body.is_object() ? answer.body.value("code", 0) : 0;
    if (answer.status == 404 && route->by_interaction() && (code == 10015 || code == 10062))
        gone_.insert(asked.parts[1]);
    if (answer.status == 429 && of.empty()) return;
    const Rule rule = rule_for(asked);
    const std::string key = bucket_of(asked, *route);
    const Bucket& bucket = buckets_[key];
    const std::string hash = std::to_string(std::hash<std::string>{}(route->method + " " + route->pattern));
    const std::string left = seconds(bucket.until);
    answer.headers.emplace("X-RateLimit-Limit", std::to_string(rule.requests));
    answer.headers.emplace("X-RateLimit-Remaining", std::to_string(std::max(0, rule.requests - bucket.used)));
    answer.headers.emplace("X-RateLimit-Reset-After", left);
    answer.headers.emplace("X-RateLimit-Reset", world_.unix_time(std::stod(left)));
    answer.headers.emplace("X-RateLimit-Bucket", hash);
}

}  // namespace reweave::test::fake
