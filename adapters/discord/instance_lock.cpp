#include "adapters/discord/instance_lock.hpp"

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cstddef>

namespace reweave::discord {

/// A name in the kernel's own namespace: it goes with the process, however that ends.
InstanceLock::InstanceLock(const std::string& application) {
    const std::string name = "reweave-discord-" + application;
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    const std::size_t size = std::min(name.size(), sizeof(address.sun_path) - 1);
    std::copy_n(name.begin(), size, &address.sun_path[1]);
    socket_ = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const auto length = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + 1 + size);
    // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): that is how bind is called
    if (socket_ >= 0 && ::bind(socket_, reinterpret_cast<const sockaddr*>(&address), length) != 0) {
        ::close(socket_);
        socket_ = -1;
    }
}

InstanceLock::~InstanceLock() {
    if (socket_ >= 0) ::close(socket_);
}

}  // namespace reweave::discord
