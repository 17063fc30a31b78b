#include <nlohmann/json.hpp>

#include "bot/dialog/diagnostic.hpp"
#include "tests/support/catch.hpp"

namespace test_diagnostic {

using namespace reweave::dialog;

namespace {

const std::string kSource = "\xEF\xBB\xBF# T\r\n\té GO TO: Nowhere, 100%\r\n## A\r\n";

Diagnostic sample() {
    Diagnostic d;
    d.code = "R068";
    d.path = "dialogs/a,b.script";
    d.span = Span{2, 11, 7};
    d.message = "There is no step “Nowhere”: 100%.";
    d.mend = "Write a heading.";
    d.note = Diagnostic::Note{Span{3, 1, 4}, "a step is here"};
    return d;
}

}  // namespace

TEST_CASE("a fault in the terminal shows the line, a caret under the place, the note and the mend",
          "[dialog][diagnostic]") {
    REQUIRE(render_terminal(sample(), kSource, false) ==
            "dialogs/a,b.script:2:11: error R068: There is no step “Nowhere”: 100%.\n"
            " 2 | \té GO TO: Nowhere, 100%\n"
            "   | \t         ^^^^^^^\n"
            "  note: a step is here\n"
            " 3 | ## A\n"
            "   | ^^^^\n"
            "  mend: Write a heading.\n");
    REQUIRE(render_terminal(sample(), kSource, true).find("\033[1;31merror R068:\033[0m") != std::string::npos);
}

TEST_CASE("a fault whose line is not there any more is shown without a crash", "[dialog][diagnostic]") {
    REQUIRE(render_terminal(sample(), "", false).find(" 2 | \n   | ^^^^^^^\n") != std::string::npos);
}

TEST_CASE("a fault as JSON has everything a tool needs", "[dialog][diagnostic]") {
    const nlohmann::json json = render_json(sample());
    REQUIRE(json["code"] == "R068");
    REQUIRE(json["severity"] == "error");
    REQUIRE(json["path"] == "dialogs/a,b.script");
    REQUIRE(json["line"] == 2);
    REQUIRE(json["column"] == 11);
    REQUIRE(json["length"] == 7);
    REQUIRE(json["mend"] == "Write a heading.");
    REQUIRE(json["note"]["line"] == 3);
    REQUIRE(json["note"]["message"] == "a step is here");
}

TEST_CASE("a fault as an annotation is one line with its signs escaped", "[dialog][diagnostic]") {
    Diagnostic d = sample();
    d.severity = Severity::warning;
    REQUIRE(render_annotation(d) ==
            "::warning file=dialogs/a%2Cb.script,line=2,col=11,title=R068::There is no step “Nowhere”: 100%25. Write a "
            "heading.");
}

}  // namespace test_diagnostic
