#pragma once
/// \file Walks a script's nodes: which answers each one reads, and which blocks it holds.

#include <functional>
#include <string_view>

#include "bot/dialog/script.hpp"

namespace reweave::dialog {

/// Calls `visit` with every answer's name that the node itself reads (not those in its branches) and the place.
using VisitRead = std::function<void(std::string_view name, Span span)>;
void for_each_read(const Node& node, const VisitRead& visit);

/// Calls `visit` with every condition of the node itself and of its choices.
void for_each_condition(const Node& node, const std::function<void(const Expr&)>& visit);
/// Calls `visit` with every text that the node itself may say.
void for_each_text(const Node& node, const std::function<void(const Text&)>& visit);
/// Calls `visit` with the blocks of the node's branches.
void for_each_block(const Node& node, const std::function<void(const Block&)>& visit);
/// Calls `visit` with every node of a block, those in branches after the node that holds them.
void for_each_node(const Block& block, const std::function<void(const Node&)>& visit);

}  // namespace reweave::dialog
