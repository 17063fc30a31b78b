// The Spanish language pack: what people type to the bot in Spanish, as they would.
#include <map>
#include <set>

#include "bot/dialog/fold.hpp"
#include "bot/dialog/recognise.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/english.hpp"

namespace test_spanish {

using namespace reweave::dialog;
using namespace std::chrono_literals;
using reweave::test::english;
using reweave::test::spanish;

namespace {

constexpr std::int64_t kNone = -99;

std::int64_t number(const char* text) {
    return recognise_number(text, {}, *spanish()).value_or(kNone);
}

std::int64_t minutes(const char* text) {
    const auto length = recognise_length(text, *spanish());
    return length ? length->count() / 60 : kNone;
}

/// "1 09:30": days from a Tuesday at 10:00 in UTC, and the time; or "none".
std::string moment(const char* text) {
    const TimePoint midnight{std::chrono::sys_days{std::chrono::year{2026} / 11 / 24}};
    const auto at = recognise_moment(text, midnight + 10h, "UTC", *spanish());
    if (!at) return "none";
    const auto minute = std::chrono::duration_cast<std::chrono::minutes>(*at - midnight).count();
    const auto two = [](std::int64_t n) { return (n < 10 ? "0" : "") + std::to_string(n); };
    return std::to_string(minute / 1440) + " " + two(minute % 1440 / 60) + ":" + two(minute % 60);
}

int choice(const char* text, const std::vector<Option>& options) {
    const auto found = recognise_choice(text, options, *spanish());
    return found ? static_cast<int>(*found) : -1;
}

}  // namespace

TEST_CASE("the always-on words are understood in Spanish, with and without accents", "[language][spanish]") {
    const std::map<std::string, Command> said = {{"parar", Command::stop},
                                                 {"¡Para ya!", Command::stop},
                                                 {"basta", Command::stop},
                                                 {"Salir", Command::exit},
                                                 {"AYUDA", Command::help},
                                                 {"ayudame", Command::help},
                                                 {"ayúdame por favor", Command::help},
                                                 {"quiero hablar con alguien", Command::human},
                                                 {"borrar todo", Command::erase},
                                                 {"pausa", Command::pause},
                                                 {"atrás", Command::back},
                                                 {"cambiar mi respuesta", Command::change},
                                                 {"repite", Command::repeat},
                                                 {"prefiero no decirlo", Command::skip},
                                                 {"no lo se", Command::dont_know},
                                                 {"volver a empezar", Command::start_over},
                                                 {"seguir", Command::resume},
                                                 {"ya volví", Command::done},
                                                 {"no lo compartas", Command::keep_private}};
    for (const auto& [text, command] : said) {
        INFO(text);
        REQUIRE(recognise_command(text, *spanish()) == command);
    }
    REQUIRE_FALSE(recognise_command("para qué sirve esto", *spanish()));
    REQUIRE_FALSE(recognise_command("me ayudó mi hermana", *spanish()));
}

TEST_CASE("the words that let people out or get them help are understood in English by every pack",
          "[language][spanish]") {
    for (const char* word : {"stop", "exit", "delete", "help", "human"})
        REQUIRE(recognise_command(word, *spanish()) == recognise_command(word, english()));
}

TEST_CASE("yes and no are told apart in Spanish", "[language][spanish]") {
    const auto said = [](const char* text) { return recognise_yes_no(text, {}, *spanish()); };
    for (const char* yes : {"sí", "si", "Claro que sí", "vale", "sí, lo hice", "creo que sí", "yes"}) {
        INFO(yes);
        REQUIRE(said(yes) == true);
    }
    for (const char* no : {"no", "No.", "para nada", "creo que no", "todavía no", "no, gracias", "no, nunca"}) {
        INFO(no);
        REQUIRE(said(no) == false);
    }
    for (const char* neither : {"sí y no", "no sé", "no sé muy bien", "quizá"}) {
        INFO(neither);
        REQUIRE_FALSE(said(neither));
    }
}

TEST_CASE("numbers are understood in Spanish", "[language][spanish]") {
    REQUIRE(number("siete") == 7);
    REQUIRE(number("como un 6") == 6);
    REQUIRE(number("un siete más o menos") == 7);
    REQUIRE(number("6 de 10") == 6);
    REQUIRE(number("entre 6 y 7") == 7);
    REQUIRE(number("seis o siete") == 7);
    REQUIRE(number("treinta y cinco") == 35);
    REQUIRE(number("veintidós") == 22);
    REQUIRE(number("no 7") == kNone);
    REQUIRE(number("era un 8, ahora un 5") == kNone);
}

TEST_CASE("lengths of time are understood in Spanish", "[language][spanish]") {
    REQUIRE(minutes("20 minutos") == 20);
    REQUIRE(minutes("media hora") == 30);
    REQUIRE(minutes("una hora y media") == 90);
    REQUIRE(minutes("dos horas y media") == 150);
    REQUIRE(minutes("un cuarto de hora") == 15);
    REQUIRE(minutes("tres cuartos de hora") == 45);
    REQUIRE(minutes("un par de horas") == 120);
    REQUIRE(minutes("un día") == 1440);
    REQUIRE(minutes("cuarenta y cinco minutos") == 45);
}

TEST_CASE("moments are understood in Spanish", "[language][spanish]") {
    REQUIRE(moment("en 20 minutos") == "0 10:20");
    REQUIRE(moment("dentro de media hora") == "0 10:30");
    REQUIRE(moment("mañana a las 8") == "1 08:00");
    REQUIRE(moment("mañana por la tarde") == "1 15:00");
    REQUIRE(moment("a las ocho de la tarde") == "0 20:00");
    REQUIRE(moment("a las ocho y media de la tarde") == "0 20:30");
    REQUIRE(moment("a las 9 menos cuarto de la noche") == "0 20:45");
    REQUIRE(moment("a las 8 y 20 de la noche") == "0 20:20");
    REQUIRE(moment("hoy a las 15:30") == "0 15:30");
    REQUIRE(moment("pasado mañana") == "2 09:00");
    REQUIRE(moment("esta noche") == "0 20:00");
    REQUIRE(moment("el viernes a mediodía") == "3 12:00");
    REQUIRE(moment("hace 20 minutos") == "none");
    REQUIRE(moment("ayer") == "none");
}

TEST_CASE("a reply finds its choice in Spanish, and a no turns it round", "[language][spanish]") {
    const std::vector<std::string> mine{"mío", "mi culpa"};
    const std::vector<Option> options = {
        {"part", "Al menos una parte", &mine}, {"them", "Todo fue suyo"}, {"safe", "Estoy a salvo"}};
    REQUIRE(choice("fue mi culpa", options) == 0);
    REQUIRE(choice("la segunda", options) == 1);
    REQUIRE(choice("el 2", options) == 1);
    REQUIRE(choice("todo fue suyo, la verdad", options) == 1);
    REQUIRE(choice("no estoy a salvo", options) == -1);
    REQUIRE(choice("nunca fue mi culpa", options) == -1);
}

TEST_CASE("the Spanish pack has every country, and every feeling and need of the English one", "[language][spanish]") {
    std::set<std::string> codes;
    for (const auto& [name, code] : spanish()->countries) codes.insert(code);
    REQUIRE(codes.size() == 250);
    REQUIRE(recognise_country("vivo en México", *spanish()) == "MX");
    REQUIRE(recognise_country("EEUU", *spanish()) == "US");

    const auto ids = [](const std::vector<Family>& families) {
        std::vector<std::string> all;
        for (const Family& family : families) {
            all.push_back(family.id);
            for (const Term& term : family.terms)
                all.push_back(term.id + std::to_string(term.intensity) + (term.soft_cue ? "!" : ""));
        }
        return all;
    };
    REQUIRE(ids(spanish()->feelings) == ids(english().feelings));
    REQUIRE(ids(spanish()->needs) == ids(english().needs));
    for (const auto* families : {&spanish()->feelings, &spanish()->needs}) {
        std::map<std::string, std::string> meant;
        for (const Family& family : *families) {
            for (const Term& term : family.terms) {
                std::vector<std::string> phrases = term.also;
                phrases.push_back(term.label);
                for (const std::string& phrase : phrases) {
                    INFO(phrase);
                    REQUIRE(meant.try_emplace(fold(phrase), term.id).first->second == term.id);
                }
            }
        }
    }
}

}  // namespace test_spanish
