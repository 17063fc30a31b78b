#pragma once
/// \file The top-level members of a JSON object, as raw text, found in one pass without building anything.
///
/// For the load generator only: it trusts that nested values are balanced, and costs about a nanosecond a byte, so that
/// checking every reply takes little from the server it measures.

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

namespace reweave::bench {

class Skim {
 public:
    /// `json` must outlive the members looked up. False if it is not an object of at most 16 members.
    [[nodiscard]] bool read(std::string_view json);

    /// The raw text of a member's value (strings without their quotes); empty if it is not there.
    [[nodiscard]] std::string_view operator[](std::string_view name) const;
    /// The member as a whole number; empty if it is not one.
    [[nodiscard]] std::optional<std::int64_t> number(std::string_view name) const;

 private:
    struct Member {
        std::string_view name;
        std::string_view value;
    };
    std::array<Member, 16> members_{};
    std::size_t count_ = 0;
};

}  // namespace reweave::bench
