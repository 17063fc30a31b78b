#pragma once
/// \file A person's devices and accounts: another one comes in by a code, and one ends.

#include <string>
#include <unordered_map>

#include "bot/engine/deliveries.hpp"

namespace reweave::engine {

class Devices {
 public:
    Devices(Desk& desk, Deliveries& deliveries) : desk_(desk), deliveries_(deliveries) {}

    [[nodiscard]] Reply make_code(const MakeCode& make);
    /// A code for a device joins that identity to whoever made it; the empty person that it came with is erased. To a
    /// device of theirs it changes nothing, and is still good for another. One for a seat asks them whether they want
    /// it.
    [[nodiscard]] Reply use_code(Identity identity, const std::string& text);
    /// A code that the device showed ends with it. If it was their last, rooms that they are in pause.
    void end(Identity identity);
    /// Those who tried wrong codes too often may try again.
    void forget_tries() { tries_.clear(); }

 private:
    Desk& desk_;
    Deliveries& deliveries_;
    std::unordered_map<std::int64_t, int> tries_;  ///< person -> wrong codes
};

}  // namespace reweave::engine
