#pragma once
/// \file The messages in a zlib-stream of Discord's gateway. Pure; one for each connection.

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

namespace reweave::discord {

class Inflate {
 public:
    /// \param limit bytes of a message, and of what it is made from
    explicit Inflate(std::size_t limit);
    ~Inflate();
    Inflate(const Inflate&) = delete;
    Inflate& operator=(const Inflate&) = delete;

    enum class Fed { incomplete, message, broken };
    /// Takes the next bytes. `message`: it is whole, and in `message`. `broken`: it is no zlib-stream, or over the
    /// limit; nothing more can be read.
    [[nodiscard]] Fed feed(std::string_view bytes, std::string& message);

    /// Bytes of the stream that were read, for reports.
    [[nodiscard]] std::size_t offset() const { return offset_; }

 private:
    struct Stream;
    std::unique_ptr<Stream> stream_;
    std::size_t limit_;
    std::size_t offset_ = 0;
    std::string pending_;
    bool broken_ = false;
};

}  // namespace reweave::discord
