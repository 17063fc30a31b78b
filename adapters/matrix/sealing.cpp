#include "adapters/matrix/sealing.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "adapters/common/fields.hpp"

namespace reweave::matrix {
namespace {

using nlohmann::json;
using namespace std::chrono_literals;

constexpr std::string_view kDeviceRow = "device";
constexpr const char* kTransaction = "reweave.transaction";
constexpr std::chrono::milliseconds kRemembered = 23h;  ///< a homeserver knows a transaction (Synapse: 24 h)
constexpr std::chrono::milliseconds kClocks = 10min;    ///< by which those of two machines may differ
constexpr int kMostPages = 10;
constexpr int kPage = 100;

/// Of a content: the transaction that it was sent with, which the homeserver shows to the sending device alone.
std::string marked(const std::string& content, const std::string& transaction) {
    json all = json::parse(content);
    all[kTransaction] = transaction;
    return all.dump();
}

}  // namespace

void Sealing::restore(const std::vector<engine::ChannelRow>& rows) {
    for (const engine::ChannelRow& row : rows) {
        if (row.key != kDeviceRow) continue;
        const json all = json::parse(row.value, nullptr, false);
        device_ = text_at(all, "id");
        device_since_ = number_at(all, "since", device_since_);
    }
}

/// Since when the device is the one that it is: whatever was made before may have been sent by another.
Awaitable<void> Sealing::note_device() {
    const std::string& device = shared_.api.account().device_id;
    if (device == device_) co_return;
    if (!device_.empty()) device_since_ = now_ms();
    device_ = device;
    const json all = {{"id", device_}, {"since", device_since_}};
    engine::Batch batch;
    batch.channel = kChannel;
    batch.rows.push_back({std::string(kDeviceRow), all.dump()});
    (void)co_await shared_.engine.hand_over(std::move(batch));
}

Awaitable<std::optional<std::string>> Sealing::sent_before(std::string room,
                                                           std::string transaction,
                                                           std::int64_t made) {
    std::optional<std::string> event = std::string();
    const std::int64_t now = now_ms();
    if (made >= device_since_ && now - made < kRemembered.count()) co_return event;
    std::string from;
    for (int page = 0; page < kMostPages; ++page) {
        std::string path = "/client/v3/rooms/" + escaped(room) + "/messages?dir=b&limit=" + std::to_string(kPage) +
                           (from.empty() ? "" : "&from=" + escaped(from));
        const Answer answer = co_await shared_.api.call("GET", std::move(path));
        if (answer.kind == Answer::Kind::refused) break;  // nothing of ours can be there
        if (!answer.ok()) {
            event.reset();
            break;
        }
        const json body = answer.json();
        const json* chunk = member(body, "chunk");
        if (!chunk || !chunk->is_array() || chunk->empty()) break;
        for (const json& one : *chunk) {
            const json* content = member(one, "content");
            if (text_at(one, "sender") != shared_.api.account().user_id || !content) continue;
            if (text_at(*content, kTransaction) == transaction) event = text_at(one, "event_id");
        }
        const bool older = number_at(chunk->back(), "origin_server_ts", made) < made - kClocks.count();
        from = text_at(body, "end");
        if (!event->empty() || older || from.empty()) break;
    }
    co_return event;
}

Awaitable<std::optional<std::vector<std::string>>> Sealing::readers_of(std::string room_id) {
    std::optional<std::vector<std::string>> readers;
    const Room* room = shared_.rooms.find(room_id);
    if (room && room->kind == Room::Kind::direct) {
        readers.emplace(1, room->user);
        co_return readers;
    }
    const bool talks = room && (room->kind == Room::Kind::talk || (room->talk && !room->provisional));
    std::vector<std::string> people;
    if (talks) people = room->people;
    const Answer answer = co_await shared_.api.call("GET", "/client/v3/rooms/" + escaped(room_id) + "/members");
    if (answer.ok()) readers = members_of(answer.json(), talks);
    if (readers && talks)
        std::erase_if(*readers, [&](const std::string& user) {
            return std::find(people.begin(), people.end(), user) == people.end();
        });
    co_return readers;
}

Awaitable<std::optional<Wire>> Sealing::seal(std::string room_id, std::string content, std::string transaction) {
    const Room* room = shared_.rooms.find(room_id);
    std::optional<Wire> wire;
    if (!room || !room->encrypted) {
        wire.emplace(Wire{"m.room.message", marked(content, transaction)});
        co_return wire;
    }
    if (!shared_.encryption) co_return wire;
    auto readers = co_await readers_of(room_id);
    if (!readers) co_return wire;
    auto sealed = co_await shared_.encryption->encrypt(
        std::move(room_id), std::move(*readers), "m.room.message", std::move(content));
    if (sealed) wire.emplace(Wire{"m.room.encrypted", marked(*sealed, transaction)});
    co_return wire;
}

}  // namespace reweave::matrix
