#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>

#include "bot/server/wire.hpp"

namespace reweave::server::wire {
namespace {

using json = nlohmann::json;

constexpr std::string_view kReplacement = "\xEF\xBF\xBD";  // U+FFFD

/// How deep arrays and objects are nested, without parsing: JSON libraries recurse, or build what they then free
/// recursively.
int depth(std::string_view text) {
    int now = 0;
    int most = 0;
    bool in_string = false;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const char c = text[i];
        if (in_string) {
            if (c == '\\') {
                ++i;
            } else if (c == '"') {
                in_string = false;
            }
        } else if (c == '"') {
            in_string = true;
        } else if (c == '[' || c == '{') {
            most = std::max(most, ++now);
        } else if (c == ']' || c == '}') {
            --now;
        }
    }
    return most;
}

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

std::size_t characters(std::string_view utf8) {
    return static_cast<std::size_t>(
        std::count_if(utf8.begin(), utf8.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }));
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
    explicit Fields(const json& object) : object_(object) {
        const auto id = object.find("id");
        if (id != object.end() && id->is_number_integer() && in_range(*id, 1, kMaxId)) id_ = id->get<std::int64_t>();
    }

    std::int64_t whole(const char* key,
                       std::int64_t least,
                       std::int64_t most,
                       std::optional<std::int64_t> otherwise = {}) {
        const json* value = find(key, !otherwise);
        if (value == nullptr) return otherwise.value_or(0);
        if (!value->is_number_integer() || !in_range(*value, least, most)) {
            refuse(Code::bad_field,
                   key,
                   std::string(key) + " must be a whole number from " + std::to_string(least) + " to " +
                       std::to_string(most));
            return 0;
        }
        return value->get<std::int64_t>();
    }

    /// A string of `least` to `most` characters.
    std::string text(const char* key, std::size_t least, std::size_t most, bool required = true) {
        const json* value = find(key, required);
        return value == nullptr ? std::string() : checked(*value, key, least, most);
    }

    std::vector<std::string> texts(const char* key, std::size_t most_items, std::size_t most_characters) {
        std::vector<std::string> out;
        const json* value = find(key, true);
        if (value == nullptr) return out;
        if (!value->is_array()) {
            refuse(Code::bad_field, key, std::string(key) + " must be an array of strings");
        } else if (value->size() > most_items) {
            refuse(
                Code::too_long, key, std::string(key) + " must hold at most " + std::to_string(most_items) + " items");
        } else {
            for (const json& item : *value) out.push_back(checked(item, key, 1, most_characters));
        }
        return out;
    }

    void refuse(Code code, std::string_view field, std::string message) {
        if (!error_) error_ = Error{code, std::move(message), id_, std::string(field)};
    }

    [[nodiscard]] const std::optional<Error>& error() const { return error_; }

 private:
    static bool in_range(const json& number, std::int64_t least, std::int64_t most) {
        if (number.is_number_unsigned() && number.get<std::uint64_t>() > static_cast<std::uint64_t>(most)) return false;
        const auto value = number.get<std::int64_t>();
        return value >= least && value <= most;
    }

    const json* find(const char* key, bool required) {
        const auto found = object_.find(key);
        if (found != object_.end()) return &*found;
        if (required) refuse(Code::bad_field, key, std::string(key) + " is missing");
        return nullptr;
    }

    std::string checked(const json& value, const char* key, std::size_t least, std::size_t most) {
        if (!value.is_string()) {
            refuse(Code::bad_field, key, std::string(key) + " must be a string");
            return {};
        }
        const auto& text = value.get_ref<const std::string&>();
        if (text.find('\0') != std::string::npos) {
            refuse(Code::bad_field, key, std::string(key) + " must not hold the character U+0000");
        } else if (text.size() < least) {
            refuse(Code::bad_field, key, std::string(key) + " must not be empty");
        } else if (text.size() > most && characters(text) > most) {
            refuse(
                Code::too_long, key, std::string(key) + " must have at most " + std::to_string(most) + " characters");
        }
        return text;
    }

    const json& object_;
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
    return out;
}

Frame text(Fields& fields) {
    Text out;
    out.id = fields.whole("id", 1, kMaxId);
    out.text = fields.text("text", 1, kMaxTextCharacters);
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

struct Kind {
    std::string_view type;
    Frame (*read)(Fields&);
};
constexpr std::array<Kind, 9> kKinds = {{
    {"message", text},
    {"choose", choose},
    {"seen", seen},
    {"ping", [](Fields&) -> Frame { return Ping{}; }},
    {"hello", hello},
    {"history", history},
    {"code", [](Fields&) -> Frame { return MakeCode{}; }},
    {"link", link},
    {"exit", [](Fields&) -> Frame { return Exit{}; }},
}};

std::variant<Frame, Error> read(const json& object) {
    if (!object.is_object()) return Error{Code::bad_type, "a frame must be a JSON object"};
    Fields fields(object);
    const auto type = object.find("type");
    if (type == object.end() || !type->is_string()) {
        return Error{Code::bad_type, "a frame must have a string \"type\"", {}, "type"};
    }
    const auto& wanted = type->get_ref<const std::string&>();
    const auto* kind = std::find_if(kKinds.begin(), kKinds.end(), [&](const Kind& k) { return k.type == wanted; });
    if (kind == kKinds.end()) {
        return Error{Code::bad_type, "this type of frame is not known; see reweave.asyncapi.yaml", {}, "type"};
    }
    Frame frame = kind->read(fields);
    if (fields.error()) return *fields.error();
    return frame;
}

/// The member of a frame in which the first half pair stood, after mending.
std::string first_mended_field(const json& object) {
    for (const auto& [key, value] : object.items()) {
        if (value.dump(-1, ' ', false, json::error_handler_t::replace).find(kReplacement) != std::string::npos)
            return key;
    }
    return {};
}

}  // namespace

bool is_token(std::string_view text) {
    return text.size() == 43 && all_of_set(text, "-_");
}

std::variant<Frame, Error> parse(std::string_view frame) {
    if (frame.size() > kMaxFrameBytes) {
        return Error{Code::too_long, "a frame must have at most " + std::to_string(kMaxFrameBytes) + " bytes"};
    }
    if (depth(frame) > kMaxDepth) {
        return Error{Code::bad_json, "a frame must not be nested deeper than " + std::to_string(kMaxDepth) + " levels"};
    }
    // The library takes a NUL for the end of its input and would not look at what follows.
    if (frame.find('\0') != std::string_view::npos) return Error{Code::bad_json, "a frame must not hold a NUL"};
    json object = json::parse(frame, nullptr, false);
    if (!object.is_discarded()) return read(object);

    object = json::parse(mend_half_pairs(frame), nullptr, false);
    if (!object.is_object()) return Error{Code::bad_json, "the frame is not JSON in UTF-8"};
    const std::string field = first_mended_field(object);
    Fields fields(object);
    fields.refuse(Code::bad_field, field, "a string holds half a character: a lone surrogate");
    return *fields.error();
}

}  // namespace reweave::server::wire
