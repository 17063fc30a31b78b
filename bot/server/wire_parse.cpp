#include <algorithm>
#include <array>
#include <limits>
#include <nlohmann/json.hpp>
#include <utility>

#include "bot/dialog/utf8.hpp"
#include "bot/server/wire.hpp"

namespace reweave::server::wire {
namespace {

using json = nlohmann::json;

constexpr std::string_view kReplacement = "\xEF\xBF\xBD";  // U+FFFD

/// One member of a frame, as far as any frame looks into it.
struct Value {
    enum class Kind { text, whole, flag, array, other } kind = Kind::other;
    std::string text = {};
    std::int64_t number = 0;  ///< of a whole one (what does not fit is the greatest there is); of a flag 1 or 0
    std::vector<Value> items = {};
};

/// Takes the members of one frame as the JSON library reads them: most frames are small, and building the library's
/// tree of them took more time than reading it.
class Members {
 public:
    [[nodiscard]] bool is_object() const { return is_object_; }
    [[nodiscard]] bool too_deep() const { return depth_ > kMaxDepth; }

    /// The last one of that name; null if there is none.
    [[nodiscard]] Value* find(std::string_view key) {
        const auto found = std::find_if(all_.rbegin(), all_.rend(), [&](const auto& m) { return m.first == key; });
        return found == all_.rend() ? nullptr : &found->second;
    }
    /// The name of the first one in which `text` stands; empty if there is none.
    [[nodiscard]] std::string first_with(std::string_view text) const {
        const auto holds = [&](const Value& value) { return value.text.find(text) != std::string::npos; };
        for (const auto& [key, value] : all_) {
            if (holds(value) || std::any_of(value.items.begin(), value.items.end(), holds)) return key;
        }
        return {};
    }

    // What the library calls. A false ends the reading.
    bool null() { return put({}); }
    bool boolean(bool yes) { return put({Value::Kind::flag, {}, yes ? 1 : 0}); }
    bool number_integer(std::int64_t number) { return put({Value::Kind::whole, {}, number}); }
    bool number_unsigned(std::uint64_t number) {
        constexpr auto kMost = std::numeric_limits<std::int64_t>::max();
        return number_integer(number > kMost ? kMost : static_cast<std::int64_t>(number));
    }
    bool number_float(double, const std::string&) { return put({}); }
    bool string(std::string& text) { return put({Value::Kind::text, std::move(text)}); }
    bool binary(json::binary_t&) { return put({}); }
    bool key(std::string& name) {
        if (depth_ == 1) all_.emplace_back(std::move(name), Value());
        return true;
    }
    bool start_object(std::size_t) {
        if (depth_ == 0) is_object_ = true;
        put({});
        return ++depth_ <= kMaxDepth;
    }
    bool start_array(std::size_t) {
        put({Value::Kind::array});
        return ++depth_ <= kMaxDepth;
    }
    bool end_object() { return ended(); }
    bool end_array() { return ended(); }
    bool parse_error(std::size_t, const std::string&, const json::exception&) { return false; }

 private:
    bool put(Value value) {
        if (!is_object_ || all_.empty()) return true;
        Value& member = all_.back().second;
        if (depth_ == 1) {
            member = std::move(value);
        } else if (depth_ == 2 && member.kind == Value::Kind::array) {
            member.items.push_back(std::move(value));
        }
        return true;
    }
    bool ended() {
        --depth_;
        return true;
    }

