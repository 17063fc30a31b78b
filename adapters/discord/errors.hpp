#pragma once
/// \file What Discord's error codes mean for what is to be said (Discord: Opcodes and Status Codes). Pure.

namespace reweave::discord {

inline constexpr int kAlreadyAcknowledged = 40060;  ///< an answer to an interaction that has one

enum class Trouble {
    none,    ///< nothing that another place or time would mend
    closed,  ///< they take no direct messages: until they do something
    slower,  ///< too many direct chats were opened
    place,   ///< nothing can be said in that channel or thread any more
    removed  ///< the message has been there, and was deleted
};

[[nodiscard]] constexpr Trouble meaning_of(int code) {
    switch (code) {
        case 50007:  // cannot send messages to this user
        case 50278:  // no server in common
            return Trouble::closed;
        case 40003:
            return Trouble::slower;
        case 10003:   // unknown channel
        case 50001:   // missing access
        case 50013:   // missing permissions
        case 160005:  // thread is locked
        case 160006:  // too many threads
        case 30033:   // too many in the thread
            return Trouble::place;
        case 10008:
            return Trouble::removed;
        default:
            return Trouble::none;
    }
}

}  // namespace reweave::discord
