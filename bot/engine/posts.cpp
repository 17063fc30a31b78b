#include "bot/engine/posts.hpp"

#include <algorithm>

namespace reweave::engine {
namespace {

bool shares_messages(const Post& one, const Post& other) {
    return one.message.room && other.message.room && one.identity.channel == other.identity.channel &&
           one.message.room->id == other.message.room->id && one.language == other.language;
}

bool speaks(const Post& post) {
    return post.message.you_text || !post.message.you_picks.empty();
}

}  // namespace

bool says_something(const Message& message) {
    return message.heard || !message.bubbles.empty() || message.ask;
}

void keep_question(Message& message) {
    message.you_text.reset();
    message.you_picks.clear();
    message.heard.reset();
    message.bubbles.clear();
    message.help.clear();
}

std::vector<Post> posts_of(const std::vector<Post>& readers) {
    // For each place the one whose messages are posted there: whoever spoke, else the first.
    std::vector<const Post*> leads;
    for (const Post& reader : readers) {
        if (!reader.message.room) continue;
        const auto lead = std::find_if(
            leads.begin(), leads.end(), [&](const Post* other) { return shares_messages(*other, reader); });
        if (lead == leads.end()) {
            leads.push_back(&reader);
        } else if (speaks(reader) && !speaks(**lead)) {
            *lead = &reader;
        }
    }
    std::vector<Post> posts;
    for (const Post& reader : readers) {
        // A device is also told that nothing is asked any more.
        if (!says_something(reader.message) && reader.identity.is_account()) continue;
        if (!reader.message.room) {
            posts.push_back(reader);
            continue;
        }
        const Post* lead = *std::find_if(
            leads.begin(), leads.end(), [&](const Post* other) { return shares_messages(*other, reader); });
        if (reader.message.aside || reader.identity.id == lead->identity.id) {
            posts.push_back(reader);
            continue;
        }
        const bool asked_of_all = std::any_of(readers.begin(), readers.end(), [&](const Post& other) {
            return other.identity.id == lead->identity.id && other.message.ask_id == reader.message.ask_id;
        });
        if (!reader.message.ask || asked_of_all) continue;
        posts.push_back(reader);
        keep_question(posts.back().message);
        posts.back().asks_only = true;
    }
    return posts;
}

}  // namespace reweave::engine