    std::vector<std::pair<std::string, Value>> all_;
    int depth_ = 0;
    bool is_object_ = false;
};

/// The value of four hexadecimal digits at `at`, or -1.
int hex4(std::string_view text, std::size_t at) {
    if (at + 4 > text.size()) return -1;
    int value = 0;
    for (const char c : text.substr(at, 4)) {
        int digit = -1;
        if (c >= '0' && c <= '9') digit = c - '0';
        if (c >= 'a' && c <= 'f') digit = c - 'a' + 10;
        if (c >= 'A' && c <= 'F') digit = c - 'A' + 10;
        if (digit < 0) return -1;
        value = value * 16 + digit;
    }
    return value;
}

/// `text` with each \u escape that is half a pair replaced by U+FFFD. Browsers send such halves for a broken emoji, and
/// a person whose message holds one deserves to be told which, instead of losing the connection.
std::string mend_half_pairs(std::string_view text) {
    const auto is_high = [](int unit) { return unit >= 0xD800 && unit <= 0xDBFF; };
    const auto is_low = [](int unit) { return unit >= 0xDC00 && unit <= 0xDFFF; };
    std::string out;
    out.reserve(text.size());
    for (std::size_t i = 0; i < text.size();) {
        if (text[i] != '\\' || i + 1 >= text.size()) {
            out += text[i++];
            continue;
        }
        const int unit = text[i + 1] == 'u' ? hex4(text, i + 2) : -1;
        if (is_high(unit) && text.substr(i + 6, 2) == "\\u" && is_low(hex4(text, i + 8))) {
            out += text.substr(i, 12);
            i += 12;
        } else if (is_high(unit) || is_low(unit)) {
            out += kReplacement;
            i += 6;
        } else {
            out += text.substr(i, 2);
            i += 2;
        }
    }
    return out;
}

bool all_of_set(std::string_view text, std::string_view others) {
    return std::all_of(text.begin(), text.end(), [others](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               others.find(c) != std::string_view::npos;
    });
}

/// Takes the fields of one frame; the first fault is kept and ends the reading.
class Fields {
 public:
    explicit Fields(Members& members) : members_(members) {
        const Value* id = members.find("id");
        if (id != nullptr && in_range(*id, 1, kMaxId)) id_ = id->number;
    }

    std::int64_t whole(const char* key,
                       std::int64_t least,
                       std::int64_t most,
                       std::optional<std::int64_t> otherwise = {}) {
        const Value* value = find(key, !otherwise);
        if (value == nullptr) return otherwise.value_or(0);
        if (!in_range(*value, least, most)) {
            refuse(Code::bad_field,
                   key,
                   std::string(key) + " must be a whole number from " + std::to_string(least) + " to " +
                       std::to_string(most));
            return 0;
        }
        return value->number;
    }

    /// A string of `least` to `most` characters.
    std::string text(const char* key, std::size_t least, std::size_t most, bool required = true) {
        Value* value = find(key, required);
        return value == nullptr ? std::string() : checked(*value, key, least, most);
    }

    std::vector<std::string> texts(const char* key, std::size_t most_items, std::size_t most_characters) {
        std::vector<std::string> out;
        Value* value = find(key, true);
        if (value == nullptr) return out;
        if (value->kind != Value::Kind::array) {
            refuse(Code::bad_field, key, std::string(key) + " must be an array of strings");
        } else if (value->items.size() > most_items) {
            refuse(
                Code::too_long, key, std::string(key) + " must hold at most " + std::to_string(most_items) + " items");
        } else {
            for (Value& item : value->items) out.push_back(checked(item, key, 1, most_characters));
        }
        return out;
    }

    /// False if it is left out.
    bool flag(const char* key) {
        const Value* value = find(key, false);
        if (value == nullptr) return false;
        if (value->kind != Value::Kind::flag) refuse(Code::bad_field, key, std::string(key) + " must be true or false");
        return value->number != 0;
    }

    void refuse(Code code, std::string_view field, std::string message) {
        if (!error_) error_ = Error{code, std::move(message), id_, std::string(field)};
    }

    [[nodiscard]] const std::optional<Error>& error() const { return error_; }

 private:
    static bool in_range(const Value& value, std::int64_t least, std::int64_t most) {
        return value.kind == Value::Kind::whole && value.number >= least && value.number <= most;
    }

    Value* find(const char* key, bool required) {
        Value* found = members_.find(key);
        if (found == nullptr && required) refuse(Code::bad_field, key, std::string(key) + " is missing");
        return found;
    }

    /// The text of `value`, which is left without it.
    std::string checked(Value& value, const char* key, std::size_t least, std::size_t most) {
        if (value.kind != Value::Kind::text) {
            refuse(Code::bad_field, key, std::string(key) + " must be a string");
            return {};
        }
        if (value.text.find('\0') != std::string::npos) {
            refuse(Code::bad_field, key, std::string(key) + " must not hold the character U+0000");
        } else if (value.text.size() < least) {
            refuse(Code::bad_field, key, std::string(key) + " must not be empty");
        } else if (value.text.size() > most && dialog::count_characters(value.text) > most) {
            refuse(
                Code::too_long, key, std::string(key) + " must have at most " + std::to_string(most) + " characters");
        }
        return std::move(value.text);
    }

