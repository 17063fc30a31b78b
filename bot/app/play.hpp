#pragma once
/// \file `reweave play`: one script on the real engine, in the terminal, with a clock that can be moved. Of a script
/// for several people all are played at the one terminal.

#include <filesystem>
#include <iosfwd>
#include <string>

namespace reweave::app {

struct PlayOptions {
    std::filesystem::path file;  ///< or the name of a shipped script
    std::string language;        ///< that the person speaks; empty: English
    bool interactive = true;     ///< prompt and show where in the script we are
};

/// Reads lines from `in` until it ends or says /quit. Returns the exit code: 0, or 1 if the script has errors.
int play(const PlayOptions& options, std::istream& in, std::ostream& out);

}  // namespace reweave::app
