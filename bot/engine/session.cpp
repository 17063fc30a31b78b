#include "bot/engine/session.hpp"

namespace reweave::engine {

dialog::State* Session::place() {
    if (!focus) return nullptr;
    if (!focus->together) return &focus->state;
    const int lane = focus->together->lane_of(person.id);
    return lane < 0 ? nullptr : &focus->together->lane(lane).state;
}

Session* Sessions::get(PersonId id) {
    if (const auto it = entries_.find(id.value); it != entries_.end()) {
        by_use_.splice(by_use_.begin(), by_use_, it->second);
        return &it->second->second;
    }
    auto person = store_.person(id);
    if (!person) return nullptr;
    Session session{std::move(*person), store_.hot(id), nullptr, false, {}};
    if (session.hot.focus) session.focus = conversations_.get(session.hot.focus);
    if (entries_.size() >= capacity_) {
        entries_.erase(by_use_.back().first);
        by_use_.pop_back();
    }
    by_use_.emplace_front(id.value, std::move(session));
    entries_[id.value] = by_use_.begin();
    return &by_use_.front().second;
}

void Sessions::forget(PersonId id) {
    if (const auto it = entries_.find(id.value); it != entries_.end()) {
        by_use_.erase(it->second);
        entries_.erase(it);
    }
}

void Sessions::clear() {
    entries_.clear();
    by_use_.clear();
}

}  // namespace reweave::engine
