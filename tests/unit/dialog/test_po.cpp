// Translation files: read as gettext's tools write them, and written so that nothing of a translator's work is lost.
#include "bot/dialog/po.hpp"
#include "dialog_support.hpp"
#include "tests/support/catch.hpp"

namespace test_po {

using namespace reweave::dialog;
using namespace reweave::dialog::test;

namespace {

constexpr const char* kFile = R"(# Spanish translation
# by Ana
msgid ""
msgstr ""
"Project-Id-Version: own-part\n"
"Language: es\n"

# A note of Ana's
#. Step: Settle. To one person, alone.
#: own-part.script:12
#, fuzzy, no-wrap
#| msgid "How hot are you?"
msgctxt "own-part/settle/1"
msgid "How stirred up are you?"
msgstr "¿Cómo de alterado estás?"

msgctxt "own-part/settle/2"
msgid ""
"One line\n"
"with a \"quote\", a tab\t and a \\"
msgstr ""
"Una línea\n"
"con \"comillas\""

# Old
#~ msgctxt "own-part/settle/9"
#~ msgid "Gone"
#~ msgstr "Ido"
)";

PoFile read(const std::string& text) {
    std::vector<Diagnostic> found;
    PoFile file = read_po({"dialogs/own-part.es.po", text}, found);
    INFO(in_words(found));
    REQUIRE(found.empty());
    return file;
}

std::vector<std::string> faults(const std::string& text) {
    std::vector<Diagnostic> found;
    static_cast<void>(read_po({"dialogs/own-part.es.po", text}, found));
    return places(found);
}

}  // namespace

TEST_CASE("a translation file is read with its head, notes, flags, what was before, and obsolete entries", "[po]") {
    const PoFile file = read(kFile);
    REQUIRE(file.field("Language") == "es");
    REQUIRE(file.field("Project-Id-Version") == "own-part");
    REQUIRE(file.field("Plural-Forms").empty());
    REQUIRE(file.head.notes == std::vector<std::string>{"Spanish translation", "by Ana"});
    REQUIRE(file.entries.size() == 3);

    const PoEntry& first = file.entries[0];
    REQUIRE(first.notes == std::vector<std::string>{"A note of Ana's"});
    REQUIRE(first.comments == std::vector<std::string>{"Step: Settle. To one person, alone."});
    REQUIRE(first.references == std::vector<std::string>{"own-part.script:12"});
    REQUIRE(first.flags == std::vector<std::string>{"fuzzy", "no-wrap"});
    REQUIRE(first.fuzzy());
    REQUIRE(first.previous == "How hot are you?");
    REQUIRE(first.context == "own-part/settle/1");
    REQUIRE(first.translation == "¿Cómo de alterado estás?");
    REQUIRE(first.line == 14);
    REQUIRE(first.translation_line == 15);

    REQUIRE(file.entries[1].source == "One line\nwith a \"quote\", a tab\t and a \\");
    REQUIRE(file.entries[1].translation == "Una línea\ncon \"comillas\"");
    REQUIRE(file.entries[2].obsolete);
    REQUIRE(file.entries[2].source == "Gone");
}

TEST_CASE("what is written is read as the same, and written the same again", "[po]") {
    const PoFile file = read(kFile);
    const std::string once = write_po(file);
    const PoFile again = read(once);
    REQUIRE(write_po(again) == once);
    REQUIRE(again.entries.size() == file.entries.size());
    for (std::size_t i = 0; i < file.entries.size(); ++i) {
        const PoEntry &a = file.entries[i], &b = again.entries[i];
        REQUIRE(a.notes == b.notes);
        REQUIRE(a.comments == b.comments);
        REQUIRE(a.flags == b.flags);
        REQUIRE(a.previous == b.previous);
        REQUIRE(a.context == b.context);
        REQUIRE(a.source == b.source);
        REQUIRE(a.translation == b.translation);
        REQUIRE(a.obsolete == b.obsolete);
    }
    REQUIRE(once.find("msgstr \"\"\n\"Una línea\\n\"\n\"con \\\"comillas\\\"\"\n") != std::string::npos);
    REQUIRE(once.find("\n#~ msgid \"Gone\"\n") != std::string::npos);
}

TEST_CASE("Windows line breaks, a byte-order mark and wrapped lines of other tools make no difference", "[po]") {
    const PoFile file = read(
        "\xEF\xBB\xBFmsgid \"\"\r\nmsgstr \"Language: es\\n\"\r\n\r\nmsgctxt \"a/b/1\"\r\nmsgid \"\"\r\n\"one \"\r\n"
        "\"two\"\r\nmsgstr \"\"\r\n\"uno \"\r\n\"dos\"\r\n");
    REQUIRE(file.field("Language") == "es");
    REQUIRE(file.entries.size() == 1);
    REQUIRE(file.entries[0].source == "one two");
    REQUIRE(file.entries[0].translation == "uno dos");
}

TEST_CASE("entries without an empty line between them are told apart", "[po]") {
    const PoFile file = read(
        "msgctxt \"a/b/1\"\nmsgid \"one\"\nmsgstr \"uno\"\n#. a comment\nmsgctxt \"a/b/2\"\nmsgid \"two\"\nmsgstr "
        "\"dos\"\n"
        "msgid \"three\"\nmsgstr \"tres\"\n");
    REQUIRE(file.entries.size() == 3);
    REQUIRE(file.entries[1].comments == std::vector<std::string>{"a comment"});
    REQUIRE(file.entries[2].context.empty());
}

TEST_CASE("a field of the head can be changed and added without touching the others", "[po]") {
    PoFile file = read(kFile);
    file.set_field("Language", "pt-BR");
    file.set_field("X-Generator", "Poedit");
    REQUIRE(file.head.translation == "Project-Id-Version: own-part\nLanguage: pt-BR\nX-Generator: Poedit\n");
    file.head.translation = "no line break";
    file.set_field("Language", "es");
    REQUIRE(file.field("Language") == "es");
}

TEST_CASE("what cannot be read in a translation file is told with its line, and the rest is still read", "[po]") {
    REQUIRE(faults("msgid \"one\"\nmsgstr \"uno\n") == std::vector<std::string>{"L001 2:1"});
    REQUIRE(faults("msgid \"one\"\n\nmsgid \"two\"\nmsgstr \"dos\"\n") == std::vector<std::string>{"L001 2:1"});
    REQUIRE(faults("msgid \"a\"\nmsgid_plural \"b\"\nmsgstr[0] \"c\"\n").front() == "L001 2:1");
    REQUIRE(faults("hello\n") == std::vector<std::string>{"L001 1:1"});
    REQUIRE(faults("\"words\"\n") == std::vector<std::string>{"L001 1:1"});
    REQUIRE(faults("msgid \"a \\q\"\nmsgstr \"\"\n") == std::vector<std::string>{"L001 1:1"});
    REQUIRE(faults("msgctxt \"a/b/1\"\nmsgid \"one\"\nmsgstr \"\xBF\"\n").front() == "L001 3:1");
    REQUIRE(faults("msgstr \"uno\"\n") == std::vector<std::string>{"L001 1:1"});

    std::vector<Diagnostic> found;
    const PoFile file = read_po({"a.es.po", "hello\n\nmsgctxt \"a/b/1\"\nmsgid \"one\"\nmsgstr \"uno\"\n"}, found);
    REQUIRE(found.size() == 1);
    REQUIRE(file.entries.size() == 1);
}

}  // namespace test_po
