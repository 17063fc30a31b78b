#include "bot/server/tokens.hpp"

#include <openssl/evp.h>
#include <openssl/rand.h>

#include <array>
#include <stdexcept>

#include "bot/server/wire.hpp"

namespace reweave::server {

std::string new_token() {
    constexpr std::string_view kAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    std::array<unsigned char, 32> bytes{};
    if (RAND_bytes(bytes.data(), static_cast<int>(bytes.size())) != 1)
        throw std::runtime_error("no random bytes from OpenSSL");
    std::string out;
    unsigned bits = 0;
    unsigned kept = 0;
    for (const unsigned char byte : bytes) {
        bits = (bits << 8) | byte;
        kept += 8;
        while (kept >= 6) {
            kept -= 6;
            out += kAlphabet[(bits >> kept) & 63];
        }
    }
    out += kAlphabet[(bits << (6 - kept)) & 63];
    return out;
}

std::string handle_of(std::string_view token) {
    constexpr std::string_view kHex = "0123456789abcdef";
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
    unsigned size = 0;
    if (EVP_Digest(token.data(), token.size(), digest.data(), &size, EVP_sha256(), nullptr) != 1) {
        throw std::runtime_error("OpenSSL cannot compute SHA-256");
    }
    std::string out;
    for (unsigned i = 0; i < size; ++i) {
        out += kHex[digest[i] >> 4];
        out += kHex[digest[i] & 15];
    }
    return out;
}

std::string token_from_cookies(std::string_view header, bool secure) {
    const std::string_view name = secure ? kSecureCookieName : kCookieName;
    while (!header.empty()) {
        const std::size_t end = header.find(';');
        std::string_view pair = header.substr(0, end);
        header = end == std::string_view::npos ? std::string_view() : header.substr(end + 1);
        while (!pair.empty() && (pair.front() == ' ' || pair.front() == '\t')) pair.remove_prefix(1);
        while (!pair.empty() && (pair.back() == ' ' || pair.back() == '\t')) pair.remove_suffix(1);
        const std::size_t equals = pair.find('=');
        if (equals == std::string_view::npos || pair.substr(0, equals) != name) continue;
        const std::string_view value = pair.substr(equals + 1);
        if (wire::is_token(value)) return std::string(value);
    }
    return {};
}

std::string set_cookie(std::string_view token, bool secure) {
    constexpr std::string_view kAttributes =
        "; Path=/; Max-Age=34560000; HttpOnly; SameSite=Strict";  // 400 days, browsers' most
    std::string out(secure ? kSecureCookieName : kCookieName);
    out += '=';
    out += token;
    out += kAttributes;
    if (secure) out += "; Secure";
    return out;
}

}  // namespace reweave::server
