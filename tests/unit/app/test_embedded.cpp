#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "bot/app/embedded.hpp"
#include "tests/support/catch.hpp"

namespace test_embedded {

using reweave::app::embedded_files;

namespace {

std::string content_of(const std::filesystem::path& file) {
    std::ifstream in(file, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
}

}  // namespace

TEST_CASE("the binary carries the scripts byte for byte, in the order of their paths", "[app][embedded]") {
    std::vector<std::string> on_disk;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(REWEAVE_SOURCE_DIR "/dialogs")) {
        if (entry.path().extension() == ".script") {
            on_disk.push_back(std::filesystem::relative(entry.path(), REWEAVE_SOURCE_DIR).string());
        }
    }
    std::ranges::sort(on_disk);
    std::vector<std::string> embedded;
    for (const auto& file : embedded_files()) {
        if (!file.path.ends_with(".script")) continue;
        embedded.emplace_back(file.path);
        CAPTURE(file.path);
        REQUIRE(file.bytes == content_of(std::filesystem::path(REWEAVE_SOURCE_DIR) / file.path));
    }
    REQUIRE(embedded == on_disk);
    REQUIRE(std::ranges::is_sorted(embedded_files(), {}, [](const auto& file) { return file.path; }));
}

}  // namespace test_embedded
