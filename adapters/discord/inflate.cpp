#include "adapters/discord/inflate.hpp"

#include <zlib.h>

#include <algorithm>
#include <array>
#include <new>

namespace reweave::discord {
namespace {

constexpr std::string_view kEnd("\x00\x00\xFF\xFF", 4);  ///< of a flush: a message is whole

}  // namespace

struct Inflate::Stream {
    Stream() {
        if (inflateInit(&z) != Z_OK) throw std::bad_alloc();
    }
    ~Stream() { inflateEnd(&z); }
    Stream(const Stream&) = delete;
    Stream& operator=(const Stream&) = delete;

    z_stream z{};
};

Inflate::Inflate(std::size_t limit) : stream_(std::make_unique<Stream>()), limit_(limit) {}
Inflate::~Inflate() = default;

Inflate::Fed Inflate::feed(std::string_view bytes, std::string& message) {
    broken_ = broken_ || pending_.size() + bytes.size() > limit_;
    if (broken_) return Fed::broken;
    pending_ += bytes;
    if (!std::string_view(pending_).ends_with(kEnd)) return Fed::incomplete;

    message.clear();
    z_stream& z = stream_->z;
    z.next_in = reinterpret_cast<Bytef*>(pending_.data());
    z.avail_in = static_cast<uInt>(pending_.size());
    std::array<char, 32 * 1024> piece;
    do {
        z.next_out = reinterpret_cast<Bytef*>(piece.data());
        z.avail_out = static_cast<uInt>(piece.size());
        const int result = inflate(&z, Z_SYNC_FLUSH);
        const std::size_t made = piece.size() - z.avail_out;
        // Z_BUF_ERROR: all was read, and what was made filled the last piece to the brim.
        broken_ = (result != Z_OK && result != Z_BUF_ERROR) || message.size() + made > limit_;
        if (!broken_) message.append(piece.data(), made);
    } while (!broken_ && z.avail_out == 0);
    offset_ += pending_.size() - z.avail_in;
    pending_.clear();
    if (pending_.capacity() > 64 * 1024) pending_.shrink_to_fit();
    return broken_ ? Fed::broken : Fed::message;
}

}  // namespace reweave::discord
