#pragma once
/// \file A file layer for SQLite whose Nth change of a file fails: for showing that a store survives it.

#include <string>

namespace reweave::test {

/// While it lives, the SQLite VFS "fault" exists. One at a time.
class FaultVfs {
 public:
    static constexpr const char* kName = "fault";

    FaultVfs();
    ~FaultVfs();
    FaultVfs(const FaultVfs&) = delete;
    FaultVfs& operator=(const FaultVfs&) = delete;

    /// The `nth` write, sync, truncation, deletion or creation from now on fails with SQLite's `code`; if `lasting`,
    /// every later one too.
    void arm(int nth, int code, bool lasting);
    void disarm();
    [[nodiscard]] bool fired() const;
};

}  // namespace reweave::test
