#pragma once
/// \file Transcripts: conversations written down by an author (`NAME.test`) and run as tests.
///
///     # They come back after a break
///     Script: cooldown
///     at: 2026-11-24 10:00 in Europe/London
///     given: heat = 6
///     language: es
///     person sees: Are you safe
///     person chooses: Yes
///     person says: 6ish
///     person never sees: apology
///     after 20 minutes
///     ends: returned
///
/// In a script for several people each line names the role: `starter says: …`, `partner leaves`, `members 2 ends: …`;
/// `partner speaks: es` is about the whole of it.
///
/// `sees` looks at what was said since the person last did something, in order, for a bubble that contains the words
/// (case, accents and kinds of quotes do not count). Pure: whatever runs it is a Player.

#include <optional>
#include <string>
#include <vector>

#include "bot/dialog/compile.hpp"
#include "bot/dialog/player.hpp"

namespace reweave::dialog {

struct TranscriptLine {
    enum class Kind { says, chooses, sees, never_sees, leaves, after, ends } kind = Kind::says;
    std::string who;  ///< empty: whoever acted or was looked at last
    std::string text;
    Seconds time{};  ///< of `after`
    Span span;
};

struct Transcript {
    std::string path;
    std::string title;
    Beginning beginning;
    std::vector<TranscriptLine> lines;
    Span span;  ///< of the title
};

struct Transcripts {
    std::vector<Transcript> all;
    std::vector<Diagnostic> diagnostics;  ///< codes T001 ...
};

/// Reads all transcripts of a file and finds all its faults in one pass. They run the script that the file is named
/// after, unless they say another.
[[nodiscard]] Transcripts parse_transcripts(const Source& source);

/// Runs a transcript to its end or its first failure, which is told as a diagnostic (codes T101 ...) at the line that
/// failed.
[[nodiscard]] std::optional<Diagnostic> run(const Transcript& transcript, Player& player);

}  // namespace reweave::dialog
