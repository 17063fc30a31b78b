// dialogs/faults.md is the list of faults for authors; its examples are the tests of the checker.
#include <algorithm>
#include <map>
#include <set>

#include "bot/dialog/faults.hpp"
#include "tests/support/catch.hpp"
#include "tests/unit/dialog/dialog_support.hpp"
#include "tests/unit/dialog/example_page.hpp"

namespace test_faults_page {

using namespace reweave::dialog;
using namespace reweave::dialog::test;

namespace {

std::vector<Example> under(const std::vector<Example>& all, const std::string& heading, const std::string& label) {
    std::vector<Example> found;
    std::copy_if(all.begin(), all.end(), std::back_inserter(found), [&](const Example& e) {
        return e.heading == heading && e.label == label;
    });
    return found;
}

std::set<std::string> codes(const std::vector<Diagnostic>& diagnostics) {
    std::set<std::string> result;
    for (const Diagnostic& d : diagnostics) result.insert(d.code);
    return result;
}

/// Faults that cannot come alone, and what comes with them.
const std::map<Fault, Fault> kCompany{{Fault::calls_faulty, Fault::dead_end}};

}  // namespace

TEST_CASE("every fault has a bad example that shows it and nothing else, and a good one that is free of faults",
          "[dialog][faults]") {
    const std::vector<Example> page = read_examples("dialogs/faults.md");
    for (const FaultRow& row : fault_table()) {
        const std::string code = code_of(row.fault);
        const std::string heading = code + " " + std::string(row.title);
        INFO(heading);
        const std::vector<Example> bad = under(page, heading, "Bad:");
        const std::vector<Example> good = under(page, heading, "Good:");
        REQUIRE_FALSE(bad.empty());
        REQUIRE_FALSE(good.empty());

        const std::vector<Diagnostic> found = faults_in(bad);
        INFO("bad:\n" << in_words(found));
        std::set<std::string> expected{code};
        if (const auto company = kCompany.find(row.fault); company != kCompany.end())
            expected.insert(code_of(company->second));
        CHECK(codes(found) == expected);
        for (const Diagnostic& d : found) {
            if (d.code == code) REQUIRE(d.severity == row.severity);
            REQUIRE_FALSE(d.message.empty());
            REQUIRE_FALSE(d.mend.empty());
            REQUIRE(d.span.line > 0);
            REQUIRE(d.span.column > 0);
        }

        INFO("good:\n" << in_words(faults_in(good)));
        CHECK(codes(faults_in(good)).empty());
    }
}

TEST_CASE("the page of faults has no code that the compiler does not know", "[dialog][faults]") {
    std::set<std::string> known;
    for (const FaultRow& row : fault_table()) known.insert(code_of(row.fault) + " " + std::string(row.title));
    for (const Example& example : read_examples("dialogs/faults.md")) {
        INFO(example.line << ": " << example.heading);
        REQUIRE(known.contains(example.heading));
    }
}

TEST_CASE("every example of the guide for authors compiles without a fault", "[dialog][guide]") {
    const std::vector<Example> page = read_examples("dialogs/README.md");
    REQUIRE(page.size() >= 10);
    for (const Example& example : page) {
        const std::vector<Diagnostic> found = faults_in({example});
        INFO("dialogs/README.md:" << example.line << "\n" << in_words(found));
        CHECK(found.empty());
    }
}

}  // namespace test_faults_page
