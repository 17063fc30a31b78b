#include <sys/stat.h>

#include <filesystem>
#include <fstream>

#include "adapters/matrix/account.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/test_bot.hpp"

namespace test_account {

using namespace reweave::matrix;
using reweave::tests::TemporaryFolder;
namespace fs = std::filesystem;

namespace {

Account account() {
    return {"@reweave:example.org",
            "DEVICE",
            "token",
            "refresh",
            1'795'946'400'000,
            "https://auth",
            "client",
            "words",
            "key"};
}

void write(const fs::path& file, const std::string& text, mode_t mode = 0600) {
    std::ofstream(file) << text;
    fs::permissions(file, static_cast<fs::perms>(mode));
}

mode_t mode_of(const fs::path& file) {
    struct stat info {};
    REQUIRE(::stat(file.c_str(), &info) == 0);
    return info.st_mode & 0777U;
}

std::string fault_of(const fs::path& file) {
    try {
        (void)load_account(file);
    } catch (const std::runtime_error& why) {
        return why.what();
    }
    return {};
}

bool holds(const std::string& text, const std::string& part) {
    return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("an account is read as it was written, by its owner only", "[matrix][account]") {
    const TemporaryFolder folder;
    const fs::path file = folder.path() / "account.json";
    CHECK_FALSE(load_account(file));
    save_account(file, account());
    CHECK(load_account(file) == account());
    CHECK(mode_of(file) == 0600);
    Account least;
    least.user_id = "@a:b";
    least.device_id = "D";
    least.access_token = "t";
    save_account(file, least);
    CHECK(load_account(file) == least);
}

TEST_CASE("an account takes the place of the one before whole, whatever lay about", "[matrix][account]") {
    const TemporaryFolder folder;
    const fs::path file = folder.path() / "account.json";
    write(file.string() + ".new", "left by a crash", 0666);
    save_account(file, account());
    CHECK(load_account(file) == account());
    CHECK(mode_of(file) == 0600);
    CHECK_FALSE(fs::exists(file.string() + ".new"));

    // What cannot be written leaves the one before as it was.
    fs::create_directory(file.string() + ".new");
    Account other = account();
    other.access_token = "other";
    CHECK_THROWS_AS(save_account(file, other), std::runtime_error);
    CHECK(load_account(file) == account());
}

TEST_CASE("a file that others may read is refused with the way to mend it", "[matrix][account]") {
    const TemporaryFolder folder;
    const fs::path file = folder.path() / "account.json";
    save_account(file, account());
    for (const mode_t mode : {0640U, 0604U, 0620U}) {
        fs::permissions(file, static_cast<fs::perms>(mode));
        CHECK(holds(fault_of(file), "chmod 600 " + file.string()));
    }
}

TEST_CASE("a file that is no account says what to do, and nothing of what stands in it", "[matrix][account]") {
    const TemporaryFolder folder;
    const fs::path file = folder.path() / "account.json";
    for (const char* text : {"",
                             "[]",
                             "{\"access_token\": \"secret",
                             "{}",
                             R"({"access_token":"secret"})",
                             R"({"user_id":7,"device_id":"D","access_token":"secret"})"}) {
        write(file, text);
        INFO(text);
        CHECK(holds(fault_of(file), file.string()));
        CHECK(holds(fault_of(file), "log"));
        CHECK_FALSE(holds(fault_of(file), "secret"));
    }
    write(folder.path() / "file", "");
    CHECK(holds(fault_of(folder.path() / "file" / "x"), "cannot be read"));
}

}  // namespace test_account
