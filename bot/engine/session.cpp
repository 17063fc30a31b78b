#include "bot/engine/session.hpp"

#include <nlohmann/json.hpp>

namespace reweave::engine {

Session* Sessions::get(PersonId id) {
    if (const auto it = entries_.find(id.value); it != entries_.end()) {
        by_use_.splice(by_use_.begin(), by_use_, it->second);
        return &it->second->second;
    }
    auto person = store_.person(id);
    if (!person) return nullptr;
    Session session{std::move(*person), store_.hot(id), std::nullopt, {}, false, {}};
    if (session.hot.focus) {
        session.focus = store_.conversation(session.hot.focus);
        if (session.focus) session.state = dialog::state_from_json(nlohmann::json::parse(session.focus->state));
    }
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
