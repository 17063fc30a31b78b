#pragma once
/// \file The top of a script (`# Title`, `About: …`) and its outline: which steps and answers there are.

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "bot/dialog/faults.hpp"
#include "bot/dialog/names.hpp"
#include "bot/dialog/statement.hpp"

namespace reweave::dialog {

struct Header {
    std::size_t lines = 0;  ///< statements before the first step
};

/// Reads all above the first heading into `script`.
[[nodiscard]] Header read_header(const std::vector<Statement>& statements, Script& script, Faults& faults);

/// Finds steps by what authors write: the heading, or the id.
class Outline {
 public:
    void add(std::string_view title, std::string_view id);
    [[nodiscard]] std::optional<std::string> find(std::string_view title_or_id) const;
    [[nodiscard]] const std::vector<std::string>& titles() const { return titles_; }

 private:
    std::map<std::string, std::string, std::less<>> ids_;  ///< folded heading or id -> id
    std::vector<std::string> titles_;
};

/// The title and id of a heading; the id is empty if none can be made of its words.
struct Heading {
    std::string title;
    std::string id;
};
[[nodiscard]] Heading read_heading(Slice body);

/// The name that an ASK line gives its answer; empty for a question without a name.
[[nodiscard]] Slice ask_name(Slice body);

/// Lower-case letters, digits and single hyphens.
[[nodiscard]] bool is_kebab(std::string_view id);

}  // namespace reweave::dialog