    Members& members_;
    std::optional<std::int64_t> id_;
    std::optional<Error> error_;
};

Frame hello(Fields& fields) {
    Hello out;
    out.seen = fields.whole("seen", 0, kMaxId);
    out.token = fields.text("token", 0, 200, false);
    if (!out.token.empty() && !is_token(out.token)) {
        fields.refuse(
            Code::bad_token, "token", "token is not one that this server gave out; leave it out to begin anew");
    }
    out.language = fields.text("language", 0, 35, false);
    if (!all_of_set(out.language, "-")) {
        fields.refuse(Code::bad_field, "language", "language must be a BCP-47 tag such as en-GB");
    }
    out.time_zone = fields.text("time_zone", 0, 64, false);
    if (!all_of_set(out.time_zone, "/_+-")) {
        fields.refuse(Code::bad_field, "time_zone", "time_zone must be an IANA name such as Europe/Lisbon");
    }
    out.guest = fields.flag("guest");
    return out;
}

Frame text(Fields& fields) {
    Text out;
    out.id = fields.whole("id", 1, kMaxId);
    out.text = fields.text("text", 1, kMaxTextCharacters);
    out.room = fields.whole("room", 1, kMaxId, 0);
    return out;
}

Frame choose(Fields& fields) {
    Choose out;
    out.id = fields.whole("id", 1, kMaxId);
    out.ask = fields.text("ask", 1, 64);
    out.picks = fields.texts("picks", kMaxPicks, 200);
    return out;
}

Frame seen(Fields& fields) {
    Seen out;
    out.seq = fields.whole("seq", 0, kMaxId);
    return out;
}

Frame history(Fields& fields) {
    History out;
    out.before = fields.whole("before", 0, kMaxId, 0);
    out.limit = static_cast<int>(fields.whole("limit", 1, kMaxHistory, 20));
    return out;
}

Frame link(Fields& fields) {
    Link out;
    out.code = fields.text("code", 1, 40);
    return out;
}

Frame invite(Fields& fields) {
    Invite out;
    out.conversation = fields.whole("conversation", 1, kMaxId);
    out.role = fields.text("role", 0, 100, false);
    return out;
}

struct FrameKind {
    std::string_view type;
    Frame (*read)(Fields&);
};
constexpr std::array<FrameKind, 10> kKinds = {{
    {"message", text},
    {"choose", choose},
    {"seen", seen},
    {"ping", [](Fields&) -> Frame { return Ping{}; }},
    {"hello", hello},
    {"history", history},
    {"code", [](Fields&) -> Frame { return MakeCode{}; }},
    {"link", link},
    {"invite", invite},
    {"exit", [](Fields&) -> Frame { return Exit{}; }},
}};

std::variant<Frame, Error> read(Members& members) {
    if (!members.is_object()) return Error{Code::bad_type, "a frame must be a JSON object"};
    const Value* type = members.find("type");
    if (type == nullptr || type->kind != Value::Kind::text) {
        return Error{Code::bad_type, "a frame must have a string \"type\"", {}, "type"};
    }
    const auto* kind =
        std::find_if(kKinds.begin(), kKinds.end(), [&](const FrameKind& k) { return k.type == type->text; });
    if (kind == kKinds.end()) {
        return Error{Code::bad_type, "this type of frame is not known; see reweave.asyncapi.yaml", {}, "type"};
    }
    Fields fields(members);
    Frame frame = kind->read(fields);
    if (fields.error()) return *fields.error();
    return frame;
}

}  // namespace

bool is_token(std::string_view text) {
    return text.size() == 43 && all_of_set(text, "-_");
}

std::variant<Frame, Error> parse(std::string_view frame) {
    if (frame.size() > kMaxFrameBytes) {
        return Error{Code::too_long, "a frame must have at most " + std::to_string(kMaxFrameBytes) + " bytes"};
    }
    // The library takes a NUL for the end of its input and would not look at what follows.
    if (frame.find('\0') != std::string_view::npos) return Error{Code::bad_json, "a frame must not hold a NUL"};
    Members members;
    if (json::sax_parse(frame, &members)) return read(members);
    if (members.too_deep()) {
        return Error{Code::bad_json, "a frame must not be nested deeper than " + std::to_string(kMaxDepth) + " levels"};
    }

    Members mended;
    if (!json::sax_parse(mend_half_pairs(frame), &mended) || !mended.is_object()) {
        return Error{Code::bad_json, "the frame is not JSON in UTF-8"};
    }
    Fields fields(mended);
    fields.refuse(
        Code::bad_field, mended.first_with(kReplacement), "a string holds half a character: a lone surrogate");
    return *fields.error();
}

}  // namespace reweave::server::wire
