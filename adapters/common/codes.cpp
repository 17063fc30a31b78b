#include "adapters/common/codes.hpp"

namespace reweave::text {

std::string code_in(std::string_view said) {
    constexpr std::string_view kLink = "#join=";
    if (const auto at = said.rfind(kLink); said.starts_with("http") && at != std::string_view::npos)
        said.remove_prefix(at + kLink.size());
    constexpr std::size_t kLength = 14;
    if (said.size() != kLength) return {};
    for (std::size_t i = 0; i < kLength; ++i) {
        const char c = said[i];
        const bool digit = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
        if (i % 5 == 4 ? c != '-' : !digit) return {};
    }
    return std::string(said);
}

}  // namespace reweave::text
