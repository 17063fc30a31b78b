/// \file Any JSON as the answers of two syncs in a row: never an exception, and nothing that would speak to somebody
/// about what is another's.

#include <cstdint>
#include <nlohmann/json.hpp>
#include <set>
#include <string_view>

#include "adapters/matrix/rooms.hpp"
#include "tests/fuzz/demand.hpp"

namespace matrix = reweave::matrix;
using nlohmann::json;
using reweave::engine::Inbound;

namespace {

constexpr std::int64_t kNow = 1'795'946'400'000;

/// Whose words are private to them and us: now, or before this sync.
std::set<std::string> direct_users(const matrix::Rooms& rooms, std::set<std::string> users) {
    for (const auto& [id, room] : rooms.all()) {
        if (!room.user.empty()) users.insert(room.user);
    }
    return users;
}

void check(const matrix::Rooms& rooms, const matrix::Heard& heard, const std::set<std::string>& before) {
    const std::set<std::string> users = direct_users(rooms, before);
    for (const Inbound& inbound : heard.inbounds) {
        demand(!inbound.handle.empty() && !inbound.key.empty(), "what is handed over has a sender and a key");
        demand(inbound.room || users.contains(inbound.handle), "in private only whose room it is is heard");
    }
    for (const matrix::Task& task : heard.tasks) {
        demand(!task.id.empty() && !task.room.empty(), "what is to be done has a name and a place");
        demand(matrix::task_from_text(task.id, matrix::to_text(task)) == task, "a task outlives a crash");
    }
    for (const auto& [id, room] : rooms.all()) {
        demand(matrix::room_from_text(matrix::to_text(room)) == room, "a room outlives a crash");
        const std::string direct = rooms.direct_room(room.user);
        demand(direct.empty() || rooms.find(direct)->user == room.user, "a direct room is that person's");
    }
}

/// A room that was replaced before a sync is silent in it.
void check_replaced(const matrix::Rooms& before, matrix::Rooms after, const json& sync) {
    std::vector<reweave::engine::ChannelRow> rows;
    for (const auto& [id, room] : before.all()) {
        matrix::Room replaced = room;
        replaced.stage = matrix::Room::Stage::replaced;
        replaced.successor = "!elsewhere";
        rows.push_back({std::string(matrix::Rooms::kRoomRow) + id, matrix::to_text(replaced)});
    }
    after.restore(rows);
    const auto rooms = sync.is_object() ? sync.find("rooms") : sync.end();
    if (!sync.is_object() || rooms == sync.end() || !rooms->is_object() || !rooms->contains("join")) return;
    const json& joined = rooms->at("join");
    if (!joined.is_object()) return;
    json only = json::object();
    for (const auto& [id, room] : joined.items()) {
        if (before.find(id)) only[id] = room;
    }
    matrix::Rooms::Reading reading;
    reading.now = kNow;
    for (const Inbound& inbound : after.read({{"rooms", {{"join", only}}}}, reading).inbounds) {
        const auto kind = inbound.kind;
        demand(kind == Inbound::Kind::joined || kind == Inbound::Kind::left, "what was replaced is silent");
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    const json syncs = json::parse(text, nullptr, false);
    if (!syncs.is_array()) return 0;
    const matrix::Ourselves us{"@us:x", "Reweave"};
    const matrix::InvitePolicy policy{matrix::InvitePolicy::From::anyone};
    matrix::Rooms rooms(us, policy, false);
    std::size_t n = 0;
    for (const json& sync : syncs) {
        if (++n > 4) break;
        const std::set<std::string> before = direct_users(rooms, {});
        check_replaced(rooms, matrix::Rooms(us, policy, false), sync);
        (void)rooms.gaps(sync);
        matrix::Rooms::Reading reading;
        reading.now = kNow;
        reading.missed = &sync;
        check(rooms, rooms.read(sync, reading), before);
    }
    return 0;
}
