#pragma once
/// \file The scripts in force, compiled and checked, ready to be published.

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "bot/app/content.hpp"
#include "bot/dialog/formerly.hpp"

namespace reweave::app {

struct Publication {
    std::vector<std::shared_ptr<dialog::Revision>> revisions;
    std::vector<dialog::Translation> translations;  ///< of these revisions
    std::vector<std::string>
        faults;  ///< one line each, with file and place: these scripts, or texts of a translation, are left out
    bool broken = false;  ///< some script has errors: an operator who publishes mends it first
    std::map<std::string, dialog::FormerSteps> former;  ///< by script
    std::vector<std::string> missing;                   ///< required scripts that are not among the revisions
};

/// `require_review`: drafts are faults.
[[nodiscard]] Publication prepare_publication(const Content& content, bool require_review);

}  // namespace reweave::app
