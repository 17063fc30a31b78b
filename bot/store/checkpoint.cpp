#include "bot/store/checkpoint.hpp"

#include <pthread.h>
#include <sqlite3.h>

#include <memory>

#include "bot/store/sqlite.hpp"

namespace reweave::store {

void Gate::enter() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return !held_; });
    inside_ = true;
}

void Gate::leave() noexcept {
    const std::lock_guard lock(mutex_);
    inside_ = false;
    if (held_) changed_.notify_all();
}

void Gate::hold() {
    std::unique_lock lock(mutex_);
    held_ = true;
    changed_.wait(lock, [this] { return !inside_; });
}

void Gate::release() {
    const std::lock_guard lock(mutex_);
    held_ = false;
    changed_.notify_all();
}

Checkpointer::Checkpointer(const std::filesystem::path& file,
                           const std::string& vfs,
                           CheckpointLimits limits,
                           Gate& gate)
    : limits_(limits), gate_(gate) {
    if (limits_.step_pages == 0) return;
    auto database = std::make_unique<Database>(file, Database::Mode::write, vfs);
    // A connection that has read nothing yet does not know that there is a log, and its checkpoints do nothing.
    (void)database->number("SELECT count(*) FROM sqlite_schema");
    // A reader in the way (a back-up) is no reason to wait while the gate is closed: the next commits ask again.
    sqlite3_busy_timeout(database->handle(), 0);
    thread_ = std::thread([this, own = std::move(database)] {
        pthread_setname_np(pthread_self(), "checkpoint");
        run(*own);
    });
}

Checkpointer::~Checkpointer() {
    stop_ = true;
    wanted_ = true;
    wanted_.notify_one();
    if (thread_.joinable()) thread_.join();
}

void Checkpointer::log_has(int pages) noexcept {
    log_pages_.store(pages, std::memory_order_relaxed);
    if (pages < moved_pages_.load(std::memory_order_relaxed)) moved_pages_ = 0;  // it started over
    const bool due = pages - moved_pages_.load(std::memory_order_relaxed) >= limits_.step_pages;
    if (!due && !empty_wanted_.load(std::memory_order_relaxed)) return;
    if (!wanted_.exchange(true)) wanted_.notify_one();
}

void Checkpointer::empty_log() noexcept {
    empty_wanted_ = true;
    wanted_ = true;
    wanted_.notify_one();
}

CheckpointCounters Checkpointer::counters() const noexcept {
    return {log_pages_, passive_, held_, failures_};
}

void Checkpointer::run(Database& database) {
    for (;;) {
        wanted_.wait(false);
        wanted_ = false;
        if (stop_) return;  // closing the last connection moves what is left
        checkpoint(database);
    }
}

void Checkpointer::checkpoint(Database& database) {
    if (!move(database, SQLITE_CHECKPOINT_PASSIVE)) return;
    ++passive_;
    const bool empty = empty_wanted_.exchange(false);
    if (!empty && log_pages_ <= limits_.reset_pages) return;

    // The first one may have taken long, and the log has grown meanwhile: leave as little as possible for the held one.
    move(database, SQLITE_CHECKPOINT_PASSIVE);
    gate_.hold();
    const bool done = move(database, empty ? SQLITE_CHECKPOINT_TRUNCATE : SQLITE_CHECKPOINT_PASSIVE);
    gate_.release();
    if (done) ++held_;
    if (!done && empty) empty_wanted_ = true;  // again after the next commit
}

bool Checkpointer::move(Database& database, int mode) {
    int in_log = 0;
    int moved = 0;
    const int code = sqlite3_wal_checkpoint_v2(database.handle(), nullptr, mode, &in_log, &moved);
    if (code == SQLITE_OK) {
        moved_pages_ = moved;
        return true;
    }
    if ((code & 0xff) != SQLITE_BUSY) ++failures_;
    return false;
}

}  // namespace reweave::store
