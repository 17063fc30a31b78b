#include "bot/engine/posts.hpp"

#include <algorithm>

namespace reweave::engine {
namespace {

bool shares_messages(const Post& one, const Post& other) {
    return one.identity.channel == other.identity.channel && one.message.room->id == other.message.room->id &&
           one.language == other.language;
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

std::vector<Post> posts_in_rooms(std::vector<Post> readers) {
    std::stable_partition(readers.begin(), readers.end(), speaks);
    std::vector<Post> posts;
    for (Post& reader : readers) {
        const auto all =
            std::find_if(posts.begin(), posts.end(), [&](const Post& post) { return shares_messages(post, reader); });
        if (all == posts.end()) {
            posts.push_back(std::move(reader));
        } else if (reader.message.ask && reader.message.ask_id != all->message.ask_id) {
            keep_question(reader.message);
            reader.asks_only = true;
            posts.push_back(std::move(reader));
        }
    }
    std::erase_if(posts, [](const Post& post) { return !says_something(post.message); });
    return posts;
}

}  // namespace reweave::engine
