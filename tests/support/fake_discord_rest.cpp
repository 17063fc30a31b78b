#include "tests/support/fake_discord_rest.hpp"

#include <iterator>
#include <regex>

namespace reweave::test {

RestFault RestFault::error(std::string method, std::string path, int status, int code) {
    RestFault fault;
    fault.method = std::move(method);
    fault.path = std::move(path);
    fault.status = status;
    const nlohmann::json body = {{"message", "as the test wants it"}, {"code", code}};
    fault.body = body.dump();
    return fault;
}

RestFault RestFault::limited(std::string method, std::string path, double seconds, std::string scope) {
    RestFault fault;
    fault.method = std::move(method);
    fault.path = std::move(path);
    fault.status = 429;
    const bool global = scope == "global";
    const nlohmann::json body = {
        {"message", "You are being rate limited."}, {"retry_after", seconds}, {"global", global}};
    fault.body = body.dump();
    fault.headers["Retry-After"] = std::to_string(static_cast<int>(seconds) + 1);
    fault.headers["X-RateLimit-Scope"] = std::move(scope);
    if (global) fault.headers["X-RateLimit-Global"] = "true";
    return fault;
}

RestFault RestFault::cloudflare(std::string method, std::string path, int seconds) {
    RestFault fault;
    fault.method = std::move(method);
    fault.path = std::move(path);
    fault.status = 429;
    fault.body =
        "<!doctype html><title>Access denied | discord.com used Cloudflare to restrict access</title>error 1015";
    fault.headers["Content-Type"] = "text/html; charset=UTF-8";
    fault.headers["Retry-After"] = std::to_string(seconds);
    return fault;
}

namespace fake {
namespace {

std::vector<std::string> pieces(const std::string& path) {
    std::vector<std::string> all;
    std::size_t at = 0;
    while (at < path.size()) {
        const std::size_t end = std::min(path.find('/', at + 1), path.size());
        all.push_back(path.substr(at + 1, end - at - 1));
        at = end;
    }
    return all;
}

bool fits(const std::string& pattern, const std::string& path, std::vector<std::string>& parts) {
    const std::vector<std::string> wanted = pieces(pattern), there = pieces(path);
    if (wanted.size() != there.size()) return false;
    parts.clear();
    for (std::size_t i = 0; i < wanted.size(); ++i) {
        if (wanted[i] == "{}")
            parts.push_back(there[i]);
        else if (wanted[i] != there[i])
            return false;
    }
    return true;
}

Answer said(const Refusal& refusal) {
    Answer answer;
    answer.status = refusal.status;
    answer.body = {{"message", refusal.message}, {"code", refusal.code}};
    if (!refusal.errors.is_null()) answer.body["errors"] = refusal.errors;
    return answer;
}

std::string header(const Asked& asked, const char* name) {
    const auto found = asked.headers.find(name);
    return found == asked.headers.end() ? "" : found->second;
}

}  // namespace

Rest::Rest(World& world) : limits(world), world_(world) {
    for (auto make : {place_routes, message_routes, interaction_routes}) {
        std::vector<Route> more = make(world);
        std::move(more.begin(), more.end(), std::back_inserter(routes_));
    }
}

std::optional<RestFault> Rest::fault_for(const Asked& asked) {
    for (auto fault = faults.begin(); fault != faults.end(); ++fault) {
        if (!fault->method.empty() && fault->method != asked.method) continue;
        if (!std::regex_search(asked.path, std::regex(fault->path))) continue;
        const RestFault found = *fault;
        if (--fault->times <= 0) faults.erase(fault);
        return found;
    }
    return std::nullopt;
}

const Route* Rest::route(Asked& asked) const {
    for (const Route& route : routes_)
        if (route.method == asked.method && fits(route.pattern, asked.path, asked.parts)) return &route;
    return nullptr;
}

Answer Rest::answer(Asked asked, const RestFault& fault) {
    const Route* found = route(asked);
    limits.look_at(asked, found);
    const bool fails = fault.status != 0 || fault.cut;
    Answer answer;
    if (!fails || fault.after) answer = perform(asked, found);
    if (fails && !fault.cut) {
        answer = Answer();
        answer.status = fault.status;
        answer.headers = fault.headers;
        answer.body = json::parse(fault.body, nullptr, false);
        if (answer.body.is_discarded()) answer.body = nullptr;
        answer.text = fault.body;
    }
    limits.learn(asked, found, answer, fault);
    return answer;
}

Answer Rest::perform(const Asked& asked, const Route* route) {
    try {
        if (!std::regex_match(header(asked, "user-agent"), std::regex(R"(DiscordBot \(\S+ \S+\).*)"))) {
            world_.complain(asked.method + " came without a User-Agent like DiscordBot (url, version)");
            // discord.py answers interactions without one, and works.
            if (!route || !route->by_interaction()) throw Refusal{403, 40333, "internal network error"};
        }
        if (!route) throw Refusal{404, 0, "404: Not Found"};
        if (route->by_bot() &&
            (world_.token_is_reset || header(asked, "authorization") != "Bot " + world_.options.token))
            throw Refusal{401, 0, "401: Unauthorized"};
        if (std::optional<Answer> refused = limits.take(asked, *route)) return *std::move(refused);
        if (asked.malformed) throw Refusal{400, 50109, "The request body contains invalid JSON."};
        if (!asked.body.is_null() && header(asked, "content-type").rfind("application/json", 0) != 0)
            throw Refusal{400,
                          50035,
                          "Invalid Form Body",
                          {{"_errors",
                            json::array({{{"code", "CONTENT_TYPE_INVALID"},
                                          {"message",
                                           "Expected \"Content-Type\" header to be one of {'application/json'}."}}})}}};
        return route->answer(asked);
    } catch (const Refusal& refusal) {
        if (refusal.code == 50035 || refusal.code == 50006 || refusal.code == 50109)
            world_.complain(asked.method + " " + (route ? route->pattern : asked.path) +
                            " was refused: " + refusal.message + " " + refusal.errors.dump());
        return said(refusal);
    } catch (const std::exception&) {
        world_.complain(asked.method + " " + (route ? route->pattern : "") + " had a field of another type");
        return said(Refusal{400, 50035, "Invalid Form Body", json::object()});
    }
}

}  // namespace fake
}  // namespace reweave::test
