#include <yaml-cpp/yaml.h>

#include <nlohmann/json.hpp>
#include <set>

#include "bot/server/wire.hpp"
#include "tests/support/catch.hpp"

namespace test_asyncapi {

using namespace reweave;
using namespace reweave::server;
using dialog::RenderedBubble;
using dialog::RenderedQuestion;
using nlohmann::json;

// The document is what outsiders build on: what it shows must be what wire.cpp reads and writes.

namespace {

json to_json(const YAML::Node& node) {
    if (node.IsMap()) {
        json out = json::object();
        for (const auto& entry : node) out[entry.first.as<std::string>()] = to_json(entry.second);
        return out;
    }
    if (node.IsSequence()) {
        json out = json::array();
        for (const auto& item : node) out.push_back(to_json(item));
        return out;
    }
    const auto text = node.as<std::string>();
    if (node.Tag() == "!") return text;  // it stood in quotes
    const json value = json::parse(text, nullptr, false);
    return value.is_discarded() ? json(text) : value;
}

struct Example {
    std::string message;
    std::string name;
    json payload;
};

const YAML::Node& document() {
    static const YAML::Node node = YAML::LoadFile(REWEAVE_SOURCE_DIR "/bot/server/reweave.asyncapi.yaml");
    return node;
}

/// The examples of what the client sends, or of what the server does.
std::vector<Example> examples(const char* operation) {
    std::vector<Example> out;
    for (const auto& reference : document()["operations"][operation]["messages"]) {
        const auto path = reference["$ref"].as<std::string>();
        const std::string message = path.substr(path.rfind('/') + 1);
        for (const auto& example : document()["components"]["messages"][message]["examples"]) {
            out.push_back({message, example["name"].as<std::string>(), to_json(example["payload"])});
        }
    }
    return out;
}

engine::TimePoint time_of(const json& text) {
    std::tm parts{};
    REQUIRE(::strptime(text.get<std::string>().c_str(), "%Y-%m-%dT%H:%M:%SZ", &parts) != nullptr);
    return engine::TimePoint(std::chrono::seconds(::timegm(&parts)));
}

std::vector<dialog::RenderedChoice> choices_of(const json& list) {
    std::vector<dialog::RenderedChoice> out;
    for (const json& choice : list)
        out.push_back({choice.at("id").get<std::string>(), choice.at("label").get<std::string>()});
    return out;
}

RenderedBubble bubble_of(const json& shown) {
    static const std::map<std::string, RenderedBubble::Kind> kinds = {{"text", RenderedBubble::Kind::text},
                                                                      {"link", RenderedBubble::Kind::link},
                                                                      {"picture", RenderedBubble::Kind::picture},
                                                                      {"recording", RenderedBubble::Kind::recording},
                                                                      {"pace", RenderedBubble::Kind::pace},
                                                                      {"help", RenderedBubble::Kind::help},
                                                                      {"calendar", RenderedBubble::Kind::calendar},
                                                                      {"invite", RenderedBubble::Kind::invite}};
    RenderedBubble out;
    out.kind = kinds.at(shown.at("kind").get<std::string>());
    out.text = shown.value("text", shown.value("title", ""));
    out.target = shown.value("url", "");
    if (out.target.rfind("/media/", 0) == 0) out.target.erase(0, 7);
    out.times = shown.value("times", 0);
    for (const json& beat : shown.value("beats", json::array())) {
        out.beats.push_back({beat.at("words").get<std::string>(), beat.at("seconds").get<int>()});
    }
    if (shown.contains("at")) out.at = time_of(shown.at("at"));
    out.role = shown.value("role", "");
    out.people = shown.value("people", 0);
    return out;
}

RenderedQuestion question_of(const json& shown) {
    static const std::map<std::string, RenderedQuestion::Kind> kinds = {{"choice", RenderedQuestion::Kind::choice},
                                                                        {"scale", RenderedQuestion::Kind::scale},
                                                                        {"words", RenderedQuestion::Kind::words},
                                                                        {"number", RenderedQuestion::Kind::number},
                                                                        {"length", RenderedQuestion::Kind::length},
                                                                        {"moment", RenderedQuestion::Kind::moment},
                                                                        {"feelings", RenderedQuestion::Kind::feelings},
                                                                        {"needs", RenderedQuestion::Kind::needs},
                                                                        {"country", RenderedQuestion::Kind::country}};
    RenderedQuestion out;
    out.kind = kinds.at(shown.at("kind").get<std::string>());
    out.choices = choices_of(shown.value("choices", json::array()));
    for (const json& group : shown.value("groups", json::array())) {
        out.groups.push_back(
            {group.at("id").get<std::string>(), group.at("label").get<std::string>(), choices_of(group.at("choices"))});
    }
    out.max = shown.value("max", 1);
    out.long_text = shown.value("long", false);
    out.bounded = shown.contains("from");
    out.from = shown.value("from", 0);
    out.to = shown.value("to", 10);
    out.low = shown.value("low", "");
    out.high = shown.value("high", "");
    return out;
}

engine::RoomView room_of(const json& shown) {
    engine::RoomView out;
    out.id.value = shown.at("id").get<std::int64_t>();
    out.title = shown.at("title").get<std::string>();
    out.others = shown.at("with").get<std::vector<std::string>>();
    out.open = shown.at("open").get<bool>();
    out.paused = shown.value("paused", false);
    if (shown.contains("floor")) {
        out.floor = shown.at("floor").at("name").get<std::string>();
        out.floor_mine = shown.at("floor").at("mine").get<bool>();
        if (shown.at("floor").contains("until")) out.floor_until = time_of(shown.at("floor").at("until"));
    }
    out.readers = shown.at("readers").get<std::string>();
    return out;
}

/// The engine's message that a client would be shown like this.
engine::Message message_of(const json& shown) {
    engine::Message out;
    out.seq = shown.at("seq").get<std::int64_t>();
    out.at = time_of(shown.at("at"));
    const json you = shown.value("you", json::object());
    if (you.contains("text")) out.you_text = you.at("text").get<std::string>();
    out.you_picks = you.value("picks", std::vector<std::string>());
    for (const json& bubble : shown.at("bubbles")) {
        out.bubbles.push_back(bubble_of(bubble));
        out.conversation.value = bubble.value("conversation", out.conversation.value);
        if (out.bubbles.back().kind != RenderedBubble::Kind::help) continue;
        out.help.emplace_back();
        for (const json& line : bubble.at("lines")) {
            out.help.back().push_back({line.value("name", ""),
                                       line.value("call", ""),
                                       line.value("text", ""),
                                       line.value("web", ""),
                                       line.value("hours", ""),
                                       line.value("checked", "")});
        }
    }
    if (shown.contains("room")) out.room = room_of(shown.at("room"));
    if (shown.contains("heard")) {
        const json& heard = shown.at("heard");
        out.heard = {heard.at("name").get<std::string>(),
                     heard.value("text", ""),
                     heard.value("picks", std::vector<std::string>())};
    }
    if (shown.contains("ask")) {
        out.ask = question_of(shown.at("ask"));
        out.ask_id = shown.at("ask").at("id").get<std::string>();
    }
    return out;
}

wire::Code code_of(const std::string& name) {
    for (int i = 0; i <= static_cast<int>(wire::Code::internal); ++i) {
        if (wire::name(static_cast<wire::Code>(i)) == name) return static_cast<wire::Code>(i);
    }
    throw std::invalid_argument(name);
}

std::string written(const Example& example) {
    const json& shown = example.payload;
    const auto text = [&](const char* key) { return shown.value(key, ""); };
    if (example.message == "welcome") {
        std::vector<engine::RoomView> rooms;
        for (const json& room : shown.value("rooms", json::array())) rooms.push_back(room_of(room));
        return wire::encode(wire::Welcome{shown.at("seq").get<std::int64_t>(),
                                          shown.at("person").get<std::int64_t>(),
                                          text("token"),
                                          text("readers"),
                                          std::move(rooms)});
    }
    if (example.message == "ack")
        return wire::encode_ack(shown.at("id").get<std::int64_t>(), shown.value("again", false));
    if (example.message == "turn") return wire::encode(message_of(shown), text("readers"));
    if (example.message == "history") {
        std::vector<engine::Message> messages;
        for (const json& message : shown.at("messages")) messages.push_back(message_of(message));
        return wire::encode_history(messages, "Only you");
    }
    if (example.message == "pong") return wire::encode_pong();
    if (example.message == "code")
        return wire::encode_code(
            text("code"), time_of(shown.at("expires")), shown.value("conversation", std::int64_t{0}));
    if (example.message == "seat") return wire::encode_seat(shown.at("conversation").get<std::int64_t>());
    if (example.message == "linked") return wire::encode_linked();
    if (example.message == "bye") {
        const wire::Bye reason = text("reason") == "drain" ? wire::Bye::drain : wire::Bye::exit;
        return wire::encode_bye(reason, std::chrono::seconds(shown.value("retry_after", 0)));
    }
    if (example.message == "error") {
        return wire::encode(
            wire::Error{code_of(text("code")), text("message"), shown.at("id").get<std::int64_t>(), text("field")});
    }
    throw std::invalid_argument("the document has a frame that the server does not write: " + example.message);
}

}  // namespace

TEST_CASE("the server reads every frame that its description shows a client sending", "[server][asyncapi]") {
    const std::map<std::string, std::size_t> kinds = {{"hello", wire::Frame(wire::Hello()).index()},
                                                      {"say", wire::Frame(wire::Text()).index()},
                                                      {"choose", wire::Frame(wire::Choose()).index()},
                                                      {"seen", wire::Frame(wire::Seen()).index()},
                                                      {"getHistory", wire::Frame(wire::History()).index()},
                                                      {"ping", wire::Frame(wire::Ping()).index()},
                                                      {"makeCode", wire::Frame(wire::MakeCode()).index()},
                                                      {"link", wire::Frame(wire::Link()).index()},
                                                      {"invite", wire::Frame(wire::Invite()).index()},
                                                      {"exit", wire::Frame(wire::Exit()).index()}};
    std::set<std::string> shown;
    for (const Example& example : examples("fromClient")) {
        INFO(example.message << ": " << example.name);
        const auto parsed = wire::parse(example.payload.dump());
        REQUIRE(std::holds_alternative<wire::Frame>(parsed));
        CHECK(std::get<wire::Frame>(parsed).index() == kinds.at(example.message));
        shown.insert(example.message);
    }
    CHECK(shown.size() == std::variant_size_v<wire::Frame>);
}

TEST_CASE("the server writes every frame as its description shows it", "[server][asyncapi]") {
    std::set<std::string> shown;
    for (const Example& example : examples("fromServer")) {
        INFO(example.message << ": " << example.name);
        CHECK(json::parse(written(example)) == example.payload);
        shown.insert(example.message);
    }
    CHECK(shown.size() == 10);
}

TEST_CASE("the description names the limits and the errors that the server has", "[server][asyncapi]") {
    const YAML::Node messages = document()["components"]["messages"];
    const YAML::Node codes = messages["error"]["payload"]["properties"]["code"]["enum"];
    REQUIRE(codes.size() == static_cast<std::size_t>(wire::Code::internal) + 1);
    const auto told = document()["info"]["description"].as<std::string>();
    for (std::size_t i = 0; i < codes.size(); ++i) {
        CHECK(codes[i].as<std::string>() == wire::name(static_cast<wire::Code>(i)));
        CHECK(told.find("| `" + codes[i].as<std::string>() + "` |") != std::string::npos);
    }
    const YAML::Node text = messages["say"]["payload"]["properties"]["text"];
    CHECK(text["maxLength"].as<std::size_t>() == wire::kMaxTextCharacters);
    CHECK(messages["choose"]["payload"]["properties"]["picks"]["maxItems"].as<std::size_t>() == wire::kMaxPicks);
    CHECK(messages["getHistory"]["payload"]["properties"]["limit"]["maximum"].as<int>() == wire::kMaxHistory);
    CHECK(document()["components"]["schemas"]["MessageId"]["maximum"].as<std::int64_t>() == wire::kMaxId);
    CHECK(told.find("at most " + std::to_string(wire::kMaxFrameBytes / 1024) + " KiB") != std::string::npos);
    CHECK(told.find(std::to_string(wire::kMaxDepth) + " levels") != std::string::npos);
}

}  // namespace test_asyncapi
