#include "adapters/discord/components.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>
#include <utility>
#include <vector>

#include "adapters/common/fields.hpp"
#include "adapters/common/safe_text.hpp"
#include "adapters/common/wording.hpp"
#include "adapters/discord/content.hpp"

namespace reweave::discord {
namespace {

using dialog::RenderedChoice;
using dialog::RenderedQuestion;
using nlohmann::json;

// Discord: Component Reference.
constexpr int kRow = 1, kButton = 2, kMenu = 3, kTextInput = 4, kLabel = 18;
constexpr std::size_t kButtonsInRow = 5, kRows = 5, kOptions = 25;
constexpr std::size_t kButtonLabel = 80, kOptionLabel = 100, kFormTitle = 45, kFormWords = 4000;
constexpr std::size_t kMostButtons = (kRows - 1) * kButtonsInRow;  ///< a row is kept for skipping

using QuestionKind = RenderedQuestion::Kind;
constexpr char kSame = '~';  ///< in no id of a choice

/// As much of it as fits, ending in "…" if that is not all.
std::string fitting(std::string_view text, std::size_t limit) {
    std::string out = text::safe_text(text);
    std::replace(out.begin(), out.end(), '\n', ' ');
    if (length(out) <= limit) return out.empty() ? std::string("…") : out;
    while (length(out) >= limit) {
        do out.pop_back();
        while (!out.empty() && (static_cast<unsigned char>(out.back()) & 0x80U) != 0 && length(out) >= limit);
    }
    out.resize(text::cut_bytes(out, out.size()).size());
    return out + "…";
}

bool has_room(const Mark& mark) {
    return to_text(mark).size() <= kCustomIdCharacters;
}

std::vector<RenderedChoice> choices_of(const RenderedQuestion& ask) {
    std::vector<RenderedChoice> all;
    if (ask.kind == QuestionKind::scale) {
        for (std::int64_t n = ask.from; n <= ask.to; ++n) {
            all.push_back({std::to_string(n), std::to_string(n)});
            if (all.size() > kOptions) break;
        }
    }
    all.insert(all.end(), ask.choices.begin(), ask.choices.end());
    return all;
}

bool is_pressed(QuestionKind kind) {
    return kind == QuestionKind::choice || kind == QuestionKind::done || kind == QuestionKind::scale;
}

bool fits_buttons(const RenderedQuestion& ask, const std::string& ask_id) {
    const auto all = choices_of(ask);
    return is_pressed(ask.kind) && ask.max <= 1 && all.size() <= kMostButtons &&
           std::all_of(all.begin(), all.end(), [&](const RenderedChoice& choice) {
               return has_room({Mark::Kind::pick, ask_id, choice.id});
           });
}

bool fits_menu(const RenderedQuestion& ask) {
    const auto all = choices_of(ask);
    return is_pressed(ask.kind) && !all.empty() && all.size() <= kOptions &&
           std::all_of(all.begin(), all.end(), [](const RenderedChoice& c) { return c.id.size() <= kOptionLabel; });
}

json option(const RenderedChoice& choice, const std::string& family) {
    json out = {{"label", fitting(choice.label, kOptionLabel)}, {"value", choice.id}};
    if (!family.empty()) out["description"] = fitting(family, kOptionLabel);
    return out;
}

json menu(const Mark& mark, json options, int most, std::string_view placeholder) {
    const int all = static_cast<int>(options.size());
    return {{"type", kMenu},
            {"custom_id", to_text(mark)},
            {"min_values", 1},
            {"max_values", std::clamp(most, 1, all)},
            {"placeholder", fitting(placeholder, kOptionLabel)},
            {"options", std::move(options)}};
}

/// Rows of menus in which the families stand one after the other; none if they do not fit.
json menus_of_families(const RenderedQuestion& ask, const std::string& ask_id) {
    json rows = json::array();
    json options = json::array();
    std::string names;
    const auto close = [&] {
        if (options.empty()) return;
        const Mark mark{Mark::Kind::choose, ask_id, std::to_string(rows.size())};
        json one = menu(mark, std::exchange(options, json::array()), ask.max, std::exchange(names, {}));
        one["min_values"] = 0;
        json inner = json::array();
        inner.push_back(std::move(one));
        rows.push_back(row(std::move(inner)));
    };
    for (const dialog::RenderedGroup& group : ask.groups) {
        if (options.size() + group.choices.size() > kOptions) close();
        names += (names.empty() ? "" : ", ") + group.label;
        for (const RenderedChoice& choice : group.choices) {
            if (options.size() == kOptions) close();
            options.push_back(option(choice, group.label));
        }
    }
    close();
    return rows.size() < kRows ? rows : json::array();
}

json rows_of(const std::vector<json>& buttons) {
    json rows = json::array();
    for (std::size_t i = 0; i < buttons.size(); i += kButtonsInRow) {
        json inner = json::array();
        for (std::size_t n = i; n < std::min(buttons.size(), i + kButtonsInRow); ++n) inner.push_back(buttons[n]);
        rows.push_back(row(std::move(inner)));
    }
    return rows;
}

}  // namespace

bool shows_labels(const RenderedQuestion& ask) {
    return is_pressed(ask.kind) && ask.choices.size() <= kOptions &&
           std::all_of(ask.choices.begin(), ask.choices.end(), [](const RenderedChoice& choice) {
               return length(choice.label) <= kButtonLabel;
           });
}

json components_for(const RenderedQuestion& ask, const std::string& ask_id, std::string_view language) {
    const text::Wording& words = text::wording(language);
    json rows = json::array();
    json last = json::array();
    if (fits_buttons(ask, ask_id)) {
        std::vector<json> buttons;
        std::set<std::string> ids;
        for (const RenderedChoice& choice : choices_of(ask)) {
            // A word beside a scale means one of its numbers, and Discord wants each button to be another one.
            std::string id = choice.id;
            if (!ids.insert(id).second) id += kSame + std::to_string(buttons.size());
            buttons.push_back(button({Mark::Kind::pick, ask_id, id}, choice.label, kBlue));
        }
        rows = rows_of(buttons);
    } else if (fits_menu(ask)) {
        json options = json::array();
        for (const RenderedChoice& choice : choices_of(ask)) options.push_back(option(choice, {}));
        json inner = json::array();
        inner.push_back(menu({Mark::Kind::pick, ask_id, {}}, std::move(options), ask.max, words.choose));
        rows.push_back(row(std::move(inner)));
    } else if (!ask.groups.empty()) {
        rows = menus_of_families(ask, ask_id);
        if (!rows.empty()) last.push_back(button({Mark::Kind::chosen, ask_id, {}}, words.that_is_it, kBlue));
    }
    if (rows.empty()) last.push_back(button({Mark::Kind::write, ask_id, {}}, words.write, kBlue));
    if (ask.kind != QuestionKind::done) last.push_back(button({Mark::Kind::skip, ask_id, {}}, words.skip, kGrey));
    if (!last.empty()) rows.push_back(row(std::move(last)));
    return rows;
}

std::string pick_of(const Mark& mark) {
    return mark.rest.substr(0, mark.rest.find(kSame));
}

json button(const Mark& mark, std::string_view label, int style) {
    return {{"type", kButton}, {"style", style}, {"label", fitting(label, kButtonLabel)}, {"custom_id", to_text(mark)}};
}

json link_button(std::string_view address, std::string_view label) {
    return {{"type", kButton}, {"style", kLink}, {"label", fitting(label, kButtonLabel)}, {"url", address}};
}

json row(json buttons) {
    return {{"type", kRow}, {"components", std::move(buttons)}};
}

json form_for(const std::string& ask, bool shared, std::string_view language) {
    const text::Wording& words = text::wording(language);
    json input = {{"type", kTextInput},
                  {"custom_id", kWordsField},
                  {"style", 2},
                  {"required", true},
                  {"min_length", 1},
                  {"max_length", kFormWords}};
    json label = {{"type", kLabel}, {"label", fitting(words.answer, kFormTitle)}, {"component", std::move(input)}};
    json parts = json::array();
    parts.push_back(std::move(label));
    const Mark mark{Mark::Kind::write, ask, {}};
    return {{"custom_id", to_text(mark)},
            {"title", fitting(shared ? words.all_read : words.only_you, kFormTitle)},
            {"components", std::move(parts)}};
}

json with_chosen(const json& components, const std::string& custom_id, const std::vector<std::string>& values) {
    json out = components.is_array() ? components : json::array();
    for (json& one_row : out) {
        if (!one_row.is_object() || !one_row.contains("components") || !one_row["components"].is_array()) continue;
        for (json& part : one_row["components"]) {
            if (text_at(part, "custom_id") != custom_id || !part.contains("options")) continue;
            for (json& one : part["options"])
                one["default"] = std::find(values.begin(), values.end(), text_at(one, "value")) != values.end();
        }
    }
    return out;
}

std::vector<std::string> chosen_in(const json& components) {
    std::vector<std::string> chosen;
    if (!components.is_array()) return chosen;
    for (const json& one_row : components) {
        for (const json& part : list_at(one_row, "components")) {
            for (const json& one : list_at(part, "options")) {
                if (flag_at(one, "default")) chosen.push_back(text_at(one, "value"));
            }
        }
    }
    return chosen;
}

json pressed(const json& components, const std::string& custom_id) {
    json out = components.is_array() ? components : json::array();
    for (json& one_row : out) {
        if (!one_row.is_object() || !one_row.contains("components") || !one_row["components"].is_array()) continue;
        for (json& part : one_row["components"]) {
            if (!part.is_object()) continue;
            part["disabled"] = true;
            if (text_at(part, "custom_id") == custom_id && part.contains("style")) part["style"] = kGreen;
        }
    }
    return out;
}

std::string ids_in(const json& components) {
    std::string ids;
    if (!components.is_array()) return ids;
    for (const json& one_row : components) {
        for (const json& part : list_at(one_row, "components")) ids += text_at(part, "custom_id") + "\n";
    }
    return ids;
}

}  // namespace reweave::discord
