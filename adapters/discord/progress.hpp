#pragma once
/// \file How far events have been taken, when several are worked on at once: up to the first that is not done. Pure.

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <utility>

namespace reweave::discord {

class Progress {
 public:
    using Ticket = std::uint64_t;

    /// One more event; `cursor` is the place behind it.
    Ticket begin(std::string cursor) {
        open_.push_back({std::move(cursor), false});
        return first_ + open_.size() - 1;
    }
    /// What may be stored with it: its own place, if all before it are done.
    [[nodiscard]] std::optional<std::string> cursor(Ticket ticket) const {
        if (ticket != first_ || open_.empty()) return std::nullopt;
        return open_.front().cursor;
    }
    void done(Ticket ticket) {
        open_[ticket - first_].done = true;
        while (!open_.empty() && open_.front().done) {
            reached_ = std::move(open_.front().cursor);
            open_.pop_front();
            ++first_;
        }
    }
    /// The place behind the last event before which all are done; nothing if it was asked for since it moved.
    [[nodiscard]] std::optional<std::string> reached() { return std::exchange(reached_, std::nullopt); }
    [[nodiscard]] std::size_t open() const { return open_.size(); }

 private:
    struct Step {
        std::string cursor;
        bool done = false;
    };
    std::deque<Step> open_;
    Ticket first_ = 0;
    std::optional<std::string> reached_;
};

}  // namespace reweave::discord
