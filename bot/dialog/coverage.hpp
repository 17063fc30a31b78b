#pragma once
/// \file Which steps and branches of a set of scripts have run, for whom and in which languages: told to authors with
/// file and line.

#include <map>
#include <nlohmann/json_fwd.hpp>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "bot/dialog/parts.hpp"
#include "bot/dialog/player.hpp"
#include "bot/dialog/script.hpp"

namespace reweave::dialog {

class Coverage {
 public:
    struct Count {
        int ran = 0;
        int of = 0;
        [[nodiscard]] int percent() const { return of == 0 ? 100 : ran * 100 / of; }  ///< rounded down
    };
    struct Missed {
        std::string path;
        Span span;
        std::string what;           ///< "the step “Break”", "the choice “Keep it”"
        std::string role = {};      ///< that it never ran for, though it did for another
        std::string language = {};  ///< that it never ran in
    };
    struct Report {
        Count steps;
        Count branches;   ///< choices, and branches of IF; an OTHERWISE that is not written does not count
        Count roles;      ///< steps and branches that people go through alone, once for each role
        Count languages;  ///< steps, once for each language that the script is translated into
        std::vector<Missed> missed;
        /// `percent` of steps and of branches, and the others by themselves.
        [[nodiscard]] bool reaches(int percent, int by_role = 0, int by_language = 0) const {
            return steps.percent() >= percent && branches.percent() >= percent && roles.percent() >= by_role &&
                   languages.percent() >= by_language;
        }
    };

    /// Counts this script, which is translated into `languages`. Places of others are ignored.
    void add(std::string path, RevisionPtr revision, std::vector<std::string> languages = {});
    /// Something ran at `place`: Trace.
    void visit(std::string_view hash, const Place& place, const Walker& walker = {});
    [[nodiscard]] Report report() const;

 private:
    /// Whom something ran for.
    struct Ran {
        std::set<std::string> roles;  ///< in their private parts
        std::set<std::string> languages;
    };
    struct Counted {
        std::string path;
        RevisionPtr revision;
        std::vector<std::string> languages;
        std::vector<std::vector<std::optional<For>>> parts;
        std::map<int, Ran> steps;
        std::map<Place, Ran> branches;  ///< by their first place
    };
    static void count(Report& report, const Counted& script);
    std::map<std::string, Counted, std::less<>> scripts_;  ///< by hash
};

/// "Steps 41 of 42 (97 %), branches …" and a line for each one missed: `path:line: the step “Break” never ran`, or
/// never `for partner`, or never `in es`.
[[nodiscard]] std::string render_text(const Coverage::Report& report);
[[nodiscard]] nlohmann::json render_json(const Coverage::Report& report);

}  // namespace reweave::dialog
