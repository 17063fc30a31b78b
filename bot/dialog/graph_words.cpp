#include <array>

#include "bot/dialog/graph_boxes.hpp"

namespace reweave::dialog {
namespace {

std::string value_of(const Expr& expr) {
    if (const auto* number = std::get_if<std::int64_t>(&expr.value)) return std::to_string(*number);
    if (const auto* text = std::get_if<std::string>(&expr.value)) return "“" + *text + "”";
    if (const auto* yes = std::get_if<bool>(&expr.value)) return *yes ? "yes" : "no";
    if (const auto* other = std::get_if<Expr::Name>(&expr.value)) return other->name;
    return {};
}

std::string joined_parts(const std::vector<Expr>& parts, const char* word) {
    std::string out;
    for (const Expr& part : parts) {
        const bool fork = part.op == Expr::Op::any || part.op == Expr::Op::all;
        out += (out.empty() ? "" : word) + (fork ? "(" + in_words(part) + ")" : in_words(part));
    }
    return out;
}

std::string range(const Ask& ask) {
    std::string out;
    if (ask.from) out += " from " + std::to_string(*ask.from);
    if (ask.to) out += " to " + std::to_string(*ask.to);
    return out;
}

std::string up_to(const Ask& ask) {
    return ask.max > 1 ? ", up to " + std::to_string(ask.max) : "";
}

std::string kind_of(const Ask& ask) {
    switch (ask.kind) {
        case AskKind::one_line:
            return "one line";
        case AskKind::long_text:
            return "long text";
        case AskKind::yes_no:
            return "yes or no";
        case AskKind::scale:
            return range(ask).substr(1);
        case AskKind::number:
            return "a number" + range(ask);
        case AskKind::length:
            return "a length of time";
        case AskKind::moment:
            return "a moment";
        case AskKind::feelings:
            return "feelings" + up_to(ask);
        case AskKind::needs:
            return "needs" + up_to(ask);
        case AskKind::country:
            return "a country";
        case AskKind::one_of:
            return "one of";
        case AskKind::several:
            return "several" + up_to(ask);
    }
    return {};
}

}  // namespace

std::string in_words(const Expr& condition) {
    using Op = Expr::Op;
    switch (condition.op) {
        case Op::all:
            return joined_parts(condition.args, " and ");
        case Op::any:
            return joined_parts(condition.args, " or ");
        case Op::negate:
            if (condition.args.front().op == Op::missing) return condition.args.front().name + " is not missing";
            if (condition.args.front().op == Op::equal)
                return condition.args.front().name + " is not " + value_of(condition.args.front());
            return "not (" + in_words(condition.args.front()) + ")";
        case Op::missing:
            return condition.name + " is missing";
        case Op::equal:
            return condition.name + " is " + value_of(condition);
        case Op::less:
            return condition.name + " is less than " + value_of(condition);
        case Op::less_or_equal:
            return condition.name + " is " + value_of(condition) + " or less";
        case Op::more:
            return condition.name + " is more than " + value_of(condition);
        case Op::more_or_equal:
            return condition.name + " is " + value_of(condition) + " or more";
        case Op::has: {
            std::string words;
            for (const std::string& word : condition.words) words += (words.empty() ? "“" : ", “") + word + "”";
            return condition.name + " has " + words;
        }
        case Op::longer_than:
            return condition.name + " has more than " + value_of(condition) + " words";
    }
    return {};
}

std::string in_words(Seconds length) {
    constexpr std::array<std::pair<std::int64_t, const char*>, 4> kUnits{
        {{86400, " day"}, {3600, " hour"}, {60, " minute"}, {1, " second"}}};
    for (const auto& [unit, name] : kUnits) {
        if (length.count() % unit != 0 || length.count() < unit) continue;
        const std::int64_t count = length.count() / unit;
        return std::to_string(count) + name + (count == 1 ? "" : "s");
    }
    return "no time";
}

std::string in_words(const Ask& ask) {
    return ask.name.empty() ? kind_of(ask) : ask.name + ": " + kind_of(ask);
}

}  // namespace reweave::dialog
