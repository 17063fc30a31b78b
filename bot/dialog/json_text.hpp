#pragma once
/// \file Writing JSON straight into a string, where building a document of it first would cost several times as much.

#include <cstdint>
#include <string>
#include <string_view>

namespace reweave::dialog {

/// With its quotes. What is not well-formed UTF-8 becomes U+FFFD.
void append_json_string(std::string& out, std::string_view text);

void append_json_number(std::string& out, std::int64_t number);

}  // namespace reweave::dialog
