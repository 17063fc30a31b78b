#include "bot/store/keys.hpp"

#include <fcntl.h>
#include <sodium.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <stdexcept>
#include <system_error>

#include "bot/engine/ports.hpp"

namespace reweave::store {

namespace {

using engine::PersonId;
using engine::StoreError;

static_assert(Key::kBytes == crypto_aead_xchacha20poly1305_ietf_KEYBYTES);
constexpr std::size_t kNonceBytes = crypto_aead_xchacha20poly1305_ietf_NPUBBYTES;
constexpr std::size_t kTagBytes = crypto_aead_xchacha20poly1305_ietf_ABYTES;
constexpr int kKeysVersion = 1;

void start_sodium() {
    if (sodium_init() < 0)
        throw StoreError("The random numbers of this machine cannot be used, so no keys can be made.");
}

BytesView view(std::string_view text) {
    return {reinterpret_cast<const unsigned char*>(text.data()), text.size()};
}

/// What a person's key is bound to: swapping two rows of the file does not open them.
std::string key_context(PersonId person) {
    return "key of person " + std::to_string(person.value);
}

std::optional<Key> parse_key(std::string text) {
    Key key;
    if (text.size() == Key::kBytes) {
        std::memcpy(key.data(), text.data(), Key::kBytes);
    } else {
        while (!text.empty() && (text.back() == '\n' || text.back() == '\r' || text.back() == ' ')) text.pop_back();
        std::size_t size = 0;
        const char* end = nullptr;
        const bool fits = sodium_hex2bin(key.data(), Key::kBytes, text.data(), text.size(), nullptr, &size, &end) == 0;
        if (!fits || size != Key::kBytes || end != text.data() + text.size()) return std::nullopt;
    }
    sodium_memzero(text.data(), text.size());
    return key;
}

/// Makes the key in a file beside and renames it, so that a crash leaves either no key or a whole one.
Key create_master_key(const std::filesystem::path& file) {
    Key key;
    randombytes_buf(key.data(), Key::kBytes);
    std::array<char, Key::kBytes * 2 + 1> digits{};
    sodium_bin2hex(digits.data(), digits.size(), key.data(), Key::kBytes);
    digits.back() = '\n';

    const std::filesystem::path fresh = file.string() + ".new";
    const auto fail = [&] {
        throw StoreError("The master key " + file.string() +
                         " cannot be written: " + std::generic_category().message(errno) + ".");
    };
    const int descriptor = ::open(fresh.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (descriptor < 0) fail();
    const bool written = ::write(descriptor, digits.data(), digits.size()) == static_cast<ssize_t>(digits.size()) &&
                         ::fsync(descriptor) == 0;
    ::close(descriptor);
    sodium_memzero(digits.data(), digits.size());
    if (!written || ::rename(fresh.c_str(), file.c_str()) != 0) fail();
    const int folder = ::open(file.parent_path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (folder >= 0) {
        ::fsync(folder);
        ::close(folder);
    }
    return key;
}

const std::filesystem::path& existing(const std::filesystem::path& file, bool may_create) {
    if (may_create || std::filesystem::exists(file)) return file;
    throw StoreError("The keys file " + file.string() +
                     " is missing, and without it nobody's words can be read. Put it back from the back-up of the "
                     "keys; nothing was changed.");
}

void check_keys_version(Database& database) {
    if (database.number("PRAGMA user_version").value_or(0) > kKeysVersion) {
        throw StoreError(
            database.file().string() +
            " was written by a newer version of Reweave. Install that version again; nothing was changed.");
    }
}

}  // namespace

Key::~Key() {
    sodium_memzero(bytes_.data(), bytes_.size());
}

Key load_master_key(const MasterKeySource& source, bool may_create) {
    start_sodium();
    if (!source.digits.empty()) {
        if (auto key = parse_key(source.digits)) return *key;
        throw StoreError("The master key from the environment is not 64 hexadecimal digits.");
    }
    const std::string name = source.file.string();
    const int descriptor = ::open(source.file.c_str(), O_RDONLY | O_CLOEXEC);
    if (descriptor < 0) {
        if (errno == ENOENT && may_create) return create_master_key(source.file);
        if (errno == ENOENT) {
            throw StoreError("The master key " + name +
                             " is missing, and without it nobody's words can be read. Put the file back from where you "
                             "keep it; nothing was changed.");
        }
        throw StoreError("The master key " + name + " cannot be read: " + std::generic_category().message(errno) + ".");
    }
    std::string text(2 * Key::kBytes + 8, '\0');
    const ssize_t size = ::read(descriptor, text.data(), text.size());
    struct stat status {};
    const bool known = ::fstat(descriptor, &status) == 0;
    ::close(descriptor);
    if (size < 0 || !known) throw StoreError("The master key " + name + " cannot be read.");
    if ((status.st_mode & S_IRWXO) != 0) {
        throw StoreError("The master key " + name + " can be read by everyone on this machine. Run: chmod 600 " + name);
    }
    text.resize(static_cast<std::size_t>(size));
    if (auto key = parse_key(std::move(text))) return *key;
    throw StoreError("The master key " + name + " is neither 32 bytes nor 64 hexadecimal digits.");
}

Bytes seal(const Key& key, BytesView plain, BytesView context) {
    Bytes sealed(kNonceBytes + plain.size() + kTagBytes);
    randombytes_buf(sealed.data(), kNonceBytes);
    crypto_aead_xchacha20poly1305_ietf_encrypt(sealed.data() + kNonceBytes,
                                               nullptr,
                                               plain.data(),
                                               plain.size(),
                                               context.data(),
                                               context.size(),
                                               nullptr,
                                               sealed.data(),
                                               key.data());
    return sealed;
}

std::optional<Bytes> open_sealed(const Key& key, BytesView sealed, BytesView context) {
    if (sealed.size() < kNonceBytes + kTagBytes) return std::nullopt;
    Bytes plain(sealed.size() - kNonceBytes - kTagBytes);
    const int code = crypto_aead_xchacha20poly1305_ietf_decrypt(plain.data(),
                                                                nullptr,
                                                                nullptr,
                                                                sealed.data() + kNonceBytes,
                                                                sealed.size() - kNonceBytes,
                                                                context.data(),
                                                                context.size(),
                                                                sealed.data(),
                                                                key.data());
    if (code != 0) return std::nullopt;
    return plain;
}

Keys::Keys(const std::filesystem::path& file,
           const Key& master,
           BytesView pair,
           bool may_create,
           std::size_t cached,
           const std::string& vfs)
    : database_(existing(file, may_create), may_create ? Database::Mode::create : Database::Mode::write, vfs),
      master_(master),
      cached_(cached) {
    check_keys_version(database_);
    // The old page of a deleted key must not stay in the file or its journal.
    database_.execute("PRAGMA secure_delete = ON; PRAGMA journal_mode = TRUNCATE; PRAGMA synchronous = FULL");
    if (!database_.number("SELECT 1 FROM sqlite_schema LIMIT 1")) {
        if (!may_create) {
            throw StoreError("The keys file " + file.string() + " is empty. Put it back from the back-up of the keys.");
        }
        database_.execute(
            "BEGIN IMMEDIATE;"
            "CREATE TABLE meta (name TEXT PRIMARY KEY, value BLOB NOT NULL) STRICT, WITHOUT ROWID;"
            "CREATE TABLE keys (person INTEGER PRIMARY KEY, sealed BLOB NOT NULL) STRICT;"
            "CREATE TABLE erased (person INTEGER PRIMARY KEY, at INTEGER NOT NULL) STRICT;");
        database_.run("INSERT INTO meta VALUES ('pair', ?)", pair);
        database_.run("INSERT INTO meta VALUES ('check', ?)", BytesView(seal(master_, pair, view("check"))));
        database_.execute("PRAGMA user_version = " + std::to_string(kKeysVersion) + "; COMMIT");
    }
    Rows own = database_.query("SELECT value FROM meta WHERE name = 'pair'");
    if (!own.next() || !std::ranges::equal(own.bytes(0), pair)) {
        throw StoreError("The keys file " + file.string() +
                         " belongs to another database. Put the right one in its place; nothing was changed.");
    }
    Rows check = database_.query("SELECT value FROM meta WHERE name = 'check'");
    if (!check.next() || !open_sealed(master_, check.bytes(0), view("check"))) {
        throw StoreError("The master key is not the one that " + file.string() +
                         " was made with. Put the right one in its place; nothing was changed.");
    }
}

Keys::~Keys() = default;

const Key& Keys::remember(PersonId person, const Key& key) {
    if (cache_.size() >= cached_) {
        cache_.erase(recent_.back().first);
        recent_.pop_back();
    }
    recent_.emplace_front(person.value, key);
    cache_[person.value] = recent_.begin();
    return recent_.front().second;
}

void Keys::forget(PersonId person) noexcept {
    if (const auto found = cache_.find(person.value); found != cache_.end()) {
        recent_.erase(found->second);
        cache_.erase(found);
    }
}

const Key* Keys::find(PersonId person) {
    if (const auto found = cache_.find(person.value); found != cache_.end()) {
        recent_.splice(recent_.begin(), recent_, found->second);
        return &recent_.front().second;
    }
    Rows rows = database_.query("SELECT sealed FROM keys WHERE person = ?", person);
    if (!rows.next()) return nullptr;
    std::optional<Bytes> plain = open_sealed(master_, rows.bytes(0), view(key_context(person)));
    if (!plain || plain->size() != Key::kBytes) {
        throw StoreError("A key in " + database_.file().string() +
                         " is damaged. Put the file back from the back-up of the keys.");
    }
    Key key;
    std::memcpy(key.data(), plain->data(), Key::kBytes);
    sodium_memzero(plain->data(), plain->size());
    return &remember(person, key);
}

const Key& Keys::find_or_make(PersonId person) {
    if (const Key* key = find(person)) return *key;
    if (!database_.in_transaction()) database_.run("BEGIN IMMEDIATE");
    Key key;
    randombytes_buf(key.data(), Key::kBytes);
    database_.run("INSERT INTO keys (person, sealed) VALUES (?, ?)",
                  person,
                  BytesView(seal(master_, {key.data(), Key::kBytes}, view(key_context(person)))));
    fresh_.push_back(person);
    return remember(person, key);
}

void Keys::commit() {
    if (!database_.in_transaction()) return;
    database_.run("COMMIT");
    fresh_.clear();
}

void Keys::rollback() noexcept {
    for (const PersonId person : fresh_) forget(person);
    fresh_.clear();
    if (!database_.in_transaction()) return;
    try {
        database_.run("ROLLBACK");
    } catch (const StoreError&) {
        // The journal is rolled back when the file is opened again.
    }
}

void Keys::erase(PersonId person, engine::TimePoint at) {
    forget(person);
    database_.run("BEGIN IMMEDIATE");
    try {
        database_.run("DELETE FROM keys WHERE person = ?", person);
        database_.run("INSERT OR IGNORE INTO erased (person, at) VALUES (?, ?)", person, at);
        database_.run("COMMIT");
    } catch (...) {
        rollback();
        throw;
    }
}

std::vector<PersonId> Keys::erased() {
    std::vector<PersonId> people;
    for (Rows rows = database_.query("SELECT person FROM erased"); rows.next();) people.push_back({rows.number(0)});
    return people;
}

PersonId Keys::highest_person() {
    return {
        database_
            .number(
                "SELECT max(ifnull((SELECT max(person) FROM keys), 0), ifnull((SELECT max(person) FROM erased), 0))")
            .value_or(0)};
}

std::vector<std::pair<PersonId, engine::TimePoint>> read_tombstones(const std::filesystem::path& file) {
    Database database(file, Database::Mode::read);
    check_keys_version(database);
    std::vector<std::pair<PersonId, engine::TimePoint>> tombstones;
    for (Rows rows = database.query("SELECT person, at FROM erased"); rows.next();) {
        tombstones.emplace_back(PersonId{rows.number(0)}, rows.time(1));
    }
    return tombstones;
}

}  // namespace reweave::store
