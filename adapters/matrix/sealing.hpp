#pragma once
/// \file How what is to be said becomes the event that says it: encrypted where it must be, and once, whatever the
/// homeserver has forgotten. One thread, the I/O thread.

#include "adapters/matrix/shared.hpp"

namespace reweave::matrix {

class Sealing {
 public:
    explicit Sealing(Shared& shared) : shared_(shared) {}
    Sealing(const Sealing&) = delete;
    Sealing& operator=(const Sealing&) = delete;

    void restore(const std::vector<engine::ChannelRow>& rows);
    /// After each login: what was made before the device was the one that it is may have been sent by another.
    [[nodiscard]] Awaitable<void> note_device();

    /// As Sending asks for it.
    [[nodiscard]] Awaitable<std::optional<Wire>> seal(std::string room_id,
                                                      std::string content,
                                                      std::string transaction);
    /// As Sending asks for it.
    [[nodiscard]] Awaitable<std::optional<std::string>> sent_before(std::string room,
                                                                    std::string transaction,
                                                                    std::int64_t made);
    /// Who can read a message in an encrypted room: in a room of one that one, and in that of a talk those of its
    /// people who have not left, whoever comes in meanwhile. Nothing if that cannot be known now.
    [[nodiscard]] Awaitable<std::optional<std::vector<std::string>>> readers_of(std::string room_id);

 private:
    Shared& shared_;
    std::string device_;             ///< that we are
    std::int64_t device_since_ = 0;  ///< milliseconds since 1970; 0: always
};

}  // namespace reweave::matrix
