#pragma once
/// \file What help lines are about (safety brief, section 14).

#include <array>
#include <string_view>

namespace reweave::dialog {

inline constexpr std::array<std::string_view, 16> kHelpTopics{"suicide",
                                                              "emotional",
                                                              "ipv",
                                                              "sexual-violence",
                                                              "child",
                                                              "youth",
                                                              "parent",
                                                              "harm-doer",
                                                              "men",
                                                              "lgbtq",
                                                              "elder",
                                                              "substance",
                                                              "stalking",
                                                              "victim",
                                                              "legal",
                                                              "medical"};

}  // namespace reweave::dialog
