#pragma once
/// \file Which steps and branches of a set of scripts have run: told to authors with file and line.

#include <map>
#include <nlohmann/json_fwd.hpp>
#include <set>
#include <string>
#include <string_view>
#include <vector>

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
        std::string what;  ///< "the step “Break”", "the choice “Keep it”"
    };
    struct Report {
        Count steps;
        Count branches;  ///< choices, and branches of IF; an OTHERWISE that is not written does not count
        std::vector<Missed> missed;
        [[nodiscard]] bool reaches(int percent) const {
            return steps.percent() >= percent && branches.percent() >= percent;
        }
    };

    /// Counts this script. Places of others are ignored.
    void add(std::string path, RevisionPtr revision);
    /// Something ran at `place`: Context::trace.
    void visit(std::string_view hash, const Place& place);
    [[nodiscard]] Report report() const;

 private:
    struct Counted {
        std::string path;
        RevisionPtr revision;
        std::set<int> steps;
        std::set<Place> branches;  ///< by their first place
    };
    std::map<std::string, Counted, std::less<>> scripts_;  ///< by hash
};

/// "Steps 41 of 42 (97 %), branches …" and a line `path:line: the step “Break” never ran` for each one missed.
[[nodiscard]] std::string render_text(const Coverage::Report& report);
[[nodiscard]] nlohmann::json render_json(const Coverage::Report& report);

}  // namespace reweave::dialog
