#include "bot/dialog/relabel.hpp"

#include <algorithm>

#include "bot/dialog/reads.hpp"

namespace reweave::dialog {
namespace {

const std::string* label_in(const std::vector<Family>& families, std::string_view id) {
    for (const Family& family : families) {
        for (const Term& term : family.terms) {
            if (term.id == id) return &term.label;
        }
    }
    return nullptr;
}

const std::string* label_in(const Ask& ask, std::string_view id, const LanguagePack* pack) {
    if (pack && ask.kind == AskKind::feelings) return label_in(pack->feelings, id);
    if (pack && ask.kind == AskKind::needs) return label_in(pack->needs, id);
    const auto it = std::find_if(ask.choices.begin(), ask.choices.end(), [&](const Choice& c) { return c.id == id; });
    return it == ask.choices.end() ? nullptr : &it->label;
}

}  // namespace

Answer relabelled(Answer answer, std::string_view name, const Script& script, const LanguagePack* pack) {
    auto* picked = std::get_if<Picked>(&answer);
    auto* many = std::get_if<PickedMany>(&answer);
    if (!picked && !many) return answer;
    const auto relabel = [&](Picked& item) {
        const std::string* other = nullptr;
        bool same = false;
        for (const Step& step : script.steps) {
            for_each_node(step.body, [&](const Node& node) {
                const auto* ask = std::get_if<Ask>(&node.what);
                const std::string* label = ask && ask->name == name ? label_in(*ask, item.id, pack) : nullptr;
                if (!label) return;
                if (*label == item.label) same = true;
                other = label;
            });
        }
        if (other && !same) item.label = *other;
    };
    if (picked) relabel(*picked);
    if (many) std::for_each(many->items.begin(), many->items.end(), relabel);
    return answer;
}

}  // namespace reweave::dialog
