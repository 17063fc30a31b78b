/// \file The least a durable turn costs: bare SQLite group commits of the rows that a turn writes, without sealing,
/// JSON or anyone to answer. The schema is the store's own; sizes and batch are told by the caller, who has seen the
/// real ones.

#include <sqlite3.h>
#include <sys/resource.h>

#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <map>
#include <stdexcept>
#include <string>

namespace {

using Clock = std::chrono::steady_clock;

class Database {
 public:
    explicit Database(const std::string& path) {
        check(sqlite3_open_v2(
            path.c_str(), &db_, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX, nullptr));
    }
    ~Database() { sqlite3_close_v2(db_); }
    Database(const Database&) = delete;
    Database& operator=(const Database&) = delete;

    void execute(const std::string& sql) { check(sqlite3_exec(db_, sql.c_str(), nullptr, nullptr, nullptr)); }
    sqlite3_stmt* prepare(const char* sql) {
        sqlite3_stmt* statement = nullptr;
        check(sqlite3_prepare_v3(db_, sql, -1, SQLITE_PREPARE_PERSISTENT, &statement, nullptr));
        return statement;
    }
    void run(sqlite3_stmt* statement) {
        if (sqlite3_step(statement) != SQLITE_DONE) throw std::runtime_error(sqlite3_errmsg(db_));
        sqlite3_reset(statement);
    }

 private:
    void check(int code) {
        if (code != SQLITE_OK) throw std::runtime_error(sqlite3_errmsg(db_));
    }
    sqlite3* db_ = nullptr;
};

void bind(sqlite3_stmt* statement, int at, std::int64_t value) {
    sqlite3_bind_int64(statement, at, value);
}
void bind(sqlite3_stmt* statement, int at, const std::string& value) {
    sqlite3_bind_text(statement, at, value.data(), static_cast<int>(value.size()), SQLITE_STATIC);
}

std::string read_file(const std::string& path) {
    std::ifstream file(path);
    if (!file) throw std::runtime_error(path + ": cannot be read");
    return {std::istreambuf_iterator<char>(file), {}};
}

double cpu_seconds() {
    rusage usage{};
    getrusage(RUSAGE_SELF, &usage);
    const auto part = [](const timeval& t) {
        return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) / 1e6;
    };
    return part(usage.ru_utime) + part(usage.ru_stime);
}

using Options = std::map<std::string, std::string>;

void measure(Options& options) {
    const auto number = [&](const char* name) { return std::stoll(options[name]); };
    const auto people = number("people"), batch = number("batch");
    Database db(options["file"]);
    db.execute(read_file(options["schema"]));
    db.execute(
        "PRAGMA journal_mode = WAL; PRAGMA wal_autocheckpoint = 4000; PRAGMA cache_size = -16384; PRAGMA synchronous "
        "= " +
        options["synchronous"]);
    const std::string body(static_cast<std::size_t>(number("event-bytes")), 'e');
    const std::string state(static_cast<std::size_t>(number("state-bytes")), 's');
    const std::string sealed(static_cast<std::size_t>(number("words-bytes")), 'w');
    const std::string hash(64, 'h'), marks = "12:1000000";
    db.execute("BEGIN");
    for (std::int64_t i = 1; i <= people; ++i) {
        const auto id = std::to_string(i);
        db.execute("INSERT INTO people VALUES(" + id + ",0,'en','UTC',540,1200,'',NULL,0,'',0)");
        db.execute("INSERT INTO hot VALUES(" + id + ",0,0,0," + id + ",'',0,'" + marks + "',0)");
        db.execute("INSERT INTO conversations VALUES(" + id + "," + id + ",'" + hash + "',0,'','" + state + "',0,0)");
    }
    db.execute("COMMIT");

    auto* begin = db.prepare("BEGIN IMMEDIATE");
    auto* commit = db.prepare("COMMIT");
    auto* words = db.prepare("INSERT INTO words(author, prev, sealed) VALUES(?, ?, CAST(? AS BLOB))");
    auto* event =
        db.prepare("INSERT INTO events(person, seq, prev, conversation, at, seed, body) VALUES(?, ?, ?, ?, ?, ?, ?)");
    auto* hot = db.prepare("UPDATE hot SET seq = ?2, last_event = ?3, last_words = ?4, marks = ?5 WHERE person = ?1");
    auto* conversation = db.prepare("UPDATE conversations SET state = ?2, updated = ?3 WHERE id = ?1");

    const double cpu = cpu_seconds();
    const auto started = Clock::now();
    const auto end =
        started + std::chrono::milliseconds(static_cast<std::int64_t>(std::stod(options["seconds"]) * 1000));
    std::int64_t turns = 0;
    while (Clock::now() < end) {
        db.run(begin);
        for (std::int64_t i = 0; i < batch; ++i, ++turns) {
            const auto person = turns % people + 1;
            bind(words, 1, person);
            bind(words, 2, turns);
            bind(words, 3, sealed);
            db.run(words);
            bind(event, 1, person);
            for (int column = 2; column <= 6; ++column) bind(event, column, 1'700'000'000'000 + turns);
            bind(event, 7, body);
            db.run(event);
            bind(hot, 1, person);
            for (int column = 2; column <= 4; ++column) bind(hot, column, turns);
            bind(hot, 5, marks);
            db.run(hot);
            bind(conversation, 1, person);
            bind(conversation, 2, state);
            bind(conversation, 3, 1'700'000'000'000 + turns);
            db.run(conversation);
        }
        db.run(commit);
    }
    const double seconds = std::chrono::duration<double>(Clock::now() - started).count();
    const auto count = static_cast<double>(turns);
    std::printf("{\"turns\":%lld,\"turns_per_s\":%.1f,\"cpu_us_per_turn\":%.2f}\n",
                static_cast<long long>(turns),
                count / seconds,
                (cpu_seconds() - cpu) * 1e6 / count);
    for (auto* statement : {begin, commit, words, event, hot, conversation}) sqlite3_finalize(statement);
}

}  // namespace

int main(int argc, char** argv) {
    Options options{{"people", "64"},
                    {"batch", "32"},
                    {"seconds", "3"},
                    {"synchronous", "FULL"},
                    {"event-bytes", "300"},
                    {"state-bytes", "400"},
                    {"words-bytes", "64"},
                    {"file", ""},
                    {"schema", ""}};
    try {
        for (int i = 1; i < argc; i += 2) {
            const std::string name = argv[i];
            if (i + 1 == argc || name.rfind("--", 0) != 0 || options.count(name.substr(2)) == 0)
                throw std::invalid_argument("do not know " + name);
            options[name.substr(2)] = argv[i + 1];
        }
        if (options["file"].empty() || options["schema"].empty())
            throw std::invalid_argument("--file and --schema are needed");
        measure(options);
    } catch (const std::exception& error) {
        std::fprintf(stderr,
                     "%s\nusage: reweave_bench_commits --file NEW_DATABASE --schema SQL_FILE [--people N] [--batch N] "
                     "[--seconds S]\n"
                     "         [--synchronous FULL|NORMAL] [--event-bytes N] [--state-bytes N] [--words-bytes N]\n",
                     error.what());
        return 2;
    }
}
