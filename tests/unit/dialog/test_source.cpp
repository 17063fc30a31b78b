#include "bot/dialog/source.hpp"
#include "bot/dialog/statement.hpp"
#include "tests/support/catch.hpp"

namespace test_source {

using namespace reweave::dialog;

namespace {

Line only_line(std::string_view text) {
    SourceLines source = read_lines(text);
    REQUIRE(source.lines.size() == 1);
    return source.lines.front();
}

}  // namespace

TEST_CASE("all kinds of line ends count as one each", "[dialog][source]") {
    const SourceLines source = read_lines("\xEF\xBB\xBF# One\r\ntwo\rthree\n\nfive");
    REQUIRE(source.lines.size() == 5);
    REQUIRE(source.lines[0].text == "# One");
    REQUIRE(source.lines[2].text == "three");
    REQUIRE(source.lines[4].number == 5);
}

TEST_CASE("a soft line break of a word processor begins a new line in the same line of the file", "[dialog][source]") {
    const SourceLines source = read_lines(
        "say\xE2\x80\xA8"
        "* yes");
    REQUIRE(source.lines.size() == 2);
    REQUIRE(source.lines[1].number == 1);
    REQUIRE(Slice(source.lines[1]).span() == Span{1, 5, 5});
}

TEST_CASE("columns are those of the file, whatever was dropped before them", "[dialog][source]") {
    // a zero-width space, a no-break space, an escaped underscore and letters of two bytes
    const Line line = only_line("\xE2\x80\x8B  é\xC2\xA0\\_b");
    REQUIRE(line.text == "é _b");
    const Slice all(line);
    REQUIRE(all.span() == Span{1, 4, 5});
    REQUIRE(all.sub(3).span() == Span{1, 7, 2});
    REQUIRE(all.sub(4).span() == Span{1, 8, 1});
}

TEST_CASE("bytes that are not UTF-8 are named with their place", "[dialog][source]") {
    const SourceLines source = read_lines(
        "# A\nb\xFF"
        "c");
    REQUIRE(source.unreadable == std::vector<Span>{Span{2, 2, 1}});
    REQUIRE(source.lines[1].text ==
            "b\xEF\xBF\xBD"
            "c");
}

TEST_CASE("a backslash says the rest of the line, and an exporter's escapes are read for what they mean",
          "[dialog][source]") {
    REQUIRE(only_line("\\ASK: me").escaped);
    REQUIRE(only_line("\\ASK: me").text == "ASK: me");
    REQUIRE(only_line("\\## said").text == "## said");
    REQUIRE_FALSE(only_line("\\#\\# Heading").escaped);
    REQUIRE(only_line("\\#\\# Heading").text == "## Heading");
    REQUIRE(only_line("\\# Title").text == "# Title");
    REQUIRE(only_line("from 0 \\\"calm\\\"").text == "from 0 \"calm\"");
    REQUIRE(only_line("C:\\dir").text == "C:\\dir");
}

TEST_CASE("a line is known by how it begins", "[dialog][source]") {
    using Kind = Statement::Kind;
    const auto kind_of = [](std::string_view text) {
        const Line line = only_line(text);
        return read_statement(line).kind;
    };
    REQUIRE(kind_of("") == Kind::blank);
    REQUIRE(kind_of("# Title") == Kind::title);
    REQUIRE(kind_of("##Heading") == Kind::heading);
    REQUIRE(kind_of("#hashtag") == Kind::text);
    REQUIRE(kind_of("* label") == Kind::choice);
    REQUIRE(kind_of("•\xC2\xA0label") == Kind::choice);
    REQUIRE(kind_of("○label") == Kind::choice);
    REQUIRE(kind_of("*sigh*") == Kind::text);
    REQUIRE(kind_of("ASK: heat") == Kind::cue);
    REQUIRE(kind_of("**ASK:** heat") == Kind::cue);
    REQUIRE(kind_of("GO  TO ： there") == Kind::cue);
    REQUIRE(kind_of("OTHERWISE") == Kind::cue);
    REQUIRE(kind_of("GO TO there") == Kind::cue);
    REQUIRE(kind_of("ASC: heat") == Kind::unknown_cue);
    REQUIRE(kind_of("I: me") == Kind::text);
    REQUIRE(kind_of("Ask: heat") == Kind::text);
}

TEST_CASE("a cue in bold, in whole or in part, is the cue", "[dialog][source]") {
    for (const char* text : {"**ASK:** heat", "**ASK**: heat", "**ASK: heat**", "__ASK:__ heat", "ASK: **heat**"}) {
        const Line line = only_line(text);
        const Statement s = read_statement(line);
        INFO(text);
        REQUIRE(s.kind == Statement::Kind::cue);
        REQUIRE(s.cue == Cue::ask);
        REQUIRE(s.body.view() == "heat");
    }
}

}  // namespace test_source
