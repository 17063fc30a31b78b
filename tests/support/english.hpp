#pragma once
/// \file The shipped data files and language packs, for tests.

#include <fstream>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <string>

#include "bot/dialog/language.hpp"

namespace reweave::test {

/// A JSON file below data/.
inline nlohmann::json data(const std::string& path) {
    std::ifstream file(std::string(REWEAVE_SOURCE_DIR "/data/") + path);
    if (!file) throw std::runtime_error("cannot read data/" + path);
    return nlohmann::json::parse(file);
}

inline const dialog::LanguagePack& english() {
    static const dialog::LanguagePack pack = dialog::language_pack_from_json(
        data("language/en.json"), data("vocabulary/feelings.en.json"), data("vocabulary/needs.en.json"));
    return pack;
}

inline dialog::LanguagePackPtr spanish() {
    static const auto pack = std::make_shared<const dialog::LanguagePack>(dialog::language_pack_from_json(
        data("language/es.json"), data("vocabulary/feelings.es.json"), data("vocabulary/needs.es.json")));
    return pack;
}

}  // namespace reweave::test
