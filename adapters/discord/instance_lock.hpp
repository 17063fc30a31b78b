#pragma once
/// \file Keeps a second copy of the bot on this machine from being on Discord with the same token: each would answer
/// what the other has answered, and use up its sessions.

#include <string>

namespace reweave::discord {

class InstanceLock {
 public:
    /// \param application id of the bot's application
    explicit InstanceLock(const std::string& application);
    ~InstanceLock();
    InstanceLock(const InstanceLock&) = delete;
    InstanceLock& operator=(const InstanceLock&) = delete;

    /// False: another copy has it.
    [[nodiscard]] bool held() const { return socket_ >= 0; }

 private:
    int socket_ = -1;
};

}  // namespace reweave::discord
