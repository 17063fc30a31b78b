#pragma once
/// \file Evaluating a condition over answers. A missing answer compares as false, whatever it is compared with.

#include <functional>
#include <optional>
#include <string_view>

#include "bot/dialog/language.hpp"
#include "bot/dialog/script.hpp"
#include "bot/dialog/state.hpp"

namespace reweave::dialog {

struct EvaluateContext {
    const Answers* answers = nullptr;
    const std::function<std::optional<std::string_view>(WordsRef)>* words = nullptr;  ///< typed words by id
    const LanguagePack* pack = nullptr;  ///< families of feelings and needs
};

[[nodiscard]] bool evaluate(const Expr& expr, const EvaluateContext& context);

}  // namespace reweave::dialog
