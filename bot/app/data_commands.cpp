#include <nlohmann/json.hpp>
#include <ostream>

#include "bot/app/commands.hpp"
#include "bot/app/own_engine.hpp"
#include "bot/app/storage.hpp"
#include "bot/store/backup.hpp"

namespace reweave::app {

using nlohmann::json;

int back_up(const Config& config, const BackupOptions& options, std::ostream& out) {
    const json request = {
        {"command", "backup"}, {"to", std::filesystem::absolute(options.to).string()}, {"keys", options.keys}};
    if (!ask_running(config, request)) copy_database(config, options);
    out << "Copied to " << options.to.string()
        << (options.keys ? ", keys and all.\n" : ". The keys are not in it: keep a copy of them apart.\n");
    return 0;
}

int restore(const Config& config, const RestoreOptions& options, std::ostream& out) {
    prepare_data_folder(config);
    const store::StoreOptions into = store_options(config);
    store::RestoreOptions wanted;
    wanted.from = options.from / into.path.filename();
    if (!options.keys.empty()) {
        wanted.keys_from = options.keys;
    } else if (const auto beside = options.from / into.keys_path.filename(); std::filesystem::exists(beside)) {
        wanted.keys_from = beside;
    }
    if (!options.erased.empty()) wanted.tombstones_from = options.erased;
    wanted.into = into;
    const store::RestoreReport report = store::restore(wanted);
    give_to_owner(config);
    out << "Restored " << report.people << " people";
    if (report.erased_again > 0) out << "; " << report.erased_again << " who had been erased since were erased again";
    out << ".\n";
    if (report.with_keys && options.erased.empty())
        out << "These keys know nobody who was erased after them. If there is a later keys.db, put this back-up back "
               "again with --erased and that file.\n";
    if (!report.with_keys) out << "Without keys: put keys.db beside the database, or nobody's words can be read.\n";
    return 0;
}

int export_person(const Config& config, const std::string& person, std::ostream& out) {
    if (const auto answer = ask_running(config, {{"command", "export"}, {"person", person}})) {
        out << answer->value("text", std::string()) << "\n";
        return 0;
    }
    const engine::Reply reply = OwnEngine(config).ask(engine::ExportPerson{{person}});
    if (reply.code != engine::Reply::Code::ok) throw std::runtime_error("there is no such person");
    out << reply.text << "\n";
    return 0;
}

int erase_person(const Config& config, const std::string& person, std::ostream& out) {
    if (!ask_running(config, {{"command", "erase"}, {"person", person}})) {
        const engine::Reply reply = OwnEngine(config).ask(engine::ErasePerson{{person}});
        if (reply.code != engine::Reply::Code::ok) throw std::runtime_error("there is no such person");
    }
    out << "Erased: their key is gone, and with it their words in every back-up. A back-up of the keys still has it: "
           "make a new one and delete the old.\n";
    return 0;
}

}  // namespace reweave::app
