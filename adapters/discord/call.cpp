#include "adapters/discord/call.hpp"

#include <algorithm>
#include <cctype>
#include <charconv>
#include <cmath>
#include <nlohmann/json.hpp>
#include <vector>

#include "adapters/common/fields.hpp"

namespace reweave::discord {
namespace {

using nlohmann::json;
using namespace std::chrono_literals;

constexpr int kUnknownWebhook = 10015, kUnknownInteraction = 10062, kInvalidWebhookToken = 50027;
constexpr int kInvalidForm = 50035, kOverloaded = 130000;
constexpr double kLongestRetryAfter = 24.0 * 60 * 60;  ///< seconds
constexpr auto kUnsaidBlock = 10min;                   ///< at the door, if nobody says how long
constexpr std::size_t kFields = 5;                     ///< that a failure names
constexpr int kFieldDepth = 12;

int code_of(const json& body) {
    return static_cast<int>(number_at(body, "code"));
}

MonotonicClock::duration seconds(double count) {
    const std::chrono::duration<double> time(std::clamp(count, 0.0, kLongestRetryAfter));
    return std::chrono::ceil<std::chrono::milliseconds>(time);
}

std::optional<double> number(std::string_view text) {
    double value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc() || !std::isfinite(value)) return std::nullopt;
    return value;
}

/// Names of fields are our own; sentences of Discord's may quote what was sent, its codes are words in capitals.
std::string plain(std::string name) {
    std::erase_if(name, [](unsigned char c) { return !(std::isalnum(c) || c == '_'); });
    name.resize(std::min<std::size_t>(name.size(), 40));
    return name;
}

std::string reason(const json& error) {
    std::string code = text_at(error, "code");
    const bool odd = code.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_") != std::string::npos;
    return odd ? "not taken" : code;
}

/// "data.components.0.label: BASE_TYPE_BAD_LENGTH", one for each field.
void name_fields(const json& errors, const std::string& path, int depth, std::vector<std::string>& fields) {
    if (!errors.is_object() || depth > kFieldDepth) return;
    for (const auto& [key, value] : errors.items()) {
        if (fields.size() >= kFields) return;
        if (key != "_errors") {
            name_fields(value, path.empty() ? plain(key) : path + "." + plain(key), depth + 1, fields);
        } else if (value.is_array() && !value.empty()) {
            fields.push_back((path.empty() ? "the body" : path) + ": " + reason(value.front()));
        }
    }
}

std::string sentence(const http::Response& response, const json& body, std::string_view route) {
    const int code = code_of(body);
    std::string text(route);
    text += ": Discord answered " + std::to_string(response.status);
    if (code != 0) text += " with code " + std::to_string(code);
    if (code != kInvalidForm) return text;
    std::vector<std::string> fields;
    name_fields(object_at(body, "errors"), "", 0, fields);
    for (std::size_t i = 0; i < fields.size(); ++i) text += (i == 0 ? " (" : "; ") + fields[i];
    return fields.empty() ? text : text + ")";
}

bool is_dead(const http::Response& response, int code, const Call& call) {
    if (code == kUnknownWebhook || code == kUnknownInteraction || code == kInvalidWebhookToken) return true;
    if (response.status == 401) return call.interaction || !webhook_of(call.path).empty();
    return response.status == 404 && code == 0 && (call.interaction || !webhook_of(call.path).empty());
}

bool shows_text(const json& message) {
    return member(message, "content") || member(message, "components");
}

}  // namespace

std::string user_agent() {
    return "DiscordBot (" REWEAVE_HOMEPAGE ", " REWEAVE_VERSION ")";
}

nlohmann::json Answer::json() const {
    return parsed(body);
}

std::string fault_of(const Call& call) {
    if (call.body.size() > kBodyLimit)
        return "a message of " + std::to_string(call.body.size()) + " bytes is too big for Discord";
    if (call.method != "POST" && call.method != "PATCH") return {};
    const std::string route = lane_of(call.method, call.path).route;
    const bool callback = is_callback(call);
    if (!callback && route.find("/messages") == std::string::npos && webhook_of(call.path).empty()) return {};
    const json body = parsed(call.body);
    const json* message = callback ? member(body, "data") : &body;
    const json* type = callback ? member(body, "type") : nullptr;
    constexpr int kModal = 9;
    if (type && *type == kModal) return {};  // it is no message: nobody can be mentioned in it
    if (!message || !shows_text(*message)) return {};
    const json* mentions = member(*message, "allowed_mentions");
    if (mentions && mentions->is_object()) return {};
    return route +
           ": a message without allowed_mentions was not sent, as it could call everybody; this is a fault of ours";
}

bool is_callback(const Call& call) {
    return call.path.rfind("/interactions/", 0) == 0;
}

std::string webhook_of(std::string_view path) {
    const std::string major = lane_of({}, path).major;
    return major.rfind("webhooks/", 0) == 0 && std::count(major.begin(), major.end(), '/') == 2 ? major : std::string();
}

Reply reply_of(const http::Response& response) {
    Reply reply;
    reply.status = response.status;
    reply.bucket = response.header("X-RateLimit-Bucket");
    if (const auto remaining = number(response.header("X-RateLimit-Remaining"))) {
        reply.remaining = static_cast<int>(std::clamp(*remaining, 0.0, 1e6));
        reply.reset_after = seconds(number(response.header("X-RateLimit-Reset-After")).value_or(0));
    }
    if (response.status != 429) return reply;
    const json body = parsed(response.body);
    const json* retry_after = member(body, "retry_after");
    const std::string_view scope = response.header("X-RateLimit-Scope");
    const auto header = number(response.header("Retry-After"));
    const bool known = retry_after && retry_after->is_number();
    if (!known && scope.empty()) {
        reply.limited = Reply::Limited::blocked;
        reply.retry_after = header ? std::max<MonotonicClock::duration>(1s, seconds(*header)) : kUnsaidBlock;
        return reply;
    }
    reply.retry_after = seconds(known ? retry_after->get<double>() : header.value_or(1.0));
    reply.limited = Reply::Limited::bucket;
    if (scope == "shared") reply.limited = Reply::Limited::shared;
    if (scope == "global" || !response.header("X-RateLimit-Global").empty() || flag_at(body, "global"))
        reply.limited = Reply::Limited::global;
    return reply;
}

Answer answer_of(http::Response response, const Call& call, std::string_view route) {
    Answer answer;
    answer.status = response.status;
    if (response.status == 0) {
        if (response.failure == "stopped") answer.kind = Answer::Kind::stopped;
        answer.failure = std::move(response.failure);
        return answer;
    }
    if (response.status >= 200 && response.status < 300) {
        answer.kind = Answer::Kind::ok;
        answer.body = std::move(response.body);
        return answer;
    }
    const json body = parsed(response.body);
    answer.code = code_of(body);
    answer.failure = sentence(response, body, route);
    if (response.status == 429 || response.status >= 500 || answer.code == kOverloaded) return answer;
    if (response.status == 403 && !body.is_object()) {  // a page from the door, or of somebody in between
        answer.wait = kUnsaidBlock;
        return answer;
    }
    if (is_dead(response, answer.code, call)) {
        answer.kind = Answer::Kind::gone;
    } else {
        answer.kind = response.status == 401 ? Answer::Kind::signed_out : Answer::Kind::refused;
        answer.body = std::move(response.body);
    }
    return answer;
}

}  // namespace reweave::discord
