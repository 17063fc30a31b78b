/// \file Loaded before the C library (LD_PRELOAD), makes `reweave serve` sync as SQLite's synchronous=NORMAL does: at
/// checkpoints, not at commits. The server itself has no such setting, because its acknowledgements promise more.
///
/// Source: https://sqlite.org/pragma.html#pragma_synchronous, for a write-ahead log.

#include <dlfcn.h>
#include <pthread.h>

#include <array>
#include <string_view>

namespace {

/// The thread that copies the log into the database has this name.
bool at_checkpoint() {
    std::array<char, 16> name{};
    pthread_getname_np(pthread_self(), name.data(), name.size());
    return std::string_view(name.data()) == "checkpoint";
}

int sync(const char* function, int file) {
    if (!at_checkpoint()) return 0;
    return reinterpret_cast<int (*)(int)>(dlsym(RTLD_NEXT, function))(file);
}

}  // namespace

extern "C" {
[[gnu::visibility("default")]] int fsync(int file) {
    return sync("fsync", file);
}
[[gnu::visibility("default")]] int fdatasync(int file) {
    return sync("fdatasync", file);
}
}
