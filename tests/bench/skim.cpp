#include "tests/bench/skim.hpp"

#include <charconv>

namespace reweave::bench {
namespace {

constexpr auto kNone = std::string_view::npos;

std::size_t skip_space(std::string_view json, std::size_t at) {
    const auto next = json.find_first_not_of(" \t\r\n", at);
    return next == kNone ? json.size() : next;
}

/// Just past the string whose opening quote stands at `at`; kNone if it does not end.
std::size_t past_string(std::string_view json, std::size_t at) {
    for (++at; at < json.size(); ++at) {
        if (json[at] == '"') return at + 1;
        if (json[at] == '\\') ++at;
    }
    return kNone;
}

/// Just past the value that begins at `at`; kNone if it does not end.
std::size_t past_value(std::string_view json, std::size_t at) {
    if (json[at] == '"') return past_string(json, at);
    int depth = 0;
    while (at < json.size()) {
        const char c = json[at];
        if (c == '"') {
            at = past_string(json, at);
            if (at == kNone) return kNone;
            continue;
        }
        if (c == '{' || c == '[') ++depth;
        if (c == '}' || c == ']') {
            if (depth == 0) return at;
            if (--depth == 0) return at + 1;
        }
        if (c == ',' && depth == 0) return at;
        ++at;
    }
    return kNone;
}

}  // namespace

bool Skim::read(std::string_view json) {
    count_ = 0;
    auto at = skip_space(json, 0);
    if (at >= json.size() || json[at] != '{') return false;
    at = skip_space(json, at + 1);
    while (at < json.size() && json[at] == '"' && count_ < members_.size()) {
        const auto name_end = past_string(json, at);
        if (name_end == kNone) return false;
        const auto name = json.substr(at + 1, name_end - at - 2);
        at = skip_space(json, name_end);
        if (at >= json.size() || json[at] != ':') return false;
        at = skip_space(json, at + 1);
        if (at >= json.size()) return false;
        const auto end = past_value(json, at);
        if (end == kNone) return false;
        const bool quoted = json[at] == '"';
        members_[count_++] = {name, quoted ? json.substr(at + 1, end - at - 2) : json.substr(at, end - at)};
        at = skip_space(json, end);
        if (at < json.size() && json[at] == ',') at = skip_space(json, at + 1);
    }
    return at < json.size() && json[at] == '}';
}

std::string_view Skim::operator[](std::string_view name) const {
    for (std::size_t i = 0; i < count_; ++i)
        if (members_[i].name == name) return members_[i].value;
    return {};
}

std::optional<std::int64_t> Skim::number(std::string_view name) const {
    const auto raw = (*this)[name];
    std::int64_t value = 0;
    const auto [end, error] = std::from_chars(raw.data(), raw.data() + raw.size(), value);
    if (error != std::errc{} || raw.empty()) return std::nullopt;
    if (end != raw.data() + raw.size() && *end != ' ') return std::nullopt;
    return value;
}

}  // namespace reweave::bench
