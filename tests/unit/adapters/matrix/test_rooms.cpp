#include <algorithm>
#include <limits>
#include <nlohmann/json.hpp>

#include "adapters/matrix/rooms.hpp"
#include "tests/support/catch.hpp"

namespace test_rooms {

using namespace reweave;
using namespace reweave::matrix;
using engine::Inbound;
using nlohmann::json;
using From = InvitePolicy::From;

namespace {

const std::string kUs = "@reweave:example.org";
const std::string kAna = "@ana:example.org";
const std::string kBen = "@ben:example.org";
const std::string kRoom = "!room";
constexpr std::int64_t kNow = 1'795'946'400'000;
constexpr std::int64_t kMinutes = 60'000;

struct Said {
    std::string id;
    std::string by = kAna;
    std::int64_t ago = 0;  ///< milliseconds
    std::string membership = "join";
};

json event(const std::string& type, const Said& how, json content) {
    json made = {{"type", type},
                 {"event_id", how.id},
                 {"sender", how.by},
                 {"origin_server_ts", kNow - how.ago},
                 {"content", std::move(content)}};
    if (!how.membership.empty()) made["unsigned"] = {{"membership", how.membership}};
    return made;
}

json says(const std::string& text, const Said& how) {
    return event("m.room.message", how, {{"msgtype", "m.text"}, {"body", text}});
}

json state(const std::string& type, const Said& how, json content, const std::string& key = {}) {
    json made = event(type, how, std::move(content));
    made["state_key"] = key;
    return made;
}

json member(const std::string& who, const std::string& membership, const Said& how) {
    return state("m.room.member", how, {{"membership", membership}}, who);
}

json reacts(const std::string& to, const std::string& key, const Said& how) {
    const json relation = {{"rel_type", "m.annotation"}, {"event_id", to}, {"key", key}};
    return event("m.reaction", how, {{"m.relates_to", relation}});
}

json edits(const std::string& target, const std::string& text, const Said& how) {
    const json relation = {{"rel_type", "m.replace"}, {"event_id", target}};
    return event("m.room.message",
                 how,
                 {{"msgtype", "m.text"},
                  {"body", "* " + text},
                  {"m.new_content", {{"msgtype", "m.text"}, {"body", text}}},
                  {"m.relates_to", relation}});
}

json redacts(const std::string& target, const Said& how) {
    return event("m.room.redaction", how, {{"redacts", target}});
}

json joined(const std::vector<json>& timeline, const std::vector<json>& in_state = {}, int people = 2) {
    return {{"timeline", {{"events", timeline}}},
            {"state", {{"events", in_state}}},
            {"summary", {{"m.joined_member_count", people}, {"m.invited_member_count", 0}}}};
}

json in_room(const json& room, const std::string& id = kRoom) {
    return {{"rooms", {{"join", {{id, room}}}}}};
}

json removed(const std::string& by, const std::string& id = kRoom) {
    const json timeline = {{"events", {member(kUs, "leave", {"$out", by})}}};
    return {{"rooms", {{"leave", {{id, {{"timeline", timeline}}}}}}}};
}

json invited(const std::string& by, bool direct, const std::vector<json>& more = {}, const std::string& id = kRoom) {
    std::vector<json> all = more;
    json invite = member(kUs, "invite", {"", by});
    invite["content"]["is_direct"] = direct;
    all.push_back(invite);
    return {{"rooms", {{"invite", {{id, {{"invite_state", {{"events", all}}}}}}}}}};
}

InvitePolicy anyone() {
    InvitePolicy policy;
    policy.from = From::anyone;
    return policy;
}

class Account {
 public:
    explicit Account(InvitePolicy policy = anyone(), bool can_encrypt = false)
        : rooms({kUs, "Reweave"}, std::move(policy), can_encrypt) {}

    Heard hears(const json& sync, std::int64_t now = kNow) {
        Rooms::Reading reading;
        reading.now = now;
        return rooms.read(sync, reading);
    }
    Heard hears_first(const json& sync) {
        Rooms::Reading reading;
        reading.first = true;
        reading.now = kNow;
        return rooms.read(sync, reading);
    }
    Heard sees(const std::vector<json>& timeline, const std::string& id = kRoom) {
        return hears(in_room({{"timeline", {{"events", timeline}}}}, id));
    }
    /// Ana has a direct room with us.
    Heard meets(const std::string& id = kRoom, const std::string& who = kAna) {
        (void)hears(invited(who, true, {}, id));
        return hears(in_room(joined({member(kUs, "join", {"$join" + id, kUs})}), id));
    }
    Room room(const std::string& id = kRoom) const {
        const Room* found = rooms.find(id);
        REQUIRE(found);
        return *found;
    }

