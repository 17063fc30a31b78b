#include "bot/engine/codes.hpp"

#include "bot/dialog/compile.hpp"

namespace reweave::engine {
namespace {

/// What was typed as a code, made equal to what was shown: no dashes or spaces, capitals, O as 0, I and L as 1.
std::string normal_code(std::string_view typed) {
    std::string code;
    for (const char c : typed) {
        if (c == '-' || c == ' ') continue;
        const char upper = c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
        code += upper == 'O' ? '0' : upper == 'I' || upper == 'L' ? '1' : upper;
    }
    return code;
}

}  // namespace

/// Crockford's base 32: 12 digits are 60 bits.
std::string make_code(const std::function<std::uint64_t()>& random) {
    constexpr std::string_view kAlphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
    std::uint64_t bits = random();
    std::string code;
    for (int i = 0; i < 12; ++i) {
        if (i == 4 || i == 8) code += '-';
        code += kAlphabet[bits & 31];
        bits >>= 5;
    }
    return code;
}

std::string code_hash(std::string_view code) {
    return dialog::sha256_hex("code:" + normal_code(code));
}

}  // namespace reweave::engine
