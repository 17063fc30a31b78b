#include "bot/store/sqlite_store.hpp"

namespace reweave::store {

std::map<std::string, std::string> SqliteStore::translations(std::string_view hash) {
    std::map<std::string, std::string> all;
    Rows row = database_.query(
        "SELECT t.language, t.json FROM translations t JOIN revisions r ON r.id = t.revision WHERE r.hash = ?", hash);
    while (row.next()) all[row.text(0)] = row.text(1);
    return all;
}

void SqliteStore::save_translations(std::string_view hash, const std::map<std::string, std::string>& by_language) {
    database_.run("DELETE FROM translations WHERE revision = (SELECT id FROM revisions WHERE hash = ?)", hash);
    for (const auto& [language, json] : by_language) {
        database_.run(
            "INSERT INTO translations (revision, language, json) SELECT id, ?, ? FROM revisions WHERE hash = ?",
            language,
            json,
            hash);
    }
}

}  // namespace reweave::store
