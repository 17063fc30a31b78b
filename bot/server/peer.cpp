#include "bot/server/peer.hpp"

#include <algorithm>

#include "bot/server/tokens.hpp"

namespace reweave::server {
namespace {

constexpr const char* kChannel = "web";
constexpr const char* kOurFault = "something went wrong on our side; try again later";

double seconds(Now from, Now to) {
    return std::chrono::duration<double>(to - from).count();
}

}  // namespace

Peer::Peer(Hub& hub, Link& link, Caller caller, Now now)
    : hub_(hub),
      link_(link),
      address_(*caller.address),
      number_(hub.add(*this)),
      handle_(std::move(caller.cookie_handle)),
      frames_(hub.options().frames, now),
      browser_(caller.browser),
      new_handle_(caller.cookie_is_new) {}

Peer::~Peer() {
    if (person_) hub_.leave(person_, *this);
    hub_.remove(number_);
}

bool Peer::may_read() const {
    return (stage_ == Stage::silent || stage_ == Stage::ready) && waiting_ == 0 && unanswered_ < kMaxUnanswered &&
           !draining_;
}

bool Peer::welcomed() const {
    return stage_ == Stage::ready || stage_ == Stage::linking;
}

void Peer::on_text(std::string_view text, Now now) {
    hub_.metrics_.frames.add();
    if (!frames_.take(now)) {
        hub_.metrics_.rate_limited.add();
        refuse({wire::Code::rate_limited, "far too many frames; this connection is closed"});
        end(CloseCode::policy);
        return;
    }
    auto parsed = wire::parse(text);
    if (auto* error = std::get_if<wire::Error>(&parsed)) {
        const wire::Code code = error->code;
        refuse(std::move(*error));
        if (code == wire::Code::bad_json) end(CloseCode::bad_payload);
        if (code == wire::Code::bad_token) end(CloseCode::policy);
        return;
    }
    auto& frame = std::get<wire::Frame>(parsed);
    if (stage_ == Stage::silent && !std::holds_alternative<wire::Hello>(frame)) {
        refuse({wire::Code::not_first_hello, "the first frame must be a hello"});
        end(CloseCode::policy);
        return;
    }
    std::visit([&](auto& known) { on(known, now); }, frame);
}

void Peer::on_binary() {
    end(CloseCode::not_text);
}

void Peer::on_silence() {
    if (stage_ != Stage::silent) return;
    refuse({wire::Code::not_first_hello, "no hello came in time"});
    end(CloseCode::policy);
}

void Peer::drain(std::chrono::seconds retry_after) {
    if (ended() || draining_) return;
    draining_ = true;
    send(wire::encode_bye(wire::Bye::drain, retry_after));
    if (unanswered_ == 0) end(CloseCode::going_away);
}

// ------------------------------------------------------------------------------------------- from the client

void Peer::on(wire::Hello& frame, Now now) {
    if (stage_ != Stage::silent) {
        refuse({wire::Code::hello_twice, "hello was said already"});
        return;
    }
    // The token of a browser is its cookie; that of a guest in it is known to the page alone.
    const bool shows_token = (!browser_ || frame.guest) && !frame.token.empty();
    if (shows_token) {
        handle_ = handle_of(frame.token);
        new_handle_ = false;
    } else if (handle_.empty() || frame.guest) {
        new_token_ = new_token();
        handle_ = handle_of(new_token_);
        new_handle_ = true;
    }
    // A token that is shown was given out once: if it is not known, that is said, and the next connection gets a fresh
    // one. Nobody may choose the token of a new person, who could then be read by whoever planted it.
    may_create_ = new_handle_ && hub_.options_.anonymous && address_.new_people.take(now);
    language_ = std::move(frame.language);
    time_zone_ = std::move(frame.time_zone);
    seen_ = frame.seen;
    link_.greeted();
    say_hello(now);
}

void Peer::say_hello(Now now) {
    stage_ = Stage::greeting;
    engine::Hello hello;
    hello.channel = kChannel;
    hello.handle = handle_;
    hello.language = language_;
    hello.time_zone = time_zone_;
    hello.seen = seen_;
    hello.may_create = may_create_;
    ask(Kind::hello, 0, std::move(hello), now);
}

bool Peer::within_rates(std::optional<std::int64_t> id, Now now) {
    const bool person = hub_.take_message(person_, now);
    if (person && address_.messages.take(now)) return true;
    hub_.metrics_.rate_limited.add();
    refuse({wire::Code::rate_limited, "too many messages at once; send it again in a few seconds", id});
    return false;
}

void Peer::inbound(engine::Inbound inbound, Now now) {
    const std::int64_t id = inbound.number;
    inbound.identity = identity_;
    engine::Batch batch;
    batch.channel = kChannel;
    batch.inbounds.push_back(std::move(inbound));
    ask(Kind::message, id, std::move(batch), now);
}

void Peer::on(wire::Text& frame, Now now) {
    if (!within_rates(frame.id, now)) return;
    engine::Inbound typed;
    typed.number = frame.id;
    typed.findings = hub_.options_.screen(frame.text);
    typed.text = std::move(frame.text);
    typed.room.value = frame.room;
    inbound(std::move(typed), now);
}

void Peer::on(wire::Choose& frame, Now now) {
    if (!within_rates(frame.id, now)) return;
    engine::Inbound chosen;
    chosen.kind = engine::Inbound::Kind::choice;
    chosen.number = frame.id;
    chosen.ask = std::move(frame.ask);
    chosen.picks = std::move(frame.picks);
    inbound(std::move(chosen), now);
}

void Peer::on(wire::Seen& frame, Now) {
    if (frame.seq > sent_) {
        refuse({wire::Code::ack_ahead, "seq is of a message that was not sent yet", {}, "seq"});
        return;
    }
    seen_ = std::max(seen_, frame.seq);
}

void Peer::on(wire::History& frame, Now now) {
    if (!within_rates({}, now)) return;
    ask(Kind::history, 0, engine::GetHistory{person_, frame.before, frame.limit}, now);
}

void Peer::on(wire::Ping&, Now) {
    send(wire::encode_pong());
}

void Peer::on(wire::MakeCode&, Now now) {
    if (!within_rates({}, now)) return;
    ask(Kind::code, 0, engine::MakeCode{identity_}, now);
}

void Peer::on(wire::Link& frame, Now now) {
    if (!within_rates({}, now)) return;
    stage_ = Stage::linking;  // what follows may belong to another person's stream, so it is not read yet
    ask(Kind::link, 0, engine::UseCode{identity_, std::move(frame.code)}, now);
}

void Peer::on(wire::Invite& frame, Now now) {
    if (!within_rates({}, now)) return;
    ask(Kind::invite, frame.conversation, engine::MakeInvitation{identity_, {frame.conversation}, frame.role}, now);
}

void Peer::on(wire::Exit&, Now now) {
    ask(Kind::exit, 0, engine::EndDevice{identity_}, now);
}

// -------------------------------------------------------------------------------------------- from the engine

void Peer::ask(Kind kind, std::int64_t id, engine::RequestBody body, Now now) {
    std::size_t slot = kHelloSlot;
    if (kind != Kind::hello) {
        for (slot = 0; asked_[slot].kind != Kind::none;) ++slot;  // one is free, or this would not have been read
    }
    asked_[slot] = {kind, id, now};
    ++unanswered_;
    if (!hub_.submit((number_ << kSlotBits) | slot, std::move(body))) ++waiting_;
}

void Peer::resumed() {
    --waiting_;
    link_.resume();
}

void Peer::on_reply(std::size_t slot, engine::Reply& reply, Now now) {
    if (slot >= asked_.size() || asked_[slot].kind == Kind::none) return;
    const Asked asked = std::exchange(asked_[slot], {});
    --unanswered_;
    switch (asked.kind) {
        case Kind::hello:
            answer_hello(reply, now);
            break;
        case Kind::message:
            hub_.metrics_.answer_seconds.observe(seconds(asked.at, now));
            answer_message(asked.id, reply.code);
            break;
        case Kind::link:
            answer_link(reply, now);
            break;
        case Kind::invite:
            answer_invite(reply, asked.id);
            break;
        case Kind::history:
        case Kind::code:
        case Kind::exit:
            if (reply.code == engine::Reply::Code::ok) {
                answer(asked.kind, reply);
            } else {
                refuse({wire::Code::internal, kOurFault});
            }
            break;
        case Kind::none:
            break;
    }
    if (draining_ && unanswered_ == 0) end(CloseCode::going_away);
    link_.resume();
}

void Peer::answer(Kind kind, const engine::Reply& reply) {
    if (kind == Kind::history) {
        send(wire::encode_history(reply.messages, hub_.options_.readers));
    } else if (kind == Kind::code) {
        send(wire::encode_code(reply.text, reply.until));
    } else {
        leave_for_good(wire::Bye::exit);
    }
}

void Peer::answer_hello(engine::Reply& reply, Now now) {
    if (reply.code == engine::Reply::Code::failed) {
        refuse({wire::Code::internal, kOurFault});
        end(CloseCode::overloaded);
        return;
    }
    if (reply.code != engine::Reply::Code::ok) {
        refuse_hello();
        return;
    }
    stage_ = Stage::ready;
    identity_ = reply.identity;
    person_ = reply.person;
    hub_.join(person_, *this, now);
    send(wire::encode(
        wire::Welcome{reply.seq, reply.person.value, new_token_, hub_.options_.readers, std::move(reply.rooms)}));
    new_token_.clear();
    for (const engine::Message& message : reply.messages) send(wire::encode(message, hub_.options_.readers));
    sent_ = reply.seq;
    if (seen_ > sent_) {
        refuse(
            {wire::Code::ack_ahead, "seen is of a message that was never sent; begin again with seen 0", {}, "seen"});
        seen_ = sent_;
    }
}

void Peer::refuse_hello() {
    if (!new_handle_) {
        hub_.remember_spent(handle_);
        refuse(
            {wire::Code::bad_token, "this device was ended or is not known; connect again to begin anew", {}, "token"});
    } else if (!hub_.options_.anonymous) {
        refuse({wire::Code::not_allowed, "this server is only for people who are known to it"});
    } else if (!may_create_) {
        refuse({wire::Code::rate_limited, "too many new people from this address; try again later"});
    } else {
        refuse({wire::Code::internal, kOurFault});
        end(CloseCode::overloaded);
        return;
    }
    end(CloseCode::policy);
}

void Peer::answer_message(std::int64_t id, engine::Reply::Code code) {
    using Code = engine::Reply::Code;
    switch (code) {
        case Code::ok:
            send(wire::encode_ack(id, false));
            return;
        case Code::again:
            send(wire::encode_ack(id, true));
            return;
        case Code::not_rising:
            refuse({wire::Code::id_not_rising,
                    "id must be greater than those of earlier messages of this device",
                    id,
                    "id"});
            return;
        case Code::stale_ask:
            refuse({wire::Code::stale_ask, "the conversation has moved on from that question", id, "ask"});
            return;
        case Code::unknown_room:
            refuse({wire::Code::unknown_room, "this is not a room that the person is in", id, "room"});
            return;
        case Code::unknown_ask:
            refuse({wire::Code::unknown_ask, "there is no such question", id, "ask"});
            return;
        case Code::bad_pick:
            refuse({wire::Code::bad_pick, "that is not one of the choices", id, "picks"});
            return;
        case Code::unknown_identity:
            refuse({wire::Code::bad_token, "this device was ended", id});
            end(CloseCode::policy);
            return;
        case Code::bad_code:
        case Code::too_many_tries:
        case Code::has_history:
        case Code::unavailable:
        case Code::refused:
        case Code::failed:
            refuse({wire::Code::internal, "something went wrong on our side; the message is kept and tried again", id});
            return;
    }
}

void Peer::answer_invite(const engine::Reply& reply, std::int64_t conversation) {
    if (reply.code == engine::Reply::Code::ok) {
        send(wire::encode_code(reply.text, reply.until, conversation));
    } else if (reply.code == engine::Reply::Code::unavailable) {
        refuse({wire::Code::unavailable,
                "no seat of this conversation can be given away by this person now",
                {},
                "conversation"});
    } else {
        refuse({wire::Code::internal, kOurFault});
    }
}

void Peer::answer_link(const engine::Reply& reply, Now now) {
    using Code = engine::Reply::Code;
    if (stage_ == Stage::linking) stage_ = Stage::ready;
    if (reply.code == Code::ok && reply.conversation) {
        send(wire::encode_seat(reply.conversation.value));
    } else if (reply.code == Code::ok) {
        on_close(engine::Close::Why::linked, now);
    } else if (reply.code == Code::too_many_tries) {
        refuse({wire::Code::too_many_tries, "too many wrong codes; ask for a new one", {}, "code"});
    } else if (reply.code == Code::bad_code) {
        refuse({wire::Code::bad_code, "this code is wrong, used or too old", {}, "code"});
    } else if (reply.code == Code::has_history) {
        refuse({wire::Code::not_allowed,
                "this device has a conversation of its own; histories are not merged",
                {},
                "code"});
    } else {
        refuse({wire::Code::internal, kOurFault});
    }
}

void Peer::on_message(const engine::Message& message, const std::string& frame) {
    if (!welcomed() || message.seq <= sent_) return;
    sent_ = message.seq;
    send(frame);
}

void Peer::on_close(engine::Close::Why why, Now now) {
    if (!welcomed()) return;
    switch (why) {
        case engine::Close::Why::exited:
            leave_for_good(wire::Bye::exit);
            return;
        case engine::Close::Why::erased:
            leave_for_good(wire::Bye::deleted);
            return;
        case engine::Close::Why::linked:
            break;
    }
    // This device belongs to another person now, whose stream begins with the next welcome.
    hub_.leave(std::exchange(person_, {}), *this);
    send(wire::encode_linked());
    if (ended()) return;
    seen_ = 0;
    sent_ = 0;
    may_create_ = false;
    new_handle_ = false;
    say_hello(now);
}

// --------------------------------------------------------------------------------------------- to the client

void Peer::send(std::string frame) {
    if (ended() || link_.send(std::move(frame))) return;
    hub_.metrics_.slow_readers.add();
    stage_ = Stage::ended;
    link_.abandon(CloseCode::overloaded);
}

void Peer::refuse(wire::Error error) {
    hub_.metrics_.refusals.add();
    send(wire::encode(error));
}

void Peer::leave_for_good(wire::Bye reason) {
    hub_.remember_spent(handle_);
    goodbye(reason);
}

void Peer::goodbye(wire::Bye reason) {
    send(wire::encode_bye(reason));
    end(CloseCode::normal);
}

void Peer::end(CloseCode code) {
    if (ended()) return;
    stage_ = Stage::ended;
    link_.end(code);
}

}  // namespace reweave::server
