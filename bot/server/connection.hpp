#pragma once
/// \file One connection from its first byte to its last: HTTP, then perhaps a WebSocket. Internal to the server.

#include <boost/asio/ssl/context.hpp>
#include <memory>
#include <unordered_set>

#include "bot/deps/asio.hpp"
#include "bot/server/deadlines.hpp"
#include "bot/server/peer.hpp"
#include "bot/server/web_server.hpp"

namespace reweave::server {

struct Front;

/// Something open that a drain must close.
class Connection : public Limited {
 public:
    explicit Connection(Front& front);
    Connection(const Connection&) = delete;
    Connection& operator=(const Connection&) = delete;

    virtual void drain() = 0;
    /// Closes the socket under it, whatever it is doing.
    virtual void cut() = 0;

    ~Connection() override;

 protected:
    Front& front_;
};

/// What all connections share. Kept alive by each of them, since the io_context may outlive the server.
struct Front {
    Front(asio::io_context& io, engine::EngineGate& gate, ServerOptions opts, Metrics& metrics);

    /// After something was asked of the engine: sees to it that what found no room is tried again.
    void watch_queue();

    Executor executor;
    ServerOptions options;
    Hub hub;
    AddressBook addresses;
    TrustedProxies proxies;
    Deadlines deadlines;
    HttpHandler pages;
    HttpHandler operator_pages;
    std::shared_ptr<asio::ssl::context> tls;  ///< null: none
    std::unordered_set<Connection*> open;
    std::size_t sockets = 0;   ///< accepted and not closed
    std::size_t sessions = 0;  ///< of these, WebSockets
    bool draining = false;
    Counter& requests;

 private:
    struct Retry final : Limited {
        explicit Retry(Front& f) : front(f) {}
        void on_time_up() override;
        Front& front;
    } retry_;
};

enum class Door { people, people_over_tls, for_operator };

/// Serves one accepted socket until it is closed.
Awaitable<void> serve(Socket socket, std::shared_ptr<Front> front, Door door);

}  // namespace reweave::server
