#include "bot/engine/marks.hpp"

#include <algorithm>

#include "bot/engine/event_body.hpp"

namespace reweave::engine {
namespace {

constexpr int kNewest = 200;  ///< turns among which one is that was sent again: a device has few messages on the way

auto mark_of(const Hot& hot, IdentityId identity) {
    return std::find_if(
        hot.marks.begin(), hot.marks.end(), [&](const Hot::Mark& mark) { return mark.identity == identity; });
}

}  // namespace

bool rises(const Hot& hot, IdentityId identity, std::int64_t number) {
    const auto mark = mark_of(hot, identity);
    return mark == hot.marks.end() || number > mark->last;
}

bool was_taken(Store& store, const Hot& hot, IdentityId identity, std::int64_t number) {
    if (mark_of(hot, identity)->last == number) return true;
    EventId id = hot.last_event;
    for (int turns = 0; id && turns < kNewest; ++turns) {
        const auto record = store.event(id);
        if (!record) break;
        if (began_with(record->body, identity, number)) return true;
        id = record->prev;
    }
    return false;
}

void use_mark(Hot& hot, IdentityId identity, std::int64_t number) {
    Hot::Mark mark{identity, number};
    if (const auto old = mark_of(hot, identity); old != hot.marks.end()) {
        mark.last = std::max(old->last, number);
        if (old == hot.marks.begin()) {
            hot.marks.front() = mark;
            return;
        }
        hot.marks.erase(old);
    }
    hot.marks.insert(hot.marks.begin(), mark);
}

bool has_answered(const Hot& hot) {
    return hot.last_words.id != 0 ||
           std::any_of(hot.marks.begin(), hot.marks.end(), [](const Hot::Mark& mark) { return mark.last > 0; });
}

}  // namespace reweave::engine