    Rooms rooms;
};

std::vector<std::string> texts(const Heard& heard) {
    std::vector<std::string> all;
    for (const Inbound& inbound : heard.inbounds) all.push_back(inbound.text);
    return all;
}

std::vector<Inbound::Kind> kinds(const Heard& heard) {
    std::vector<Inbound::Kind> all;
    for (const Inbound& inbound : heard.inbounds) all.push_back(inbound.kind);
    return all;
}

bool has_task(const Heard& heard, Task::Kind kind, const std::string& text = {}) {
    return std::any_of(heard.tasks.begin(), heard.tasks.end(), [&](const Task& task) {
        return task.kind == kind && (text.empty() || task.text == text);
    });
}

bool has(const std::vector<std::string>& all, const std::string& one) {
    return std::find(all.begin(), all.end(), one) != all.end();
}

using Kinds = std::vector<Inbound::Kind>;
using Texts = std::vector<std::string>;

}  // namespace

// ------------------------------------------------------------------------------------------------- invitations

TEST_CASE("only those whom the policy names are let in", "[matrix][rooms]") {
    const auto accepts = [](From from, const std::string& who) {
        return InvitePolicy{from, {kAna, ":friends.org"}}.accepts(who, kUs);
    };
    CHECK_FALSE(accepts(From::nobody, kAna));
    CHECK(accepts(From::anyone, "@x:elsewhere.org"));
    CHECK(accepts(From::same_server, kBen));
    CHECK_FALSE(accepts(From::same_server, "@x:elsewhere.org"));
    CHECK_FALSE(accepts(From::same_server, "@x:evil-example.org"));
    CHECK(accepts(From::allowed, kAna));
    CHECK(accepts(From::allowed, "@x:friends.org"));
    CHECK_FALSE(accepts(From::allowed, kBen));
    CHECK_FALSE(accepts(From::allowed, "@x:not-friends.org"));
    CHECK_FALSE(InvitePolicy{From::same_server}.accepts("nobody", "neither"));
}

TEST_CASE("an invitation is accepted or declined, and is still to be so after a crash", "[matrix][rooms]") {
    Account open;
    const Heard yes = open.hears(invited(kAna, true));
    REQUIRE(has_task(yes, Task::Kind::join));
    CHECK(open.room().stage == Room::Stage::invited);
    CHECK(open.room().kind == Room::Kind::direct);
    const bool stored = std::any_of(yes.rows.begin(), yes.rows.end(), [](const engine::ChannelRow& row) {
        return row.key.starts_with(Rooms::kTaskRow);
    });
    CHECK(stored);
    CHECK(open.hears(invited(kAna, true)).tasks.empty());  // it is on its way

    Account closed{InvitePolicy{}};
    const Heard no = closed.hears(invited(kAna, true));
    CHECK(has_task(no, Task::Kind::leave));
    CHECK_FALSE(closed.rooms.find(kRoom));
}

TEST_CASE("who invites is who the homeserver says at last, whatever the rest of the invitation claims",
          "[matrix][rooms]") {
    InvitePolicy policy;
    policy.from = From::allowed;
    policy.allowed = {kAna};
    Account account(policy);
    const Heard heard = account.hears(invited(kBen, true, {member(kUs, "invite", {"", kAna})}));
    CHECK(has_task(heard, Task::Kind::leave));
    CHECK_FALSE(has_task(heard, Task::Kind::join));
}

TEST_CASE("a room that is encrypted is declined by who cannot read it", "[matrix][rooms]") {
    const json sync = invited(kAna, true, {state("m.room.encryption", {"", kAna}, {{"algorithm", "x"}})});
    Account account;
    CHECK(has_task(account.hears(sync), Task::Kind::leave));
    Rooms able({kUs, ""}, anyone(), true);
    CHECK(has_task(able.read(sync, Rooms::Reading()), Task::Kind::join));
}

TEST_CASE("one person invites only so often in an hour, by our clock and not by theirs", "[matrix][rooms]") {
    InvitePolicy policy = anyone();
    policy.per_hour = 2;
    Account account(policy);
    const auto invite = [&](int n, std::int64_t now) {
        json sync = invited(kAna, true, {}, "!" + std::to_string(n));
        json& events = sync["rooms"]["invite"]["!" + std::to_string(n)]["invite_state"]["events"];
        events.back()["origin_server_ts"] = kNow + n * 100 * kMinutes;  // as if hours lay between them
        return has_task(account.hears(sync, now), Task::Kind::join);
    };
    CHECK(invite(1, kNow));
    CHECK(invite(2, kNow));
    CHECK_FALSE(invite(3, kNow));
    CHECK(invite(4, kNow + 61 * kMinutes));
}

TEST_CASE("invitations that are on their way count for how many rooms there may be", "[matrix][rooms]") {
    InvitePolicy policy = anyone();
    policy.rooms = 2;
    Account account(policy);
    CHECK(has_task(account.hears(invited(kAna, true, {}, "!1")), Task::Kind::join));
    CHECK(has_task(account.hears(invited(kAna, true, {}, "!2")), Task::Kind::join));
    CHECK(has_task(account.hears(invited(kAna, true, {}, "!3")), Task::Kind::leave));
}

// -------------------------------------------------------------------------------------------------- coming in

TEST_CASE("whoever opened a direct room is greeted, and heard after that", "[matrix][rooms]") {
    Account account;
    (void)account.hears(invited(kAna, true));
    const Heard heard = account.hears(in_room(joined({says("hi", {"$hi", kAna, kMinutes, "invite"}),
                                                      member(kUs, "join", {"$join", kUs}),
                                                      says("there?", {"$there"})})));
    CHECK(kinds(heard) == Kinds{Inbound::Kind::joined, Inbound::Kind::text, Inbound::Kind::text});
    CHECK(texts(heard) == Texts{"", "hi", "there?"});
    CHECK(account.rooms.direct_room(kAna) == kRoom);
}

TEST_CASE("what was said before we came is not answered unless it was just now, to us", "[matrix][rooms]") {
    for (const std::string membership : {"invite", ""}) {  // not every homeserver tells
        INFO(membership);
        Account account;
        (void)account.hears(invited(kAna, true));
        const Heard heard = account.hears(in_room(joined({says("long ago", {"$1", kAna, 11 * kMinutes, membership}),
                                                          says("by another", {"$2", kBen, 0, membership}),
                                                          says("hi", {"$3", kAna, kMinutes, membership}),
                                                          member(kUs, "join", {"$join", kUs})})));
        CHECK(texts(heard) == Texts{"", "hi"});
    }
}

TEST_CASE("the first sync of an account is history, but for its invitations", "[matrix][rooms]") {
    Account account;
    json room = joined({member(kUs, "join", {"$join", kUs}), says("hi", {"$hi"})});
    room["summary"]["m.heroes"] = {kAna};
    json sync = in_room(room);
    sync["rooms"]["invite"] = invited(kBen, true, {}, "!other")["rooms"]["invite"];
    const Heard heard = account.hears_first(sync);
    CHECK(heard.inbounds.empty());
    CHECK(has_task(heard, Task::Kind::join));
    CHECK(account.rooms.direct_room(kAna) == kRoom);
    CHECK(texts(account.sees({says("again", {"$again"})})) == Texts{"again"});
}

TEST_CASE("two people without a word about it are a direct room, more are a group", "[matrix][rooms]") {
    Account two;
    json room = joined({member(kUs, "join", {"$join", kUs})});
    room["summary"]["m.heroes"] = {kAna};
    (void)two.hears(in_room(room));
    CHECK(two.room().kind == Room::Kind::direct);
    CHECK(two.room().user == kAna);

    Account more;
    (void)more.hears(invited(kAna, false));
    const Heard heard = more.hears(in_room(joined({member(kUs, "join", {"$join", kUs})}, {}, 3)));
    CHECK(more.room().kind == Room::Kind::group);
    CHECK(heard.inbounds.empty());
    CHECK(has_task(heard, Task::Kind::say, "group-notice"));
}

TEST_CASE("a room that we have made greets nobody before it is said what it is", "[matrix][rooms]") {
    Account account;
    const json create = state("m.room.create", {"$create", kUs}, json::object());
    const Heard heard = account.hears(in_room(joined({create, member(kUs, "join", {"$join", kUs})}, {}, 1)));
    CHECK(heard.inbounds.empty());
    CHECK(heard.tasks.empty());
    json more = joined({}, {}, 1);
    more["summary"]["m.invited_member_count"] = 1;
    more["summary"]["m.heroes"] = {kAna};
    CHECK(account.hears(in_room(more)).inbounds.empty());
    CHECK(account.room().kind == Room::Kind::unknown);
    CHECK(account.room().ours);
}

// ------------------------------------------------------------------------------------------------ who reads it

TEST_CASE("a direct room in which others sit already is no direct room", "[matrix][rooms]") {
    const json join = member(kUs, "join", {"$join", kUs});
    const std::vector<std::pair<std::string, json>> rooms{
        {"counted", joined({join}, {}, 3)},
        {"shown in the state", joined({join}, {member(kBen, "join", {"$ben", kBen})})},
        {"came before us", joined({member(kBen, "join", {"$ben", kBen, 0, "invite"}), join})}};
    for (const auto& [how, room] : rooms) {
        INFO(how);
        Account account;
        (void)account.hears(invited(kAna, true));
        const Heard heard = account.hears(in_room(room));
        CHECK(heard.inbounds.empty());
        CHECK(account.rooms.direct_room(kAna).empty());
        CHECK(has_task(heard, Task::Kind::say, "group-notice"));
    }
}

TEST_CASE("in place of whoever invited us nobody else is spoken to", "[matrix][rooms]") {
    Account account;
    (void)account.hears(invited(kAna, true));
    json room = joined({member(kUs, "join", {"$join", kUs})});
    room["summary"]["m.heroes"] = {kBen};  // Ana has left
    CHECK(account.hears(in_room(room)).inbounds.empty());
    CHECK(account.rooms.direct_room(kAna).empty());
    CHECK(account.rooms.direct_room(kBen).empty());
}

TEST_CASE("when a third person comes in, nothing private is said there any more", "[matrix][rooms]") {
    Account account;
    (void)account.meets();
    const Heard heard = account.sees({says("before", {"$1"}),
                                      member(kBen, "join", {"$ben", kBen}),
                                      says("after", {"$2"}),
                                      says("!browser", {"$3", kBen})});
    CHECK(texts(heard) == Texts{"before"});
    CHECK(has(heard.exposed, kRoom));
    CHECK(account.rooms.direct_room(kAna).empty());
    REQUIRE(heard.tasks.size() == 1);
    CHECK(heard.tasks.front().text == "not-alone");
    CHECK(account.sees({member(kBen, "leave", {"$gone", kBen}), says("alone again", {"$4"})}).inbounds.empty());
}

TEST_CASE("a third person is noticed by their number, too", "[matrix][rooms]") {
    Account account;
    (void)account.meets();
    const Heard heard = account.hears(in_room(joined({says("hi", {"$1"})}, {}, 3)));
    CHECK(has(heard.exposed, kRoom));
    CHECK(has_task(heard, Task::Kind::say, "not-alone"));
    CHECK(account.rooms.direct_room(kAna).empty());
}

TEST_CASE("who leaves their direct room has left us, and we leave it too", "[matrix][rooms]") {
    Account account;
    (void)account.meets();
    const Heard heard = account.sees({member(kAna, "leave", {"$bye"})});
    CHECK(kinds(heard) == Kinds{Inbound::Kind::left});
    CHECK(has(heard.left, kRoom));
    CHECK(has_task(heard, Task::Kind::leave));
    CHECK(account.rooms.direct_room(kAna).empty());

    CHECK(kinds(account.meets("!new")) == Kinds{Inbound::Kind::joined});
    CHECK(account.rooms.direct_room(kAna) == "!new");
}

TEST_CASE("of two direct rooms of one person it is the one where they spoke last", "[matrix][rooms]") {
    Account account;
    (void)account.meets("!a");
    (void)account.meets("!b");
    CHECK(account.rooms.direct_room(kAna) == "!b");
    const Heard heard = account.sees({says("here", {"$1"})}, "!a");
    CHECK(account.rooms.direct_room(kAna) == "!a");

    Account again;
    std::vector<engine::ChannelRow> rows;
    for (const auto& [id, room] : account.rooms.all()) rows.push_back({"room:" + id, to_text(room)});
    again.rooms.restore(rows);
    CHECK(again.rooms.direct_room(kAna) == "!a");

    const Heard left = account.sees({member(kAna, "leave", {"$bye"})}, "!a");
    CHECK(left.inbounds.empty());  // they have another one with us
    CHECK(has(left.exposed, "!a"));
    CHECK(account.rooms.direct_room(kAna) == "!b");
}

TEST_CASE("people are told apart by their rooms", "[matrix][rooms]") {
    Account account;
    (void)account.meets("!a", kAna);
    (void)account.meets("!b", kBen);
    CHECK(account.rooms.direct_room(kAna) == "!a");
    CHECK(account.rooms.direct_room(kBen) == "!b");
}

// -------------------------------------------------------------------------------------------------- going out

TEST_CASE("being removed is a leaving, every time", "[matrix][rooms]") {
    Account account;
    (void)account.meets();
    const Heard once = account.hears(removed(kAna));
    CHECK(kinds(once) == Kinds{Inbound::Kind::left});
    CHECK(has(once.left, kRoom));
    CHECK_FALSE(once.reports.empty());
    CHECK(account.rooms.direct_room(kAna).empty());
    CHECK(account.hears(removed(kAna)).inbounds.empty());

    // Removed and invited again between two syncs.
    (void)account.meets();
    const Heard again = account.hears(invited(kAna, true));
    CHECK(kinds(again) == Kinds{Inbound::Kind::left});
    CHECK(has(again.left, kRoom));
    CHECK(has_task(again, Task::Kind::join));
}

TEST_CASE("a room that we come into again may be spoken in", "[matrix][rooms]") {
    Account account;
    CHECK(has(account.meets().freed, kRoom));
}

TEST_CASE("a room without power for us is muted until there is", "[matrix][rooms]") {
    Account account;
    (void)account.meets();
    const auto power = [&](const std::string& id, int needed) {
        return account.sees({state("m.room.power_levels", {id}, {{"events_default", needed}})});
    };
    CHECK(power("$1", 50).freed.empty());
    CHECK(account.room().muted);
    CHECK(has(power("$2", 0).freed, kRoom));
    CHECK_FALSE(account.room().muted);
}

TEST_CASE("a room goes on in the one that takes its place", "[matrix][rooms]") {
    Account account;
    (void)account.meets();
    const json tombstone = state("m.room.tombstone", {"$end"}, {{"replacement_room", "!new"}});
    const Heard ends = account.sees({tombstone, says("too late", {"$late"})});
    CHECK(ends.inbounds.empty());
    REQUIRE(has_task(ends, Task::Kind::join));
    CHECK(ends.tasks.front().room == "!new");

    const json create = state("m.room.create", {"$create"}, {{"predecessor", {{"room_id", kRoom}}}});
    json room = joined({create, member(kUs, "join", {"$join", kUs})});
    room["summary"]["m.heroes"] = {kAna};
    const Heard heard = account.hears(in_room(room, "!new"));
    REQUIRE(heard.replaced.size() == 1);
    CHECK(heard.replaced.front() == std::pair<std::string, std::string>(kRoom, "!new"));
    CHECK(kinds(heard) == Kinds{Inbound::Kind::joined});
    CHECK(account.rooms.direct_room(kAna) == "!new");
    CHECK(account.sees({says("in the old one", {"$old"})}).inbounds.empty());
}

TEST_CASE("a private room does not go on in one that others read", "[matrix][rooms]") {
    Account account;
    (void)account.meets();
    (void)account.sees({state("m.room.tombstone", {"$end"}, {{"replacement_room", "!new"}})});
    const json create = state("m.room.create", {"$create"}, {{"predecessor", {{"room_id", kRoom}}}});
    const Heard heard = account.hears(in_room(joined({create, member(kUs, "join", {"$join", kUs})}, {}, 3), "!new"));
    CHECK(heard.inbounds.empty());
    CHECK(has(heard.exposed, "!new"));
    CHECK(account.rooms.direct_room(kAna).empty());
}

TEST_CASE("a room that calls itself the successor of another is none without that one's word", "[matrix][rooms]") {
    InvitePolicy policy;
    policy.from = From::allowed;
    policy.allowed = {kAna};
    Account account(policy);
    (void)account.meets();
    const json create = state("m.room.create", {"", kBen}, {{"predecessor", {{"room_id", kRoom}}}});
    const Heard heard = account.hears(invited(kBen, true, {create}, "!trap"));
    CHECK(has_task(heard, Task::Kind::leave));
    CHECK(account.rooms.direct_room(kAna) == kRoom);
}

TEST_CASE("a tombstone beside the one place where it counts is none", "[matrix][rooms]") {
    Account account;
    (void)account.meets();
    const json stone = state("m.room.tombstone", {"$end"}, {{"replacement_room", "!new"}}, "beside");
    CHECK(account.sees({stone}).tasks.empty());
    CHECK(account.room().stage == Room::Stage::joined);
}

// ------------------------------------------------------------------------------------------------ what is said

TEST_CASE("what begins with an exclamation mark is heard unless it is one of the commands", "[matrix][rooms]") {
    Account account;
    (void)account.meets();
    CHECK(texts(account.sees({says("!!! help me", {"$1"}), says("!browse", {"$2"})})) ==
          Texts{"!!! help me", "!browse"});
    const Heard heard = account.sees({says("!browser", {"$3"}), says("!link", {"$4"})});
    CHECK(heard.inbounds.empty());
    CHECK(has_task(heard, Task::Kind::browser));
    CHECK(has_task(heard, Task::Kind::link));
}

TEST_CASE("nothing that a stranger does in a direct room is an inbound", "[matrix][rooms]") {
    Account account;
    (void)account.meets();
    (void)account.rooms.save(kRoom, [&] {
        Room room = account.room();
        room.prompt = "$prompt";
        room.answered = "$prompt";
        room.reaction = room.last_reaction = "$theirs";
        return room;
    }());
    const json picture = event("m.room.message", {"$2", kBen}, {{"msgtype", "m.image"}, {"body", "x"}});
    const Heard heard = account.sees({says("hi", {"$1", kBen}),
                                      picture,
                                      edits("$answer", "other", {"$3", kBen}),
                                      redacts("$answer", {"$4", kBen}),
                                      redacts("$theirs", {"$5", kBen}),
                                      reacts("$prompt", "1", {"$6", kBen}),
                                      says("!browser", {"$7", kBen})});
    CHECK(heard.inbounds.empty());
    CHECK(heard.tasks.empty());
    CHECK(account.room().answered == "$prompt");
}

TEST_CASE("in a group only who speaks to us is answered, and nobody's redaction concerns us", "[matrix][rooms]") {
    Account account;
    (void)account.hears(invited(kAna, false));
    (void)account.hears(in_room(joined({member(kUs, "join", {"$join", kUs})}, {}, 5)));
    const Heard heard = account.sees({says("hi all", {"$1"}), redacts("$1", {"$2"}), says("!browser", {"$3"})});
    CHECK(heard.inbounds.empty());
    CHECK(heard.tasks.empty());
    json called = says("Reweave: hi", {"$4"});
    called["content"]["m.mentions"] = {{"user_ids", {kUs}}};
    CHECK(has_task(account.sees({called}), Task::Kind::say, "group-notice"));
}

TEST_CASE("a code is taken as one, bare or in its link, but only in a direct room", "[matrix][rooms]") {
    Account account;
    (void)account.meets();
    const Heard heard = account.sees({says("ABCD-EFGH-2345", {"$1"}),
                                      says("https://bot.example.org/#join=ABCD-EFGH-2346", {"$2"}),
                                      says("ABCD-EFGH-234", {"$3"})});
    CHECK(kinds(heard) == Kinds{Inbound::Kind::code, Inbound::Kind::code, Inbound::Kind::text});
    CHECK(texts(heard) == Texts{"ABCD-EFGH-2345", "ABCD-EFGH-2346", "ABCD-EFGH-234"});
}

TEST_CASE("an answer that comes very late is told so", "[matrix][rooms]") {
    Account account;
    (void)account.meets();
    const Heard heard =
        account.sees({says("old", {"$1", kAna, 31 * kMinutes}), says("new", {"$2", kAna, 29 * kMinutes})});
    CHECK(kinds(heard) == Kinds{Inbound::Kind::late, Inbound::Kind::text});
}

TEST_CASE("a reaction answers the newest prompt, and another one in its place changes the answer", "[matrix][rooms]") {
    Account account;
    (void)account.meets();
    Room room = account.room();
    room.prompt = "$prompt";
    (void)account.rooms.save(kRoom, room);
    CHECK(account.sees({reacts("$older", "1", {"$0"})}).inbounds.empty());
    const Heard first = account.sees({reacts("$prompt", "1", {"$1"})});
    CHECK(kinds(first) == Kinds{Inbound::Kind::text});
    const Heard second = account.sees({reacts("$prompt", "2", {"$2"}), redacts("$1", {"$3"})});
    REQUIRE(kinds(second) == Kinds{Inbound::Kind::edited});
    CHECK(second.inbounds.front().target == "$1");
    const Heard back = account.sees({redacts("$2", {"$4"})});
    REQUIRE(kinds(back) == Kinds{Inbound::Kind::withdrawn});
    CHECK(back.inbounds.front().target == "$1");
}

TEST_CASE("our own words, notices and what cannot be read are not answers", "[matrix][rooms]") {
    Account account;
    (void)account.meets();
    json notice = says("beep", {"$2"});
    notice["content"]["msgtype"] = "m.notice";
    json erased = says("gone", {"$3"});
    erased["unsigned"]["redacted_because"] = json::object();
    CHECK(account.sees({says("ours", {"$1", kUs}), notice, erased}).inbounds.empty());
    const Heard heard = account.sees({event("m.room.encrypted", {"$4"}, {{"algorithm", "x"}})});
    CHECK(heard.inbounds.empty());
    CHECK(has_task(heard, Task::Kind::leave));
    CHECK(account.room().encrypted);
}

TEST_CASE("another bot that answers ours is left alone, a person who writes much is not", "[matrix][rooms]") {
    Account account;
    (void)account.meets();
    const auto exchange = [&](int n, std::int64_t pause) {
        const std::string id = "$" + std::to_string(n) + "-" + std::to_string(pause);
        const Heard heard =
            account.sees({says("ours", {id + "a", kUs, 5000}), says("theirs", {id + "b", kAna, 5000 - pause})});
        return !heard.inbounds.empty();
    };
    for (int i = 0; i < 150; ++i) REQUIRE(exchange(i, 3000));
    for (int i = 0; i < 100; ++i) (void)exchange(i, 100);
    CHECK_FALSE(exchange(100, 100));
    CHECK(exchange(101, 3000));
}

// ------------------------------------------------------------------------------------------------- the timeline

TEST_CASE("a gap is looked for only in rooms that we were in", "[matrix][rooms]") {
    Account account;
    (void)account.meets();
    json gap = {{"timeline", {{"limited", true}, {"prev_batch", "t1"}, {"events", json::array()}}}};
    json sync = in_room(gap);
    sync["rooms"]["join"]["!unknown"] = gap;
    const std::vector<std::pair<std::string, std::string>> expected{{kRoom, "t1"}};
    CHECK(account.rooms.gaps(sync) == expected);
    CHECK(account.rooms.gaps(in_room({{"timeline", {{"limited", true}}}})).empty());
    CHECK(account.rooms.gaps(in_room({{"timeline", {{"limited", "yes"}, {"prev_batch", "t1"}}}})).empty());
}

TEST_CASE("what stood in a gap is heard before the rest", "[matrix][rooms]") {
    Account account;
    (void)account.meets();
    const json missed = {{kRoom, {says("first", {"$1"})}}};
    Rooms::Reading reading;
    reading.now = kNow;
    reading.missed = &missed;
    const json sync = in_room({{"timeline", {{"events", {says("second", {"$2"})}}}}});
    CHECK(texts(account.rooms.read(sync, reading)) == Texts{"first", "second"});
}

TEST_CASE("a room is the same after it was stored, and a broken row is a room about which nothing is known",
          "[matrix][rooms]") {
    Room room;
    room.kind = Room::Kind::direct;
    room.stage = Room::Stage::replaced;
    room.user = kAna;
    room.talk = {7};
    room.thread = "$thread";
    room.round = "2";
    room.prompt = "$prompt";
    room.answered = "$answered";
    room.reaction = "$reaction";
    room.last_reaction = "$last";
    room.successor = "!new";
    room.predecessor = "!old";
    room.encrypted = room.muted = room.noticed = room.ours = room.aside = true;
    CHECK(room_from_text(to_text(room)) == room);
    CHECK(room_from_text(to_text(Room{})) == Room{});
    for (const char* broken : {"", "[]", "{", R"({"kind":7,"stage":"?","user":[],"talk":"x","muted":1})"})
        CHECK(room_from_text(broken) == Room{});

    Task task{Task::Kind::link, "$1", kRoom, kAna, "words", "$root"};
    CHECK(task_from_text("$1", to_text(task)) == task);
    for (const char* broken : {"", "[]", "{}", R"({"kind":"sing"})"}) CHECK_FALSE(task_from_text("$1", broken));
}

TEST_CASE("nothing malformed in a sync is acted on", "[matrix][rooms]") {
    Account account;
    (void)account.meets();
    const Room before = account.room();
    for (const char* broken : {
             "null",
             "[]",
             R"({"rooms":7})",
             R"({"rooms":{"join":[],"invite":"x","leave":null}})",
             R"({"rooms":{"join":{"!room":7}}})",
             R"({"rooms":{"join":{"!room":{"timeline":{"events":{}},"state":[],"summary":[]}}}})",
             R"({"rooms":{"join":{"!room":{"timeline":{"events":[7,null,[],{}]},"state":{"events":[[],1]}}}}})",
             R"({"rooms":{"join":{"!room":{"summary":{"m.heroes":[7],"m.joined_member_count":"3"}}}}})",
             R"({"rooms":{"join":{"!room":{"timeline":{"events":[{"type":"m.room.tombstone","state_key":""}]}}}}})",
             R"({"rooms":{"leave":{"!other":[]}}})",
             R"({"rooms":{"join":{"":{}},"invite":{"":{}},"leave":{"":{}}}})",
         }) {
        INFO(broken);
        const Heard heard = account.hears(json::parse(broken));
        CHECK(heard.inbounds.empty());
        CHECK(heard.tasks.empty());
        CHECK(heard.rows.empty());
        CHECK(account.room() == before);
    }
    CHECK(has_task(account.hears(json::parse(R"({"rooms":{"invite":{"!x":{"invite_state":7}}}})")), Task::Kind::leave));
    // More people than can be: it is a group.
    json crowd = joined({member(kUs, "join", {"$join", kUs})}, {}, 2);
    crowd["summary"]["m.heroes"] = {kAna};
    crowd["summary"]["m.invited_member_count"] = std::numeric_limits<std::int64_t>::max();
    (void)account.hears(in_room(crowd, "!crowd"));
    CHECK(account.room("!crowd").kind == Room::Kind::group);
}

TEST_CASE("a room that was encrypted once stays so", "[matrix][rooms]") {
    Account account(anyone(), true);
    (void)account.meets();
    SECTION("whatever the homeserver says of it, if people do it") {
        json sealed = says("hi", {"$1"});
        sealed[Rooms::kWasSealed] = true;
        (void)account.sees({sealed});
        CHECK(account.room().encrypted);
        return;
    }
    (void)account.sees({state("m.room.encryption", {"$1"}, {{"algorithm", "x"}})});
    SECTION("when we are put out and asked in again") {
        (void)account.hears(removed(kAna));
        (void)account.meets();
        CHECK(account.room().encrypted);
    }
    SECTION("in the room that takes its place") {
        (void)account.sees({state("m.room.tombstone", {"$end"}, {{"replacement_room", "!new"}})});
        const json create = state("m.room.create", {"$create"}, {{"predecessor", {{"room_id", kRoom}}}});
        (void)account.hears(in_room(joined({create, member(kUs, "join", {"$join", kUs})}), "!new"));
        CHECK(account.room("!new").encrypted);
    }
}

TEST_CASE("what a talk has still to say is not said where somebody else reads it", "[matrix][rooms]") {
    Account account;
    (void)account.hears(invited(kAna, false));
    (void)account.hears(in_room(joined({member(kUs, "join", {"$join", kUs})}, {}, 3)));
    Room room = account.room();
    room.talk = engine::ConversationId{7};
    room.people = {kAna};
    (void)account.rooms.save(kRoom, room);
    CHECK(account.sees({member(kAna, "join", {"$again", kAna})}).exposed.empty());
    CHECK(has(account.sees({member(kBen, "join", {"$in", kBen})}).exposed, kRoom));
}

}  // namespace test_rooms
