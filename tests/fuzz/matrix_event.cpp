/// \file Any JSON as an event of a room, and its words shown to others: never an exception, never an event that a
/// homeserver refuses.

#include <cstdint>
#include <nlohmann/json.hpp>
#include <string_view>

#include "adapters/matrix/content.hpp"
#include "adapters/matrix/inbound.hpp"
#include "tests/fuzz/demand.hpp"

namespace matrix = reweave::matrix;
using Kind = matrix::RoomEvent::Kind;

namespace {

void check(const matrix::RoomEvent& event) {
    demand(event.text.size() <= matrix::kTextBytes, "a text keeps its limit");
    demand(event.kind != Kind::member || event.member.has_value(), "a change of members says whose");
    const bool about = event.kind == Kind::edit || event.kind == Kind::reaction || event.kind == Kind::redaction;
    demand(!about || !event.target.empty(), "what is about another event names it");
    demand(event.kind == Kind::other || !event.sender.empty(), "what is acted on has a sender");
}

void check_shown(const matrix::RoomEvent& event) {
    reweave::engine::Message message;
    message.heard = reweave::engine::Message::Heard{event.sender, event.text, {}};
    for (const nlohmann::json& content : matrix::contents_of(message)) {
        demand(content.dump().size() <= 48'000, "an event keeps its limit");
        const auto& html = content.at("formatted_body").get_ref<const std::string&>();
        demand(html.find("<script") == std::string::npos && html.find("<img") == std::string::npos,
               "words are no tags");
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    const nlohmann::json json = nlohmann::json::parse(text, nullptr, false);
    if (json.is_discarded()) return 0;
    const matrix::RoomEvent event = matrix::parse_event(json, {"@reweave:example.org", "Reweave"});
    check(event);
    check_shown(event);
    return 0;
}
