// Two people in one conversation who do not share a language: each reads and types their own.
#include "bot/dialog/joint_player.hpp"
#include "bot/dialog/po_merge.hpp"
#include "bot/dialog/transcript.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/joint_table.hpp"

namespace test_joint_languages {

using namespace reweave::dialog;
using namespace reweave::test;

namespace {

constexpr const char* kScript = R"(# Two languages
Draft: a test
People: starter, partner

## Alone
FOR: each, alone
CALL: safety-gate
What did you do?
ASK: my part, one line
SHARE: my part, with the other
WAIT: for both, up to 2 days

## Together
FOR: both
FLOOR: starter
Welcome, {starter} and {partner}.
{speaker} begins.
SHOW: my part, if shared
TO: partner
Did you hear it?
ASK: heard, one of
* I heard it
* Say it again {#again}
END
IF: heard is "Say it again"
Then: {heard}.
OTHERWISE:
It was heard.
END
FINISH: talked
)";

Languages languages(const std::vector<RevisionPtr>& revisions) {
    std::vector<Translation> all;
    const auto add = [&](const RevisionPtr& revision, const Source& file) {
        all.push_back(check_translation(*revision, file, *spanish(), false).translation);
    };
    add(revisions[0], {"dialogs/system/phrases.es.po", read_source("dialogs/system/phrases.es.po")});
    PoFile file = po_from(revisions[2]->script, "es");
    for (PoEntry& entry : file.entries) {
        if (entry.source == "starter") entry.translation = "quien empieza";
        if (entry.source == "partner") entry.translation = "pareja";
        if (entry.source == "What did you do?") entry.translation = "¿Qué hiciste?";
        if (entry.source == "Welcome, {starter} and {partner}.")
            entry.translation = "Bienvenidas, {starter} y {partner}.";
        if (entry.source == "{speaker} begins.") entry.translation = "Empieza {speaker}.";
        if (entry.source == "Did you hear it?") entry.translation = "¿Lo escuchaste?";
        if (entry.source == "I heard it") entry.translation = "Lo escuché";
        if (entry.source == "Say it again") entry.translation = "Dilo otra vez más";
        if (entry.source == "Then: {heard}.") entry.translation = "Entonces: {heard}.";
    }
    add(revisions[2], {"dialogs/two.es.po", write_po(file)});
    return Languages(revisions, {{"es", spanish()}}, all);
}

std::string failure_of(const std::string& lines) {
    const std::vector<RevisionPtr> revisions = {
        shipped_phrases(), small_gate(), revision_of("dialogs/two.script", kScript, {small_gate()})};
    const Transcripts parsed = parse_transcripts({"dialogs/two.test", "# Test\n" + lines});
    REQUIRE(parsed.diagnostics.empty());
    JointPlayer player(revisions, std::make_shared<LanguagePack>(english()), 7, nullptr, languages(revisions));
    const auto failure = run(parsed.all.front(), player);
    return failure ? failure->message + "\n" + failure->mend : "";
}

}  // namespace

TEST_CASE("each of two people is spoken to, and understood, in their own language", "[joint][translation]") {
    REQUIRE(failure_of(R"(partner speaks: es
starter says: yes
starter sees: What did you do?
starter says: I shouted
starter sees: Keep it private, share it as it is
starter chooses: Share it as it is
partner says: sí
partner sees: ¿Qué hiciste?
partner says: Me callé
partner sees: leería exactamente esto: «Me callé»
partner says: dejarlo en privado
partner sees: Se queda contigo.
starter sees: Welcome, starter and partner.
partner sees: Bienvenidas, quien empieza y pareja.
partner sees: «I shouted»
partner sees: ¿Lo escuchaste?
partner says: dilo otra vez más
partner sees: Entonces: Dilo otra vez más.
starter sees: Then: Say it again.
starter ends: talked
partner never sees: What did you do
starter never sees: Me callé
)") == "");
}

TEST_CASE("whoever has not said a name is called by their role in the language of who reads it",
          "[joint][translation]") {
    REQUIRE(failure_of(R"(partner speaks: es
starter says: yes
starter says: I shouted
starter sees: partner would read exactly this
starter chooses: Share it as it is
partner says: sí
partner says: Me callé
partner sees: quien empieza leería exactamente esto
partner says: dejarlo en privado
starter sees: starter begins.
starter sees: From starter: "I shouted"
partner sees: Empieza quien empieza.
partner sees: De quien empieza: «I shouted»
)") == "");
}

TEST_CASE("always-on words work in the room in the language of who types them", "[joint][translation]") {
    REQUIRE(failure_of(R"(partner speaks: es
starter says: yes
starter says: I shouted
starter chooses: Keep it private
partner says: sí
partner says: Me callé
partner chooses: Dejarlo en privado
partner says: pausa
partner sees: Hacemos una pausa.
starter sees: Let's pause here.
starter says: ready
partner says: listo
partner sees: Seguimos donde estábamos.
partner says: parar
starter sees: We stop here for today.
partner sees: Lo dejamos aquí por hoy.
)") == "");
}

TEST_CASE("a language that nobody understands cannot be spoken", "[joint][translation]") {
    REQUIRE(failure_of("language: xx\nstarter says: yes\n") != "");
}

}  // namespace test_joint_languages
