#include "bot/dialog/reads.hpp"

namespace reweave::dialog {
namespace {

void read_in_condition(const Expr& expr, const VisitRead& visit) {
    if (!expr.name.empty()) visit(expr.name, expr.span);
    if (const auto* other = std::get_if<Expr::Name>(&expr.value)) visit(other->name, expr.span);
    for (const Expr& arg : expr.args) read_in_condition(arg, visit);
}

}  // namespace

void for_each_condition(const Node& node, const std::function<void(const Expr&)>& visit) {
    if (const auto* fork = std::get_if<If>(&node.what)) {
        for (const Branch& branch : fork->branches) visit(branch.when);
    }
    if (const auto* ask = std::get_if<Ask>(&node.what)) {
        for (const Nudge& nudge : ask->nudges) visit(nudge.when);
        for (const Choice& choice : ask->choices) {
            if (choice.only_if) visit(*choice.only_if);
        }
    }
}

void for_each_text(const Node& node, const std::function<void(const Text&)>& visit) {
    if (const auto* say = std::get_if<Say>(&node.what)) visit(say->text);
    if (const auto* media = std::get_if<Media>(&node.what)) visit(media->text);
    if (const auto* ask = std::get_if<Ask>(&node.what)) {
        for (const Text& retry : ask->retry) visit(retry);
        for (const Nudge& nudge : ask->nudges) visit(nudge.text);
        for (const Reminder& reminder : ask->reminders) visit(reminder.text);
    }
    if (const auto* barrier = std::get_if<Barrier>(&node.what)) {
        for (const Reminder& reminder : barrier->reminders) visit(reminder.text);
    }
}

void for_each_read(const Node& node, const VisitRead& visit) {
    for_each_text(node, [&](const Text& text) {
        for (const Template& alternate : text.alternates) {
            for (const Piece& piece : alternate) {
                if (!piece.name.empty()) visit(piece.name, piece.span);
            }
        }
    });
    for_each_condition(node, [&](const Expr& expr) { read_in_condition(expr, visit); });
    if (const auto* wait = std::get_if<Wait>(&node.what); wait && !wait->until.empty()) visit(wait->until, node.span);
    if (const auto* share = std::get_if<Share>(&node.what)) visit(share->name, node.span);
    if (const auto* show = std::get_if<Show>(&node.what)) visit(show->name, node.span);
    if (const auto* call = std::get_if<Call>(&node.what)) {
        for (const std::string& name : call->with) visit(name, node.span);
    }
    if (const auto* follow = std::get_if<FollowUp>(&node.what)) {
        for (const std::string& name : follow->with) visit(name, node.span);
    }
    if (const auto* begin = std::get_if<Begin>(&node.what)) {
        for (const std::string& name : begin->with) visit(name, node.span);
    }
}

void for_each_block(const Node& node, const std::function<void(const Block&)>& visit) {
    if (const auto* fork = std::get_if<If>(&node.what)) {
        for (const Branch& branch : fork->branches) visit(branch.then);
        visit(fork->otherwise);
    }
    if (const auto* ask = std::get_if<Ask>(&node.what)) {
        for (const Choice& choice : ask->choices) visit(choice.then);
    }
}

void for_each_node(const Block& block, const std::function<void(const Node&)>& visit) {
    for (const Node& node : block) {
        visit(node);
        for_each_block(node, [&](const Block& inner) { for_each_node(inner, visit); });
    }
}

}  // namespace reweave::dialog
