#pragma once
/// \file Looks at a typed text for signs of danger, before it is stored or shown to anyone.
///
/// Pure, deterministic, versioned. Never throws on any text. Rules come from data/rules/LANG.json.

#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace reweave::safety {

/// Values are stored; do not renumber. (safety brief, section 2)
enum class Category {
    self_harm,
    harm_others,
    ipv,
    stalking,
    child_abuse,
    sexual_violence,
    intoxication,
    medical,
    minor,
    other_harm
};
enum class Tier { none = 0, note = 3, check = 2, stop = 1 };

[[nodiscard]] std::string_view name(Category category);

struct Finding {
    Category category = Category::self_harm;
    Tier tier = Tier::none;
    std::string rule;  ///< id; never shown to people
};

struct Findings {
    std::vector<Finding> items;                    ///< gravest first
    [[nodiscard]] Tier tier() const;               ///< the gravest; none if empty
    [[nodiscard]] const Finding* gravest() const;  ///< null if empty
};

class Rules;
using RulesPtr = std::shared_ptr<const Rules>;

/// \throws std::invalid_argument naming the rule that is wrong.
[[nodiscard]] RulesPtr rules_from_json(const std::vector<nlohmann::json>& packs);

struct ScreenContext {
    bool answers_safety_question = false;  ///< may raise a tier, never lower one
};

[[nodiscard]] Findings screen(std::string_view text, const Rules& rules, const ScreenContext& context = {});

}  // namespace reweave::safety
