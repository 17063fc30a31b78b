#pragma once
/// \file The words by which a person may choose: no two choices may share one, and some always belong to the bot.

#include <map>
#include <string>

#include "bot/dialog/faults.hpp"
#include "bot/dialog/language.hpp"
#include "bot/dialog/source.hpp"

namespace reweave::dialog {

/// The phrases of one question.
class Collisions {
 public:
    Collisions(const LanguagePack& pack, Faults& faults) : pack_(pack), faults_(faults) {}

    void clear() { seen_.clear(); }
    /// A label or ALSO phrase that means `owner` (a choice's number, a scale's value).
    void add(Slice phrase, std::int64_t owner);

 private:
    struct Seen {
        std::int64_t owner = 0;
        Span span;
    };
    const LanguagePack& pack_;
    Faults& faults_;
    std::map<std::string, Seen> seen_;
};

}  // namespace reweave::dialog
