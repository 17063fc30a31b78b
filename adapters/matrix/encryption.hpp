#pragma once
/// \file End-to-end encryption of the account: the keys of its device, the identity that signs it, and what both need
/// of the homeserver. One thread, the I/O thread; the engine itself works on one of its own (e2ee.hpp).
///
/// Everybody's devices get the bot's messages, as in Element; strict is Element's "exclude insecure devices": only
/// devices that their owner's identity has signed are written to and believed.

#include <deque>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

#include "adapters/matrix/api.hpp"
#include "adapters/matrix/e2ee.hpp"

namespace reweave::matrix {

struct EncryptionOptions {
    bool strict = false;
    std::filesystem::path folder;  ///< of the keys, one folder in it for each device
    /// Stores what changed of the account, durably: the passphrase of the keys, the recovery key.
    std::function<void(const Account&)> save;
    /// For the log: a line without contents, and whether somebody must act.
    std::function<void(const std::string& line, bool act)> report;
    /// What becomes of an identity that is there: it is kept; or taken over by the account's recovery key; or replaced,
    /// which everybody sees.
    enum class Identity { keep, recover, reset } identity = Identity::keep;
    std::string password =
        {};  ///< of the account, for a homeserver that wants it once more before it takes an identity
};

struct EncryptionStatus {
    enum class State {
        off,              ///< by the settings, or this build has none
        starting,         ///< not opened yet
        unsigned_device,  ///< works, but strict clients do not take it for ours
        ready,
        lost,   ///< the homeserver has other keys for this device: the store was lost
        broken  ///< the engine failed, or the store cannot be used
    } state = State::off;
    std::string why;  ///< a sentence for the operator, if it is neither off nor ready
};
[[nodiscard]] std::string_view name(EncryptionStatus::State state);

/// Of one device: one segment below the folder of them all, whatever the homeserver calls it.
[[nodiscard]] std::filesystem::path keys_folder(const std::filesystem::path& all, const std::string& device);

class Encryption {
 public:
    Encryption(asio::io_context& io, Api& api, EncryptionOptions options);
    Encryption(const Encryption&) = delete;
    Encryption& operator=(const Encryption&) = delete;

    /// Opens the keys of the account's device and sees to its identity: makes one where there is none, never replaces
    /// one. Again after a login. False: the homeserver did not answer, try again later.
    [[nodiscard]] Awaitable<bool> start();

    /// Nothing is sent until the next start(): the login to come may be that of another device, or of one that was
    /// forgotten, and what these keys have signed would be taken for its own.
    void hold() { held_ = true; }

    /// Takes what a sync brings for the device; before its token is stored and its events are read. False: it could
    /// not be stored, and the sync must be read again.
    [[nodiscard]] Awaitable<bool> receive(const nlohmann::json& sync);
    /// Sessions for which a key has come since the last time.
    [[nodiscard]] std::vector<std::string> take_new_keys() { return std::exchange(new_keys_, {}); }

    /// The answer of the engine's call "decrypt" (e2ee/reweave_e2ee.h); {"unable": "no_engine"} if it cannot work.
    [[nodiscard]] Awaitable<nlohmann::json> decrypt(std::string room, nlohmann::json event);

    /// The content of the m.room.encrypted event that says it in that room, to these people and to nobody else; JSON
    /// in, JSON out. Nothing if it cannot be done now.
    [[nodiscard]] Awaitable<std::optional<std::string>> encrypt(std::string room,
                                                                std::vector<std::string> readers,
                                                                std::string type,
                                                                std::string content);
    /// An event of a verification in a room that is not encrypted.
    [[nodiscard]] Awaitable<void> look_at(std::string room, nlohmann::json event);
    /// Whether each of them has a device that can read encrypted messages. Nothing if that cannot be known now.
    [[nodiscard]] Awaitable<std::optional<bool>> all_have_devices(std::vector<std::string> users);

    /// Rooms can be read and written.
    [[nodiscard]] bool works() const {
        return status_.state == State::ready || status_.state == State::unsigned_device;
    }

    /// Sends what the engine wants sent, and declines verifications. Ends after stop().
    [[nodiscard]] Awaitable<void> work();
    void stop();
    [[nodiscard]] const EncryptionStatus& status() const { return status_; }

    /// Who reads a room, and whether it is encrypted; set before start().
    std::function<Awaitable<std::optional<std::vector<std::string>>>(std::string room)> readers_of;
    std::function<bool(const std::string& room)> is_encrypted;

 private:
    using State = EncryptionStatus::State;
    class Turn;
    void set(State state, std::string why = {});
    void failed(const E2eeFailure& failure);
    void lose();
    [[nodiscard]] Awaitable<bool> begin();
    [[nodiscard]] Awaitable<bool> open();
    [[nodiscard]] Awaitable<bool> look_up_ourselves();
    [[nodiscard]] Awaitable<bool> is_stale(bool is_new, const nlohmann::json& status);
    [[nodiscard]] Awaitable<bool> see_to_identity(nlohmann::json status);
    [[nodiscard]] Awaitable<bool> make_identity(bool reset);
    [[nodiscard]] Awaitable<bool> make_recovery_key();
    [[nodiscard]] Awaitable<bool> recover();
    [[nodiscard]] Awaitable<std::optional<std::string>> seal(std::string room,
                                                             std::vector<std::string> readers,
                                                             std::string type,
                                                             std::string content);
    [[nodiscard]] Awaitable<bool> drain(bool in_rooms);
    [[nodiscard]] Awaitable<bool> send(nlohmann::json request);
    [[nodiscard]] Awaitable<bool> send_all(nlohmann::json requests);
    [[nodiscard]] Awaitable<bool> look_after_keys();
    [[nodiscard]] Awaitable<void> decline_verifications();
    void use(Account account);

    asio::io_context& io_;
    Api& api_;
    EncryptionOptions options_;
    std::unique_ptr<E2ee> engine_;
    std::string device_;  ///< whose keys are open
    EncryptionStatus status_;
    std::vector<std::string> new_keys_;
    std::map<std::string, Answer> refused_;  ///< the last answer by type of request, for what it says to the operator
    int not_received_ = 0;                   ///< tries to take the same sync
    bool asked_to_verify_ = false;
    Timer wake_;
    std::deque<Timer*> waiting_;  ///< for their turn
    bool taken_ = false;
    bool pending_ = false;
    bool held_ = false;
    bool stopped_ = false;
};

}  // namespace reweave::matrix
