#include "bot/store/revisions.hpp"

#include <map>

#include "bot/store/sqlite.hpp"

namespace reweave::store {

std::vector<LivingRevision> living_revisions(const std::filesystem::path& database) {
    using Status = engine::Conversation::Status;
    Database reader(database, Database::Mode::read);
    std::map<std::string, std::int64_t> alive;
    for (Rows row = reader.query("SELECT revision, count(*) FROM conversations WHERE status <> ? GROUP BY revision",
                                 static_cast<int>(Status::ended));
         row.next();) {
        alive[row.text(0)] = row.number(1);
    }
    std::vector<LivingRevision> all;
    Rows row = reader.query(
        "SELECT r.id, r.script, r.hash, r.json, r.published, r.recalled, n.script IS NOT NULL FROM revisions r"
        " LEFT JOIN newest_revisions n ON n.revision = r.id ORDER BY r.script, r.id DESC");
    while (row.next()) {
        LivingRevision revision;
        revision.record = {{row.number(0)}, row.text(1), row.text(2), row.text(3), row.time(4), row.time(5)};
        revision.newest = row.number(6) != 0;
        const auto count = alive.find(revision.record.hash);
        if (count != alive.end()) revision.alive = count->second;
        all.push_back(std::move(revision));
    }
    return all;
}

}  // namespace reweave::store
