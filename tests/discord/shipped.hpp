#pragma once
/// \file The scripts that are shipped, as a test hands them to its bot.

#include <filesystem>
#include <fstream>
#include <sstream>

#include "tests/support/test_bot.hpp"

namespace reweave::tests {

inline Scripts shipped() {
    Scripts scripts;
    for (const auto& entry :
         std::filesystem::recursive_directory_iterator(std::string(REWEAVE_SOURCE_DIR) + "/dialogs")) {
        if (entry.path().extension() != ".script") continue;
        std::ostringstream text;
        text << std::ifstream(entry.path()).rdbuf();
        scripts[entry.path().stem().string()] = text.str();
    }
    return scripts;
}

}  // namespace reweave::tests
