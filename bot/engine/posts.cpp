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

void keep(Message& message, OutboxRecord::Part part) {
    using Part = OutboxRecord::Part;
    if (part == Part::whole) return;
    std::vector<dialog::RenderedBubble> bubbles;
    std::vector<std::vector<HelpLine>> help;
    std::size_t helps = 0;
    for (std::size_t i = 0; i < message.bubbles.size(); ++i) {
        const bool aside = std::find(message.asides.begin(), message.asides.end(), i) != message.asides.end();
        const bool lists = message.bubbles[i].kind == dialog::RenderedBubble::Kind::help;
        if (part != Part::question && aside == (part == Part::aside)) {
            bubbles.push_back(std::move(message.bubbles[i]));
            if (lists) help.push_back(std::move(message.help[helps]));
        }
        helps += lists ? 1 : 0;
    }
    message.bubbles = std::move(bubbles);
    message.help = std::move(help);
    message.asides.clear();
    message.aside = part == Part::aside;
    if (part == Part::aloud) return;
    message.you_text.reset();
    message.you_picks.clear();
    message.heard.reset();
    if (part == Part::aside) {
        message.ask.reset();
        message.ask_id.clear();
    }
}

std::vector<Post> posts_of(const std::vector<Post>& readers) {
    using Part = OutboxRecord::Part;
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
    const auto add = [&](const Post& reader, Part part) {
        Post post = reader;
        post.part = part;
        keep(post.message, part);
        // A device is also told that nothing is asked any more.
        if (says_something(post.message) || !reader.identity.is_account()) posts.push_back(std::move(post));
    };
    for (const Post& reader : readers) {
        const auto lead = std::find_if(
            leads.begin(), leads.end(), [&](const Post* other) { return shares_messages(*other, reader); });
        if (lead == leads.end() || !reader.identity.is_account()) {
            add(reader, Part::whole);
            continue;
        }
        // What is said to one alone must not stand where others read it, even if none of them has anything now.
        if (!reader.message.asides.empty()) add(reader, Part::aside);
        if (reader.identity.id == (*lead)->identity.id) {
            add(reader, reader.message.asides.empty() ? Part::whole : Part::aloud);
            continue;
        }
        const bool asked_of_all = std::any_of(readers.begin(), readers.end(), [&](const Post& other) {
            return other.identity.id == (*lead)->identity.id && other.message.ask_id == reader.message.ask_id;
        });
        if (reader.message.ask && !asked_of_all) add(reader, Part::question);
    }
    return posts;
}

}  // namespace reweave::engine
