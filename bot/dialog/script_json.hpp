#pragma once
/// \file The names that the JSON form of a script uses for what C++ has enumerators for. Described for tools in
/// dialogs/schema/script.schema.json; the two change together.

#include <array>
#include <optional>
#include <string_view>
#include <utility>

#include "bot/dialog/script.hpp"

namespace reweave::dialog::json_names {

template <class Enum, std::size_t N>
using Table = std::array<std::pair<Enum, std::string_view>, N>;

inline constexpr Table<Expr::Op, 11> kOps{{{Expr::Op::all, "all"},
                                           {Expr::Op::any, "any"},
                                           {Expr::Op::negate, "not"},
                                           {Expr::Op::missing, "missing"},
                                           {Expr::Op::equal, "equal"},
                                           {Expr::Op::less, "less"},
                                           {Expr::Op::less_or_equal, "less_or_equal"},
                                           {Expr::Op::more, "more"},
                                           {Expr::Op::more_or_equal, "more_or_equal"},
                                           {Expr::Op::has, "has"},
                                           {Expr::Op::longer_than, "longer_than"}}};

inline constexpr Table<AskKind, 12> kAskKinds{{{AskKind::one_line, "one_line"},
                                               {AskKind::long_text, "long_text"},
                                               {AskKind::yes_no, "yes_no"},
                                               {AskKind::scale, "scale"},
                                               {AskKind::number, "number"},
                                               {AskKind::length, "length"},
                                               {AskKind::moment, "moment"},
                                               {AskKind::feelings, "feelings"},
                                               {AskKind::needs, "needs"},
                                               {AskKind::country, "country"},
                                               {AskKind::one_of, "one_of"},
                                               {AskKind::several, "several"}}};

inline constexpr Table<Media::Kind, 3> kMedia{
    {{Media::Kind::picture, "picture"}, {Media::Kind::recording, "recording"}, {Media::Kind::link, "link"}}};

inline constexpr Table<Review::Kind, 3> kReviews{
    {{Review::Kind::none, "none"}, {Review::Kind::draft, "draft"}, {Review::Kind::reviewed, "reviewed"}}};

inline constexpr Table<For::Who, 3> kWho{{{For::Who::each, "each"}, {For::Who::role, "role"}, {For::Who::all, "all"}}};

inline constexpr Table<Share::With, 3> kWith{
    {{Share::With::other, "other"}, {Share::With::everyone, "everyone"}, {Share::With::role, "role"}}};

inline constexpr Table<Floor::To, 4> kFloors{
    {{Floor::To::role, "role"}, {Floor::To::each, "each"}, {Floor::To::next, "next"}, {Floor::To::nobody, "nobody"}}};

template <class Enum, std::size_t N>
std::string_view name_of(const Table<Enum, N>& table, Enum value) {
    for (const auto& [e, name] : table) {
        if (e == value) return name;
    }
    return {};
}

template <class Enum, std::size_t N>
std::optional<Enum> value_of(const Table<Enum, N>& table, std::string_view wanted) {
    for (const auto& [e, name] : table) {
        if (name == wanted) return e;
    }
    return std::nullopt;
}

}  // namespace reweave::dialog::json_names
