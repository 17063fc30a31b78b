#pragma once
/// \file The commands of the terminal that do not serve. Each returns the program's exit code: 0 well, 1 something was
/// found or failed.

#include <filesystem>
#include <iosfwd>
#include <string>
#include <vector>

#include "bot/app/config.hpp"

namespace reweave::app {

struct CheckOptions {
    std::vector<std::filesystem::path> paths;
    bool json = false;         ///< an array of faults, for machines
    bool annotations = false;  ///< one line each, as CI systems show them beside the code
};
/// Says what is wrong with scripts; those that they call may be among the shipped ones.
int check_scripts(const CheckOptions& options, std::ostream& out);

struct GraphOptions {
    std::filesystem::path script;
    std::filesystem::path to;  ///< a file; empty: printed
    bool dot = false;          ///< Graphviz' source instead of a picture
};
/// Draws a script as SVG, by Graphviz. What is wrong with the script goes to `faults`.
int draw_script(const GraphOptions& options, std::ostream& out, std::ostream& faults);

struct SimulateOptions {
    std::vector<std::filesystem::path> paths;  ///< scripts or folders of them
    std::uint64_t seed = 1;
    int conversations = 1000;  ///< of each script
    bool json = false;
};
/// Plays scripts with people who answer by chance, and says where they stand still or leave somebody out.
int simulate_scripts(const SimulateOptions& options, std::ostream& out);

struct ExtractOptions {
    std::filesystem::path script;
    std::filesystem::path to;  ///< a file (NAME.pot); empty: printed
};
/// Writes all texts of a script as a template for translators.
int extract_texts(const ExtractOptions& options, std::ostream& out);

struct MergeOptions {
    std::vector<std::filesystem::path> paths;  ///< translations, scripts, or folders of them
    std::string language;                      ///< only this one; a script without it gets a new file
};
/// Brings translations up to date with their scripts; what they had is kept.
int merge_translations(const MergeOptions& options, std::ostream& out);

/// Says what is wrong with translations. A script stands for the translations beside it.
int check_translations(const CheckOptions& options, std::ostream& out);

struct TestOptions {
    std::vector<std::filesystem::path> paths;  ///< .test files or folders
    bool json = false;
    // Percent that must run ...
    int coverage = 0;            ///< of steps, and of branches
    int coverage_roles = 0;      ///< of what people go through alone, for each role
    int coverage_languages = 0;  ///< of steps, in each language that their script is translated into
};
/// Runs transcripts and reports what of the tested scripts has run.
int test_scripts(const TestOptions& options, std::ostream& out);

struct BackupOptions {
    std::filesystem::path to;  ///< a folder; made if need be
    bool keys = false;         ///< the keys too
};
int back_up(const Config& config, const BackupOptions& options, std::ostream& out);

struct RestoreOptions {
    std::filesystem::path from;    ///< a folder that `back_up` wrote
    std::filesystem::path keys;    ///< the keys file, if it stands elsewhere
    std::filesystem::path erased;  ///< a later keys file, which knows who was erased since
};
int restore(const Config& config, const RestoreOptions& options, std::ostream& out);

struct PublishOptions {
    bool dry_run = false;  ///< only says what would change
    bool json = false;
};
/// Publishes the scripts in force and says what changed. Errors in a script: nothing is published.
int publish_scripts(const Config& config, const PublishOptions& options, std::ostream& out);

struct RevisionsOptions {
    std::string script;  ///< empty: all
    bool json = false;
};
int list_revisions(const Config& config, const RevisionsOptions& options, std::ostream& out);

struct RecallOptions {
    std::string script;
    std::string revision;  ///< the first digits of its hash; empty: the newest
};
int recall_revision(const Config& config, const RecallOptions& options, std::ostream& out);

/// `person`: their number, or CHANNEL:NAME.
int export_person(const Config& config, const std::string& person, std::ostream& out);
int erase_person(const Config& config, const std::string& person, std::ostream& out);

}  // namespace reweave::app
