#include "bot/app/random.hpp"

#include <sodium.h>

namespace reweave::app {

std::uint64_t secure_random() {
    std::uint64_t bits = 0;
    randombytes_buf(&bits, sizeof bits);
    return bits;
}

}  // namespace reweave::app
