#pragma once
/// \file Moves the write-ahead log into the database, on a thread and a connection of its own, off the path of a
/// commit.
///
/// Passive checkpoints never make the writer wait, but while it keeps writing they never quite catch up either, and the
/// log starts over only when one has. So when the log is long, the rest (what one commit or two added) is moved while
/// the writer is held at the gate.

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <filesystem>
#include <mutex>
#include <string>
#include <thread>

namespace reweave::store {

class Database;

struct CheckpointLimits {
    int step_pages = 500;    ///< so many new pages in the log begin a passive checkpoint; 0: no thread at all
    int reset_pages = 4000;  ///< a log longer than this is brought to its end, so that it starts over
};

struct CheckpointCounters {
    std::int64_t log_pages = 0;  ///< in the log now
    std::uint64_t passive = 0;   ///< checkpoints that held nobody up
    std::uint64_t held = 0;      ///< checkpoints that held the writer
    std::uint64_t failures = 0;  ///< the log stays, and grows, until one works
};

/// Between the writer and a checkpoint that must have the log to itself. Unlike a mutex it lets the checkpoint in next,
/// however soon the writer comes back.
class Gate {
 public:
    void enter();  ///< the writer, before a transaction
    void leave() noexcept;
    void hold();  ///< the checkpoint; waits for a transaction to end
    void release();

 private:
    std::mutex mutex_;
    std::condition_variable changed_;
    bool inside_ = false;
    bool held_ = false;
};

class Checkpointer {
 public:
    Checkpointer(const std::filesystem::path& file, const std::string& vfs, CheckpointLimits limits, Gate& gate);
    ~Checkpointer();
    Checkpointer(const Checkpointer&) = delete;
    Checkpointer& operator=(const Checkpointer&) = delete;

    /// Told by the writer after each commit. Costs a few nanoseconds.
    void log_has(int pages) noexcept;
    /// Empties the log soon, so that nothing deleted stays in it.
    void empty_log() noexcept;

    [[nodiscard]] CheckpointCounters counters() const noexcept;  ///< from any thread

 private:
    void run(Database& database);
    void checkpoint(Database& database);
    bool move(Database& database, int mode);

    const CheckpointLimits limits_;
    Gate& gate_;
    std::atomic<int> log_pages_{0};
    std::atomic<int> moved_pages_{0};
    std::atomic<bool> wanted_{false};  ///< the thread sleeps on it
    std::atomic<bool> empty_wanted_{false};
    std::atomic<bool> stop_{false};
    std::atomic<std::uint64_t> passive_{0}, held_{0}, failures_{0};
    std::thread thread_;  ///< last: everything above exists while it runs
};

}  // namespace reweave::store
