/// \file Any bytes as a frame of a client: a frame within its limits or a typed refusal, never an exception.

#include "bot/server/wire.hpp"

#include <cstdint>
#include <nlohmann/json.hpp>
#include <string_view>

#include "tests/fuzz/demand.hpp"

namespace wire = reweave::server::wire;

namespace {

bool in_range(std::int64_t id) {
    return id >= 1 && id <= wire::kMaxId;
}

void check(const wire::Text& text) {
    demand(in_range(text.id), "an id is a positive integer below 2^53");
    demand(!text.text.empty() && text.text.size() <= 4 * wire::kMaxTextCharacters, "a text keeps its limit");
}
void check(const wire::Choose& choose) {
    demand(in_range(choose.id), "an id is a positive integer below 2^53");
    demand(choose.picks.size() <= wire::kMaxPicks, "picks keep their limit");
}
void check(const wire::Hello& hello) {
    demand(hello.seen >= 0 && hello.seen <= wire::kMaxId, "seen is a sequence number or 0");
    demand(hello.token.empty() || wire::is_token(hello.token), "a token has the form of one");
}
void check(const wire::Seen& seen) {
    demand(seen.seq >= 0 && seen.seq <= wire::kMaxId, "seq is a sequence number");
}
void check(const wire::History& history) {
    demand(history.before >= 0 && history.before <= wire::kMaxId, "before is a sequence number or 0");
    demand(history.limit >= 1 && history.limit <= wire::kMaxHistory, "limit keeps its limit");
}
template <class Other>
void check(const Other&) {}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view frame(reinterpret_cast<const char*>(data), size);
    const auto parsed = wire::parse(frame);
    if (const auto* error = std::get_if<wire::Error>(&parsed)) {
        demand(!error->message.empty(), "a refusal says why");
        demand(!nlohmann::json::parse(wire::encode(*error), nullptr, false).is_discarded(), "a refusal is JSON");
    } else {
        demand(size <= wire::kMaxFrameBytes, "a frame keeps its limit");
        std::visit([](const auto& kind) { check(kind); }, std::get<wire::Frame>(parsed));
    }
    return 0;
}
