#include "adapters/matrix/tasks.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "adapters/common/back_off.hpp"
#include "adapters/matrix/content.hpp"

namespace reweave::matrix {

using engine::Inbound;
using nlohmann::json;
using namespace std::chrono_literals;

constexpr std::chrono::milliseconds kMoment = 250ms;  ///< until another worker may be done

std::chrono::milliseconds again_after(Sending& sending, const Answer& answer, int lost) {
    if (answer.kind == Answer::Kind::slow_down) sending.slow_down(answer.wait);
    return answer.kind == Answer::Kind::slow_down ? answer.wait
           : answer.kind == Answer::Kind::refused ? 0ms
           : answer.kind == Answer::Kind::ok      ? 0ms
                                                  : back_off(lost + 1);
}

Tasks::Tasks(asio::io_context& io, Shared& shared, Outcomes& outcomes, adapters::Phrases& phrases)
    : shared_(shared), outcomes_(outcomes), phrases_(phrases), tasks_(io) {}

void Tasks::begin(Task task) {
    outcomes_.note({std::string(Rooms::kTaskRow) + task.id, to_text(task)});
    add(std::move(task));
}

void Tasks::add(Task task) {
    if (tasks_.any([&](const Task& other) { return other.id == task.id; })) return;
    std::string room = task.room;
    tasks_.add(std::move(room), std::move(task));
}

Awaitable<void> Tasks::work() {
    for (;;) {
        Chores<Task>::Chore* chore = co_await tasks_.next();
        if (!chore) break;
        if (shared_.signed_out) {
            tasks_.later(chore, kLookAgain);
            continue;
        }
        const std::chrono::milliseconds held = shared_.sending.held_for();
        if (held > 0ms || (busy_ > 0 && shared_.sending.is_careful())) {
            tasks_.wait(chore, std::max(held, kMoment));
            continue;
        }
        ++busy_;
        const std::chrono::milliseconds again = co_await carry_out(chore->what, chore->lost);
        --busy_;
        if (shared_.stopped) break;
        if (again > 0ms) {
            tasks_.later(chore, again);
        } else {
            tasks_.done(chore);
        }
    }
}

/// Zero: it is done, or can never be, or is on its way. Otherwise: try again after so long.
Awaitable<std::chrono::milliseconds> Tasks::carry_out(const Task& task, int lost) {
    std::chrono::milliseconds again{};
    bool on_its_way = false;
    if (task.kind == Task::Kind::join) {
        again = co_await join(task, lost);
    } else if (task.kind == Task::Kind::leave) {
        again = co_await leave(task, lost);
    } else if (task.kind == Task::Kind::invite) {
        again = co_await invite(task, lost);
    } else if (task.kind == Task::Kind::here) {
        again = co_await bring_talk(task, lost);
    } else if (task.kind == Task::Kind::in) {
        co_await let_in(task);
    } else {
        on_its_way = co_await say(task);
    }
    if (again == 0ms && !on_its_way) forget(task.id);
    co_return again;
}

/// The task is over: it need not be done after a crash.
void Tasks::forget(const std::string& task) {
    outcomes_.note({std::string(Rooms::kTaskRow) + task, {}});
}

Awaitable<std::chrono::milliseconds> Tasks::join(const Task& task, int lost) {
    std::string path = "/client/v3/join/" + escaped(task.room);
    // By the server of whoever asked us in: our own may not know the room yet.
    if (const auto colon = task.user.find(':'); colon != std::string::npos)
        path += "?server_name=" + escaped(task.user.substr(colon + 1)) + "&via=" + escaped(task.user.substr(colon + 1));
    const Answer answer = co_await shared_.api.call("POST", std::move(path), "{}", 90s);
    if (answer.kind == Answer::Kind::refused)
        shared_.report("could not join room=" + task.room + ": " + answer.failure, false);
    const Room* room = shared_.rooms.find(task.room);
    if (answer.kind == Answer::Kind::refused && room && room->stage == Room::Stage::invited) {
        Room gone = *room;
        gone.stage = Room::Stage::left;  // another invitation is a new one
        engine::Batch batch;
        batch.channel = kChannel;
        batch.rows.push_back(shared_.rooms.save(task.room, std::move(gone)));
        (void)co_await shared_.engine.hand_over(std::move(batch));
        co_return 0ms;
    }
    if (answer.ok() && room && room->kind == Room::Kind::direct) co_await note_direct(room->user, task.room);
    co_return again_after(shared_.sending, answer, lost);
}

Awaitable<std::chrono::milliseconds> Tasks::leave(const Task& task, int lost) {
    json body = json::object();
    if (!task.text.empty()) body["reason"] = task.text;
    std::string path = "/client/v3/rooms/" + escaped(task.room);
    Answer answer = co_await shared_.api.call("POST", path + "/leave", body.dump());
    if (answer.ok()) answer = co_await shared_.api.call("POST", path + "/forget", "{}");
    co_return again_after(shared_.sending, answer, lost);
}

/// Other clients of the account show the room among the direct ones. Best effort.
Awaitable<void> Tasks::note_direct(std::string user, std::string room) {
    std::string path = "/client/v3/user/" + escaped(shared_.api.account().user_id) + "/account_data/m.direct";
    const Answer answer = co_await shared_.api.call("GET", path);
    json direct = answer.ok() ? answer.json() : json::object();
    if (!direct.is_object() || (!answer.ok() && answer.status != 404)) co_return;
    json& list = direct[user];
    if (!list.is_array()) list = json::array();
    if (std::find(list.begin(), list.end(), json(room)) != list.end()) co_return;
    list.push_back(room);
    (void)co_await shared_.api.call("PUT", std::move(path), direct.dump());
}

/// Somebody wants what they and others say together to be said in this room.
Awaitable<std::chrono::milliseconds> Tasks::bring_talk(const Task& task, int lost) {
    engine::GetTalk get;
    get.channel = kChannel;
    get.handle = task.user;
    engine::RequestBody body = std::move(get);
    const engine::Reply talk = co_await shared_.engine.ask(std::move(body));
    const Room* room = shared_.rooms.find(task.room);
    if (!room || shared_.rooms.is_deaf_in(*room)) co_return 0ms;
    if (talk.code != engine::Reply::Code::ok) {
        say_soon(task.id + ":none", task.room, task.user, "no-talk");
        co_return 0ms;
    }
    if (const std::string before = shared_.rooms.talk_room(talk.conversation); !before.empty() && before != task.room) {
        Room old = *shared_.rooms.find(before);
        old.talk = {};
        outcomes_.note(shared_.rooms.save(before, std::move(old)));
    }
    Room changed = *shared_.rooms.find(task.room);
    changed.talk = talk.conversation;
    changed.user = task.user;
    (void)shared_.rooms.save(task.room, std::move(changed));
    const bool waits = !talk.created;
    const bool settled = co_await settle(task.room, talk.accounts, waits);
    if (!settled) co_return back_off(lost + 1);
    const Room* now = shared_.rooms.find(task.room);
    if (now && now->talk) say_soon(task.id + ":here", task.room, task.user, "here");
    co_return 0ms;
}

/// Somebody in a room that was brought for a talk wants to take part: they are asked in private, as by any code.
Awaitable<void> Tasks::let_in(const Task& task) {
    const Room* room = shared_.rooms.find(task.room);
    if (!room || !room->talk) co_return;
    engine::MakeInvitation make;
    make.conversation = room->talk;
    const std::string keeper = room->user;
    make.identity = co_await phrases_.identity_of(keeper);
    engine::RequestBody body = std::move(make);
    const engine::Reply code = co_await shared_.engine.ask(std::move(body));
    const engine::IdentityId known = co_await phrases_.identity_of(task.user);
    engine::Batch batch;
    batch.channel = kChannel;
    if (!known) {
        Inbound joined;
        joined.kind = Inbound::Kind::joined;
        joined.handle = task.user;
        joined.key = "in:" + task.id;
        batch.inbounds.push_back(std::move(joined));
    }
    Inbound uses;
    uses.kind = Inbound::Kind::code;
    uses.handle = task.user;
    uses.key = task.id;
    uses.text = code.text;
    batch.inbounds.push_back(std::move(uses));
    (void)co_await shared_.engine.hand_over(std::move(batch));
}

Awaitable<std::chrono::milliseconds> Tasks::invite(const Task& task, int lost) {
    const json body = {{"user_id", task.user}};
    std::string path = "/client/v3/rooms/" + escaped(task.room) + "/invite";
    const Answer answer = co_await shared_.api.call("POST", std::move(path), body.dump());
    co_return again_after(shared_.sending, answer, lost);
}

/// Whether it may be said there: a link lets in whoever reads it.
bool Tasks::may_say(const Task& task) const {
    const Room* room = shared_.rooms.find(task.room);
    if (!room || room->stage != Room::Stage::joined || shared_.rooms.is_deaf_in(*room)) return false;
    return task.kind == Task::Kind::say || (room->kind == Room::Kind::direct && room->user == task.user);
}

/// A line of the phrases, or a link; into the room where it was asked for. False: there is nothing to say.
Awaitable<bool> Tasks::say(const Task& task) {
    if (!may_say(task)) co_return false;
    std::string words;
    const std::string none;
    const adapters::Phrases::Shown nothing;
    if (task.kind == Task::Kind::say) {
        words = co_await phrases_.phrase(task.user, task.text, nothing);
    } else if (task.kind == Task::Kind::browser) {
        words = co_await phrases_.browser_link(task.user);
    } else {
        words = co_await phrases_.seat_link(task.user, engine::ConversationId(), none, none);
    }
    if (words.empty() || !may_say(task)) co_return false;
    engine::Message message;
    message.bubbles.emplace_back().text = words;
    Options how;
    how.notice = task.kind == Task::Kind::say;
    if (!task.thread.empty()) how.thread = Thread{task.thread, task.id};
    Letter letter;
    letter.id = "t-" + task.id;
    for (const json& content : contents_of(message, how)) letter.contents.push_back(content.dump());
    if (letter.contents.empty()) co_return false;
    letter.done = [this, id = task.id](const Letter&, bool sent, const std::string& why) {
        if (!sent) shared_.report("a line could not be said: " + why, false);
        forget(id);
    };
    if (!how.notice) letter.elsewhere = [this, id = task.id] { forget(id); };
    shared_.sending.add(task.room, std::move(letter));
    co_return true;
}

void Tasks::say_soon(std::string id, std::string room, std::string user, std::string line) {
    Task task;
    task.id = std::move(id);
    task.room = std::move(room);
    task.user = std::move(user);
    task.text = std::move(line);
    begin(std::move(task));
}

/// Whether a talk can happen in a room that somebody brought: everyone in it must take part. True: it is decided,
/// one way or the other. `waits`: its people have not come together yet, so it is decided later.
Awaitable<bool> Tasks::settle(std::string room_id, std::vector<std::string> people, bool waits) {
    const Answer answer = co_await shared_.api.call("GET", "/client/v3/rooms/" + escaped(room_id) + "/members");
    if (shared_.stopped || (!answer.ok() && answer.kind != Answer::Kind::refused)) co_return false;
    bool all_take_part = answer.ok();
    for (const std::string& user : members_of(answer.json())) {
        if (user == shared_.api.account().user_id) continue;
        all_take_part = all_take_part && std::find(people.begin(), people.end(), user) != people.end();
    }
    const Room* room = shared_.rooms.find(room_id);
    if (!room) co_return true;
    Room changed = *room;
    changed.people = std::move(people);
    changed.provisional = waits;
    if (!all_take_part && !waits) {
        changed.talk = {};
        say_soon("not-here:" + std::to_string(room->talk.value) + ":" + room_id, room_id, room->user, "not-here");
    }
    outcomes_.note(shared_.rooms.save(room_id, std::move(changed)));
    co_return true;
}

}  // namespace reweave::matrix
