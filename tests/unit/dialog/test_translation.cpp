// A script in another language: what translators are given, what is kept when the script changes, what is refused, and
// what people then read and may type.
#include <algorithm>
#include <memory>
#include <nlohmann/json.hpp>

#include "bot/dialog/evaluate.hpp"
#include "bot/dialog/plural.hpp"
#include "bot/dialog/po_merge.hpp"
#include "bot/dialog/relabel.hpp"
#include "bot/dialog/render.hpp"
#include "bot/dialog/template.hpp"
#include "bot/dialog/translate.hpp"
#include "dialog_support.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/joint_table.hpp"

namespace test_translation {

using namespace reweave::dialog;
using namespace reweave::dialog::test;

namespace {

constexpr const char* kScript = R"(# The talk
About: For a test.
Minutes: 3
Draft: a test

## Heat
How hot is it, {{really}}?
OR: How stirred up are you?
ASK: heat, from 0 "calm" to 10 "boiling"
ALSO: numb, frozen = 7
RETRY: A number is enough.
REMIND: after 4 hours: Still here.
A {heat}, after {heat: # minute | # minutes}.

## Whose
What happened?
ASK: act, one line
NUDGE: if act has "always", "never": Could a camera film that?
Whose was it?
ASK: whose, one of
* Part of it
ALSO: some, mine
That takes courage.
* It was all them {#theirs}
END
IF: whose is "It was all them"
Then it was {whose}.
OTHERWISE IF: whose is "Part of it"
You took {whose}.
END
PACE: 2 times, Breathe in for 4 seconds
FINISH: done
)";

LanguagePackPtr spanish() {
    auto pack = std::make_shared<LanguagePack>(small_pack());
    pack->language = "es";
    pack->commands["salir"] = Command::exit;
    pack->commands["ayuda"] = Command::help;
    pack->yes_no = {{"si", true}, {"no", false}};
    return pack;
}

std::shared_ptr<Revision> revision_of(const std::string& text, const std::string& path = "dialogs/talk.script") {
    Compiled compiled = compile_text(text, nullptr, path);
    INFO(in_words(compiled.diagnostics));
    REQUIRE(compiled.script);
    return make_revision(std::move(*compiled.script));
}

PoEntry& entry(PoFile& file, std::string_view source) {
    const auto it = std::find_if(
        file.entries.begin(), file.entries.end(), [&](const PoEntry& e) { return e.source == source && !e.obsolete; });
    INFO("no entry " + std::string(source));
    REQUIRE(it != file.entries.end());
    return *it;
}

PoFile spanish_file(const Revision& revision) {
    PoFile file = po_from(revision.script, "es");
    const std::vector<std::pair<const char*, const char*>> words = {
        {"The talk", "La charla"},
        {"For a test.", "Para una prueba."},
        {"How hot is it, {{really}}?", "¿Cuánto arde, {{de verdad}}?"},
        {"How stirred up are you?", "¿Cuánto te hierve?"},
        {"calm", "en calma"},
        {"boiling", "hirviendo"},
        {"numb, frozen", "en blanco, helado"},
        {"A number is enough.", "Basta un número."},
        {"Still here.", "Aquí sigo."},
        {"A {heat}, after {heat: # minute | # minutes}.",
         "Un {heat}, tras {heat: # minuto | # de minutos | # minutos}."},
        {"What happened?", "¿Qué pasó?"},
        {"always, never", "siempre, nunca"},
        {"Could a camera film that?", "¿Lo podría filmar una cámara?"},
        {"Whose was it?", "¿De quién fue?"},
        {"Part of it", "Una parte"},
        {"some, mine", "algo, mío"},
        {"That takes courage.", "Hace falta valor."},
        {"It was all them", "Todo fue suyo"},
        {"Then it was {whose}.", "Entonces: {whose}."},
        {"You took {whose}.", "Tomaste: {whose}."},
        {"Breathe in", "Inspira"}};
    REQUIRE(words.size() == file.entries.size());
    for (const auto& [source, translation] : words) entry(file, source).translation = translation;
    return file;
}

CheckedTranslation check(const Revision& revision, const PoFile& file, bool guarded = false) {
    return check_translation(revision, {"dialogs/talk.es.po", write_po(file)}, *spanish(), guarded);
}

std::vector<std::string> codes(const CheckedTranslation& checked) {
    std::vector<std::string> all;
    for (const Diagnostic& d : checked.diagnostics)
        all.push_back(d.code + (d.severity == Severity::error ? " error" : " warning"));
    return all;
}

using Codes = std::vector<std::string>;

/// Somebody at a script, in Spanish or not.
struct Person {
    explicit Person(RevisionPtr script, const LanguagePack& pack) : root(std::move(script)) {
        context.revision = [this](std::string_view hash) { return hash == root->hash ? root : nullptr; };
        context.words = [this](WordsRef ref) -> std::optional<std::string_view> {
            return typed[static_cast<std::size_t>(ref.id - 1)];
        };
        context.pack = &pack;
        context.time_zone = "UTC";
        state = initial_state(root);
    }

    /// All that is said for it, a line each; choices in brackets.
    std::string take(Input input) {
        Turn turn =
            step(root, state_from_json(nlohmann::json::parse(to_text(state))), {now, 1, std::move(input)}, context);
        state = turn.state;
        std::string out;
        const RenderContext render{context.revision, context.words, context.pack, nullptr, "UTC", now};
        for (const Effect& effect : turn.effects) {
            if (const auto* say = std::get_if<SayEffect>(&effect)) out += dialog_text(say->bubble, render) + "\n";
            if (const auto* ask = std::get_if<AskEffect>(&effect)) {
                wait = ask->question.wait;
                const RenderedQuestion question = reweave::dialog::render(ask->question, render);
                for (const RenderedChoice& choice : question.choices) out += "[" + choice.label + "]\n";
                if (!question.low.empty()) out += question.low + "…" + question.high + "\n";
            }
        }
        return out;
    }
    static std::string dialog_text(const Bubble& bubble, const RenderContext& context) {
        const RenderedBubble shown = reweave::dialog::render(bubble, context);
        return shown.beats.empty() ? shown.text : shown.beats.front().words;
    }
    std::string start() { return take(Started{}); }
    std::string says(const std::string& text) {
        typed.push_back(text);
        return take(Typed{WordsRef{static_cast<std::int64_t>(typed.size())}, typed.back()});
    }
    std::string presses(const std::string& id) { return take(Pressed{wait, {id}}); }

    RevisionPtr root;
    Context context;
    State state;
    std::vector<std::string> typed;
    std::int64_t wait = 0;
    TimePoint now{std::chrono::seconds(1795514400)};
};

bool has(const std::string& text, const std::string& part) {
    return text.find(part) != std::string::npos;
}

std::string replaced(std::string text, const std::string& from, const std::string& to) {
    const std::size_t at = text.find(from);
    REQUIRE(at != std::string::npos);
    return text.replace(at, from.size(), to);
}

}  // namespace

TEST_CASE("a template has every text of a script once, with a context and who is spoken to", "[translation]") {
    PoFile file = po_from(revision_of(kScript)->script, "");
    REQUIRE(file.field("Language").empty());
    REQUIRE(file.entries.size() == 21);
    REQUIRE(entry(file, "The talk").context == "talk/Title");
    REQUIRE(entry(file, "How hot is it, {{really}}?").context == "talk/heat/1");
    REQUIRE(entry(file, "How stirred up are you?").context == "talk/heat/2");
    REQUIRE(entry(file, "What happened?").context == "talk/whose/1");
    REQUIRE(entry(file, "What happened?").comments == std::vector<std::string>{"Step: Whose. To one person, alone."});
    REQUIRE(has(entry(file, "some, mine").comments.at(1), "instead of the button \"Part of it\""));
    REQUIRE(has(entry(file, "always, never").comments.at(1), "looked for in {act}"));
    REQUIRE(entry(file, "You took {whose}.").comments.at(1) == "{whose} is one choice.");
}

TEST_CASE("a file for a language names the forms that the language has for what is counted", "[translation]") {
    PoFile file = po_from(revision_of(kScript)->script, "ru");
    REQUIRE(has(entry(file, "A {heat}, after {heat: # minute | # minutes}.").comments.at(1), "{heat} is a number."));
    REQUIRE(plural_categories("ru") == "one | few | many | other");
    PoFile counted = po_from(
        revision_of("# T\nDraft: x\n## A\nHow many?\nASK: n, a number\n{n: # day | # days}.\nFINISH: f\n")->script,
        "ru");
    REQUIRE(has(entry(counted, "{n: # day | # days}.").comments.at(1), "one | few | many | other"));
}

TEST_CASE("in a script for several people translators are told who hears a line", "[translation]") {
    const std::string text = R"(# Two
Draft: a test
People: starter, partner

## Alone
FOR: each, alone
CALL: safety-gate
What did you do?
ASK: my part, one line
SHARE: my part, with the other
WAIT: for both, up to 2 days
IF NOT: Not now

## Together
FOR: both
Welcome, {starter}.
TO: partner
Did you hear it?
* Yes
* No
END
TO: partner, alone
This is for you.
SHOW: my part, if shared
FINISH: talked

## Not now
Not this time.
FINISH: not now
)";
    const Titles others{{"safety-gate", "Safety gate"}};
    Compiled compiled = compile_text(text, &others, "dialogs/two.script");
    INFO(in_words(compiled.diagnostics));
    REQUIRE(compiled.script);
    PoFile file = po_from(*compiled.script, "es");
    REQUIRE(entry(file, "What did you do?").comments.front() == "Step: Alone. To each, alone.");
    REQUIRE(entry(file, "Welcome, {starter}.").comments.front() == "Step: Together. In the room, heard by all.");
    REQUIRE(entry(file, "Welcome, {starter}.").comments.back() == "{starter} is somebody's name.");
    REQUIRE(has(entry(file, "Did you hear it?").comments.front(), "In the room, to the partner; heard by all."));
    REQUIRE(has(entry(file, "This is for you.").comments.front(), "In the room, to the partner alone."));
    REQUIRE(entry(file, "Not this time.").comments.front() == "Step: Not now. To each, alone.");
    REQUIRE(entry(file, "partner").context == "two/People/2");
}

TEST_CASE("a changed line is marked to be looked at with what it was; the others keep their translation", "[merge]") {
    const auto before = revision_of(kScript);
    const PoFile old = spanish_file(*before);
    const auto after = revision_of(replaced(
        replaced(kScript, "What happened?", "What happened just now?"), "## Whose\n", "## Whose\nOne more line.\n"));
    Merged merged = merge(old, after->script, "es");
    REQUIRE(merged.kept == 20);
    REQUIRE(merged.changed == 1);
    REQUIRE(merged.added == 1);
    REQUIRE(merged.dropped == 0);
    const PoEntry& changed = entry(merged.file, "What happened just now?");
    REQUIRE(changed.fuzzy());
    REQUIRE(changed.previous == "What happened?");
    REQUIRE(changed.translation == "¿Qué pasó?");
    REQUIRE(entry(merged.file, "One more line.").translation.empty());
    // Its number has changed, and nothing else: it needs no second look.
    REQUIRE(entry(merged.file, "Whose was it?").translation == "¿De quién fue?");
    REQUIRE_FALSE(entry(merged.file, "Whose was it?").fuzzy());
    REQUIRE(entry(merged.file, "Whose was it?").context == "talk/whose/5");
}

TEST_CASE("a line that changes twice still shows the words that were translated", "[merge]") {
    const PoFile old = spanish_file(*revision_of(kScript));
    const Merged once =
        merge(old, revision_of(replaced(kScript, "What happened?", "What happened now?"))->script, "es");
    Merged twice =
        merge(once.file, revision_of(replaced(kScript, "What happened?", "What has happened now?"))->script, "es");
    REQUIRE(entry(twice.file, "What has happened now?").previous == "What happened?");
}

TEST_CASE("a line that goes is kept as obsolete, and comes back with its translation", "[merge]") {
    const auto full = revision_of(kScript);
    const PoFile old = spanish_file(*full);
    Merged without = merge(old, revision_of(replaced(kScript, "That takes courage.\n", ""))->script, "es");
    REQUIRE(without.dropped == 1);
    REQUIRE(without.file.entries.back().obsolete);
    REQUIRE(without.file.entries.back().translation == "Hace falta valor.");
    Merged again = merge(without.file, full->script, "es");
    REQUIRE(entry(again.file, "That takes courage.").translation == "Hace falta valor.");
    REQUIRE(entry(again.file, "That takes courage.").fuzzy());  // the lines around it may have changed
    REQUIRE_FALSE(again.file.entries.back().obsolete);
}

TEST_CASE("merging what has not changed changes nothing", "[merge]") {
    const auto revision = revision_of(kScript);
    PoFile old = spanish_file(*revision);
    entry(old, "calm").notes = {"Or: tranquilo?"};
    old.head.notes = {"by Ana"};
    REQUIRE(write_po(merge(old, revision->script, "es").file) == write_po(old));
}

TEST_CASE("a whole translation has no fault, and every text of it is used", "[translation]") {
    const auto revision = revision_of(kScript);
    const CheckedTranslation checked = check(*revision, spanish_file(*revision));
    INFO(in_words(checked.diagnostics));
    REQUIRE(checked.diagnostics.empty());
    REQUIRE(checked.translation.texts.size() == 21);
    REQUIRE(checked.missing == 0);
    REQUIRE(translation_from(revision->hash, "es", to_text(checked.translation)) == checked.translation);
}

TEST_CASE("what a translation says otherwise than the script lets it is an error, and is not used", "[translation]") {
    const auto revision = revision_of(kScript);
    const auto with = [&](const char* source, const char* translation) {
        PoFile file = spanish_file(*revision);
        entry(file, source).translation = translation;
        CheckedTranslation checked = check(*revision, file);
        REQUIRE(checked.translation.texts.size() == 20);
        return codes(checked);
    };
    REQUIRE(with("Then it was {whose}.", "Entonces.") == Codes{"L005 error"});
    REQUIRE(with("What happened?", "¿Qué {act}?") == Codes{"L005 error"});
    REQUIRE(with("Then it was {whose}.", "Entonces {quien}.") == Codes{"L005 error", "L005 error"});
    REQUIRE(with("Part of it", "{whose}") == Codes{"L005 error"});
    const char* counted = "A {heat}, after {heat: # minute | # minutes}.";
    REQUIRE(with(counted, "Un {heat}, tras {heat: # minuto | # minutos}.") == Codes{"L006 error"});
    REQUIRE(with("Then it was {whose}.", "{whose: uno | de muchos | muchos}") == Codes{"L006 error"});
    REQUIRE(with("Then it was {whose}.", "Entonces {whose.") == Codes{"L007 error"});
    REQUIRE(with("Part of it", std::string(81, 'x').c_str()) == Codes{"L008 error"});
    REQUIRE(with("What happened?", std::string(501, 'x').c_str()) == Codes{"L008 error"});
    REQUIRE(with("some, mine", " , ") == Codes{"L009 error"});
    REQUIRE(with("What happened?", "¿Qué\npasó?") == Codes{"L009 error"});
}

TEST_CASE("two choices that mean the same in one language are found there", "[translation][collisions]") {
    const auto revision = revision_of(kScript);
    const auto with = [&](const char* source, const char* translation) {
        PoFile file = spanish_file(*revision);
        entry(file, source).translation = translation;
        return check(*revision, file);
    };
    const CheckedTranslation same = with("some, mine", "algo, todo FUE suyo");
    REQUIRE(codes(same) == Codes{"R037 error"});
    PoFile file = spanish_file(*revision);
    REQUIRE_FALSE(same.translation.texts.contains(entry(file, "It was all them").context));
    REQUIRE(same.translation.texts.size() == 20);  // the other one is used
    REQUIRE(codes(with("some, mine", "algo, Ayuda")) == Codes{"R038 error"});
    REQUIRE(codes(with("Part of it", "salir")) == Codes{"R038 error"});
    // What is not translated counts with the words that people will read.
    PoFile part = spanish_file(*revision);
    entry(part, "It was all them").translation = "";
    entry(part, "some, mine").translation = "algo, it was all them";
    REQUIRE(codes(check(*revision, part)) == Codes{"R037 error", "L003 warning"});
}

TEST_CASE("what is missing, stale or not merged is told, and is not used", "[translation]") {
    const auto revision = revision_of(kScript);
    PoFile file = spanish_file(*revision);
    entry(file, "What happened?").translation = "";
    entry(file, "Still here.").set_fuzzy(true);
    CheckedTranslation checked = check(*revision, file);
    REQUIRE(codes(checked) == Codes{"L004 warning", "L003 warning"});
    REQUIRE(checked.missing == 1);
    REQUIRE(checked.stale == 1);
    REQUIRE(checked.translation.texts.size() == 19);

    const auto changed = revision_of(replaced(kScript, "What happened?", "And then?"));
    checked = check(*changed, spanish_file(*revision));
    REQUIRE(codes(checked) == Codes{"L010 warning"});
    REQUIRE(checked.translation.texts.size() == 20);

    PoFile wrong = spanish_file(*revision);
    wrong.set_field("Language", "pt");
    REQUIRE(codes(check(*revision, wrong)) == Codes{"L002 error"});
}

TEST_CASE("a stale line about safety or consent is an error", "[translation]") {
    const auto revision = revision_of(kScript);
    PoFile file = spanish_file(*revision);
    entry(file, "Still here.").set_fuzzy(true);
    REQUIRE(codes(check(*revision, file, true)) == Codes{"L004 error"});
    REQUIRE(is_about_safety("dialogs/safety/check-fear.script"));
    REQUIRE_FALSE(is_about_safety("dialogs/own-part.script"));

    const auto phrases = revision_of(
        "# Phrases\nGiven: words\nDraft: x\n\n## Ask {#share-ask}\nMay \"{words}\" be read?\n\n## Hm "
        "{#paused}\nPaused.\n",
        "dialogs/system/phrases.script");
    PoFile said = po_from(phrases->script, "es");
    entry(said, "May \"{words}\" be read?").translation = "¿Se puede leer «{words}»?";
    entry(said, "Paused.").translation = "En pausa.";
    for (PoEntry& each : said.entries) each.set_fuzzy(true);
    REQUIRE(codes(check(*phrases, said)) == Codes{"L004 error", "L004 warning"});
}

TEST_CASE("a translated script is read and typed at in its language, and is the same revision", "[translation]") {
    const auto revision = revision_of(kScript);
    const std::string json = to_canonical_json(revision->script);
    const RevisionPtr script = translated(*revision, check(*revision, spanish_file(*revision)).translation);
    REQUIRE(script->hash == revision->hash);
    REQUIRE(to_canonical_json(revision->script) == json);

    const auto pack = spanish();
    Person person(script, *pack);
    std::string seen = person.start();
    REQUIRE((has(seen, "¿Cuánto arde, {de verdad}?") || has(seen, "¿Cuánto te hierve?")));
    REQUIRE(has(seen, "en calma…hirviendo"));
    REQUIRE(has(seen, "[En blanco]"));
    REQUIRE(has(person.says("no sé qué decir hoy"), "Basta un número."));
    REQUIRE(has(person.says("helado"), "Un 7, tras 7 minutos."));
    REQUIRE(has(person.says("Siempre gritas"), "¿Lo podría filmar una cámara?"));
    REQUIRE(has(person.says("Grité"), "[Una parte]"));
    seen = person.says("mío");
    REQUIRE(has(seen, "Hace falta valor."));
    REQUIRE(has(seen, "Tomaste: Una parte."));
    REQUIRE(has(seen, "Inspira"));
}

TEST_CASE("a word of the script's language is not looked for in another one", "[translation]") {
    const auto revision = revision_of(kScript);
    const RevisionPtr script = translated(*revision, check(*revision, spanish_file(*revision)).translation);
    const auto pack = spanish();
    Person person(script, *pack);
    person.start();
    person.says("1");
    REQUIRE(has(person.says("never"), "¿De quién fue?"));
}

TEST_CASE("a choice is the same whatever the language it was read in", "[translation]") {
    const auto revision = revision_of(kScript);
    const RevisionPtr script = translated(*revision, check(*revision, spanish_file(*revision)).translation);
    const auto pack = spanish();
    for (const auto& [choice, said] : std::map<std::string, std::string>{{"theirs", "Then it was It was all them."},
                                                                         {"part-of-it", "You took Part of it."}}) {
        Person person(script, *pack);
        person.start();
        person.says("1");
        person.says("Grité");
        // They change to English while the question is open, and what they answer counts the same ...
        Person english(revision, small_pack());
        english.state = person.state;
        english.typed = person.typed;
        english.wait = person.wait;
        REQUIRE(has(english.presses(choice), said));
    }
    // ... and so does what was picked before: the condition finds it, and it is shown in the words of who reads it.
    const Answers picked{{"whose", Picked{"theirs", "Todo fue suyo"}}};
    const auto* fork = std::get_if<If>(&revision->script.steps[1].body[4].what);
    REQUIRE(fork);
    REQUIRE(evaluate(fork->branches[0].when, {&picked, nullptr, nullptr}));
    REQUIRE_FALSE(evaluate(fork->branches[1].when, {&picked, nullptr, nullptr}));
    const Answer shown = relabelled(picked.at("whose"), "whose", revision->script, nullptr);
    REQUIRE(std::get<Picked>(shown).label == "It was all them");
}

TEST_CASE("words without a usable translation are the script's own", "[translation]") {
    const auto revision = revision_of(kScript);
    PoFile file = spanish_file(*revision);
    entry(file, "A {heat}, after {heat: # minute | # minutes}.").translation = "";
    entry(file, "What happened?").set_fuzzy(true);
    const RevisionPtr script = translated(*revision, check(*revision, file).translation);
    const auto pack = spanish();
    Person person(script, *pack);
    person.start();
    const std::string seen = person.says("1");
    REQUIRE(has(seen, "A 1, after 1 minute."));
    REQUIRE(has(seen, "What happened?"));
    REQUIRE(has(person.says("Grité"), "¿De quién fue?"));
}

TEST_CASE("plural forms are those of the language that the words are in", "[translation]") {
    REQUIRE(plural_form(1, "ru", 4) == 0);
    REQUIRE(plural_form(3, "ru", 4) == 1);
    REQUIRE(plural_form(5, "ru", 4) == 2);
    REQUIRE(plural_form(21, "ru", 4) == 0);
    REQUIRE(plural_form(2, "ar", 6) == 2);
    REQUIRE(plural_form(0, "ar", 6) == 0);

    const auto revision =
        revision_of("# T\nDraft: x\n## A\nHow many?\nASK: n, a number\n{n: # day | # days}.\nFINISH: f\n");
    LanguagePack russian = small_pack();
    russian.language = "ru";
    // A Russian who reads the English words of it: 21 is plural there, and not in Russian.
    Person reader(revision, russian);
    reader.start();
    REQUIRE(reader.says("21") == "21 days.\n");

    Translation translation{revision->hash, "ru", {{"test/a/2", "{n: # день | # дня | # дней | # дня}."}}};
    const auto script = revision_of(
        "# T\nDraft: x\n## A\nHow many?\nASK: n, a number\n{n: # day | # days}.\nFINISH: f\n", "dialogs/test.script");
    Person person(translated(*script, translation), russian);
    person.start();
    REQUIRE(person.says("21") == "21 день.\n");
    person.state = initial_state(person.root);
    person.start();
    REQUIRE(person.says("3") == "3 дня.\n");
    person.state = initial_state(person.root);
    person.start();
    REQUIRE(person.says("5") == "5 дней.\n");
}

TEST_CASE("every code that a check of translations reports is explained to translators", "[translation]") {
    const std::string page = reweave::test::read_source("dialogs/translations.md");
    const std::string checker = reweave::test::read_source("bot/dialog/check_translation.cpp") +
                                reweave::test::read_source("bot/dialog/po.cpp") +
                                reweave::test::read_source("bot/app/i18n_command.cpp");
    int found = 0;
    for (std::size_t at = checker.find("\"L0"); at != std::string::npos; at = checker.find("\"L0", at + 1)) {
        const std::string code = checker.substr(at + 1, 4);
        INFO(code);
        REQUIRE(has(page, "| " + code + " |"));
        ++found;
    }
    REQUIRE(found >= 11);
}

TEST_CASE("the name of a translation file says the script and the language", "[translation]") {
    REQUIRE(po_name("dialogs/own-part.es.po")->script == "own-part");
    REQUIRE(po_name("dialogs/own-part.pt-BR.po")->language == "pt-BR");
    REQUIRE_FALSE(po_name("dialogs/own-part.po"));
    REQUIRE_FALSE(po_name("dialogs/own-part.es.pot"));
    REQUIRE_FALSE(po_name("dialogs/.po"));
}

}  // namespace test_translation
