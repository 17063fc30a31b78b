#include "adapters/discord/commands.hpp"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>

#include "adapters/common/fields.hpp"

namespace reweave::discord {
namespace {

using nlohmann::json;

struct Said {
    const char* name;
    const char* text;
    const char* spanish;
    bool only_in_servers;
};
constexpr std::array<Said, 10> kCommands = {{
    {"repair",
     "Begin, or go on: settle, see what happened, find words",
     "Empezar o seguir: calmarse, ver qué pasó, encontrar palabras",
     false},
    {"cooldown", "Come down a little, right now", "Bajar un poco la tensión, ahora mismo", false},
    {"checkin",
     "Go on where you were, or look at what is waiting for you",
     "Seguir donde estabas, o ver lo que te espera",
     false},
    {"circle", "Keep a circle for the people of this channel", "Cuidar un círculo para la gente de este canal", true},
    {"pause", "Pause; your place is kept", "Hacer una pausa; tu sitio se guarda", false},
    {"stop", "Stop here", "Parar aquí", false},
    {"privacy", "Who can read what, and how long it is kept", "Quién puede leer qué, y cuánto tiempo se guarda", false},
    {"export", "Get everything that is stored of you", "Recibir todo lo que está guardado de ti", false},
    {"delete", "Erase everything that is stored of you", "Borrar todo lo que está guardado de ti", false},
    {"help", "People who can help, at any time", "Personas que pueden ayudar, a cualquier hora", false},
}};

json one(const Said& said) {
    json types = json::array({0});
    json contexts = json::array({0});
    if (!said.only_in_servers) {  // also where somebody has brought the bot along for themselves
        types = json::array({0, 1});
        contexts = json::array({0, 1, 2});
    }
    json options = json::array();
    if (said.name == std::string_view("repair")) {
        json say = {{"type", 3},
                    {"name", "say"},
                    {"description", "Something to say to me, as if you typed it where only you and I are"},
                    {"description_localizations",
                     {{"es-ES", "Algo que decirme, como si lo escribieras a solas conmigo"},
                      {"es-419", "Algo que decirme, como si lo escribieras a solas conmigo"}}},
                    {"required", false},
                    {"max_length", 4000}};
        json code = {{"type", 3},
                     {"name", "code"},
                     {"description", "A code that somebody gave you"},
                     {"description_localizations",
                      {{"es-ES", "Un código que te dieron"}, {"es-419", "Un código que te dieron"}}},
                     {"required", false},
                     {"max_length", 200}};
        options.push_back(std::move(code));
        options.push_back(std::move(say));
    }
    return {{"type", 1},
            {"options", std::move(options)},
            {"name", said.name},
            {"description", said.text},
            {"description_localizations", {{"es-ES", said.spanish}, {"es-419", said.spanish}}},
            {"integration_types", std::move(types)},
            {"contexts", std::move(contexts)}};
}

const json* named(const json& list, const std::string& name) {
    for (const json& one : list) {
        if (text_at(one, "name") == name) return &one;
    }
    return nullptr;
}

/// Discord leaves out what is false or empty, adds fields of its own and lists sets in its own order.
bool holds(const json* theirs, const json& ours) {
    if (!theirs || theirs->is_null()) return ours == false || ours.empty();
    if (ours.is_object()) {
        const auto has = [&](const auto& field) { return holds(member(*theirs, field.key().c_str()), field.value()); };
        const auto fields = ours.items();
        return std::all_of(fields.begin(), fields.end(), has);
    }
    if (!ours.is_array()) return *theirs == ours;
    if (!theirs->is_array() || theirs->size() != ours.size()) return false;
    if (!ours.empty() && ours.front().is_object())
        return std::equal(ours.begin(), ours.end(), theirs->begin(), [](const json& our, const json& their) {
            return holds(&their, our);
        });
    return std::is_permutation(ours.begin(), ours.end(), theirs->begin());
}

}  // namespace

std::string commands() {
    json all = json::array();
    for (const Said& said : kCommands) all.push_back(one(said));
    return all.dump();
}

std::vector<std::string> drift(const json& registered) {
    std::vector<std::string> lines;
    const json ours = json::parse(commands());
    for (const json& one : ours) {
        const std::string name = text_at(one, "name");
        const json* theirs = named(registered, name);
        if (!theirs) {
            lines.push_back("/" + name + " is not registered");
            continue;
        }
        for (const auto& [key, value] : one.items()) {
            if (!holds(member(*theirs, key.c_str()), value)) lines.push_back("/" + name + " has another " + key);
        }
    }
    for (const json& one : registered) {
        const std::string name = text_at(one, "name");
        if (!named(ours, name)) lines.push_back("/" + name + " is registered, and not ours");
    }
    return lines;
}

std::string commands_hash() {
    std::uint64_t hash = 14695981039346656037ULL;  // FNV-1a: it only has to tell our own texts apart
    for (const char c : commands()) hash = (hash ^ static_cast<unsigned char>(c)) * 1099511628211ULL;
    return std::to_string(hash);
}

}  // namespace reweave::discord
