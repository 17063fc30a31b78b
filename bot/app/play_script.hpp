#pragma once
/// \file The script that is played, among those that it may call, read again whenever its file changes.

#include <filesystem>
#include <iosfwd>
#include <string>
#include <vector>

#include "bot/app/content.hpp"
#include "bot/app/temporary_bot.hpp"

namespace reweave::app {

class PlayScript {
 public:
    /// Begins the played script, if it is one for several people: asks for the person's name first.
    static constexpr const char* kBeginner = "play-begin";

    /// `name`: a file, or the name of a shipped script. `language`: that people speak; empty: English.
    /// \throws ContentError if there is no such script.
    PlayScript(const std::filesystem::path& name, std::string language);

    /// Compiles the script. False, with the faults told to `out`, if it cannot be played; then the last good one stays.
    bool load(std::ostream& out);
    [[nodiscard]] bool file_changed() const;

    [[nodiscard]] const std::string& language() const { return language_; }
    [[nodiscard]] const Content& content() const { return content_; }
    [[nodiscard]] const Revisions& revisions() const { return revisions_; }
    [[nodiscard]] const std::vector<dialog::Translation>& translations() const { return translations_; }
    [[nodiscard]] const dialog::Script& script() const;

 private:
    std::filesystem::path file_;  ///< empty: a shipped one
    std::string id_;
    std::string language_;
    std::filesystem::file_time_type changed_{};
    Content content_;
    Revisions revisions_;
    std::vector<dialog::Translation> translations_;
};

}  // namespace reweave::app
