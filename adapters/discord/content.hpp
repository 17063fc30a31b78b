#pragma once
/// \file From what the engine says to the bodies of Discord's messages: text with its marks, buttons, menus, forms.
///
/// Pure, from any thread.

#include <cstddef>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "adapters/common/lines.hpp"
#include "adapters/discord/interaction.hpp"

namespace reweave::discord {

constexpr std::size_t kTextCharacters = 2000;   ///< of one message (Discord: Create Message)
constexpr std::size_t kEmbedCharacters = 4000;  ///< of what stands below it; Discord takes 4096 in one, 6000 in all

/// Words that stand as they are, whatever signs of Markdown, mentions or times are in them.
[[nodiscard]] std::string escaped(std::string_view words);

/// How long Discord may find a text: in UTF-16 units, the longest of the ways to count.
[[nodiscard]] std::size_t length(std::string_view text);

struct Look {
    text::Reader reader = {};
    std::string heading = {};  ///< stands above it, Markdown
    /// Id of who said what the message's reader said: their words stand nowhere yet. Empty: they are not shown.
    std::string speaker = {};
    /// Id of who is asked where others read along; empty: nobody else reads it.
    std::string asked = {};
};

/// One message: its text, and what can be pressed below it (a JSON array; empty: nothing).
struct Page {
    std::string text;
    std::string components = {};
};

/// In the order in which they are to be sent; none if there is nothing to show. What can be pressed is below the last.
[[nodiscard]] std::vector<Page> pages_of(const engine::Message& message, const Look& look);

/// A page of the adapter's own words, Markdown.
[[nodiscard]] Page page_of(std::string_view text);

/// What stands in every body of ours: nobody is rung, no address is unfolded.
[[nodiscard]] nlohmann::json body_of(const Page& page);
/// All of the pages in one body: where only one can be sent that is sure to be there once. Nothing of them is left out
/// if there are not more than `kTextCharacters` and `kEmbedCharacters` in them.
[[nodiscard]] nlohmann::json body_of(const std::vector<Page>& pages);

// Discord: Button Styles.
inline constexpr int kBlue = 1, kGrey = 2, kGreen = 3, kRed = 4, kLink = 5;

[[nodiscard]] nlohmann::json button(const Mark& mark, std::string_view label, int style = kGrey);
[[nodiscard]] nlohmann::json link_button(std::string_view address, std::string_view label);
[[nodiscard]] nlohmann::json row(nlohmann::json buttons);

/// The form in which `ask` is answered. `shared`: others read what is written.
[[nodiscard]] nlohmann::json form_for(const std::string& ask, bool shared, std::string_view language);
/// The field of that form.
inline constexpr std::string_view kWordsField = "words";

/// The menus of a message after somebody has chosen `values` in the one that is called `custom_id`: it shows what is
/// chosen.
[[nodiscard]] nlohmann::json with_chosen(const nlohmann::json& components,
                                         const std::string& custom_id,
                                         const std::vector<std::string>& values);
/// Everything that the menus of a message show as chosen.
[[nodiscard]] std::vector<std::string> chosen_in(const nlohmann::json& components);
/// Their custom ids in order, a line each: two questions with the same words do not share them.
[[nodiscard]] std::string ids_in(const nlohmann::json& components);

/// The same, and nothing can be pressed any more; what was picked is marked.
[[nodiscard]] nlohmann::json pressed(const nlohmann::json& components, const std::string& custom_id);

}  // namespace reweave::discord
