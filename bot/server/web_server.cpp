#include "bot/server/web_server.hpp"

#include <boost/asio/basic_socket_acceptor.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/ssl/context.hpp>
#include <stdexcept>

#include "bot/server/connection.hpp"

namespace reweave::server {
namespace {

using namespace std::chrono_literals;
using boost::system::error_code;
using Acceptor = asio::basic_socket_acceptor<tcp, Executor>;

constexpr int kBacklog = 4096;
constexpr std::size_t kSpareSockets = 256;  ///< for pages, beside the WebSockets

Acceptor listen(const Executor& executor, const Endpoint& endpoint) {
    try {
        const tcp::endpoint where(asio::ip::make_address(endpoint.address), endpoint.port);
        Acceptor acceptor(executor);
        acceptor.open(where.protocol());
        acceptor.set_option(tcp::acceptor::reuse_address(true));
        acceptor.bind(where);
        acceptor.listen(kBacklog);
        return acceptor;
    } catch (const boost::system::system_error& error) {
        throw std::runtime_error("cannot listen on " + endpoint.address + " port " + std::to_string(endpoint.port) +
                                 ": " + error.code().message());
    }
}

std::shared_ptr<asio::ssl::context> load(const TlsFiles& files) {
    auto context = std::make_shared<asio::ssl::context>(asio::ssl::context::tls_server);
    context->set_options(asio::ssl::context::default_workarounds | asio::ssl::context::no_sslv2 |
                         asio::ssl::context::no_sslv3 | asio::ssl::context::no_tlsv1 | asio::ssl::context::no_tlsv1_1);
    SSL_CTX_set_mode(context->native_handle(), SSL_MODE_RELEASE_BUFFERS);  // 34 KiB less for each idle connection
    const auto use = [](const std::filesystem::path& file, const char* what, const auto& read) {
        error_code error;
        read(file.string(), error);
        if (error) throw std::runtime_error("cannot use " + file.string() + " as TLS " + what + ": " + error.message());
    };
    use(files.certificate, "certificate", [&](const std::string& f, error_code& e) {
        context->use_certificate_chain_file(f, e);
    });
    use(files.key, "key", [&](const std::string& f, error_code& e) {
        context->use_private_key_file(f, asio::ssl::context::pem, e);
    });
    return context;
}

}  // namespace

Front::Front(asio::io_context& io, engine::EngineGate& gate, ServerOptions opts, Metrics& metrics)
    : executor(io.get_executor()),
      options(std::move(opts)),
      hub(gate, options.hub, metrics),
      addresses(options.addresses),
      proxies(options.trusted_proxies),
      deadlines(executor),
      pages(page_handler(options.pages, [this] { return !draining && options.ready(); })),
      operator_pages(operator_handler([&metrics] { return metrics.text(); })),
      requests(metrics.counter("reweave_http_requests_total", "HTTP requests, upgrades included.")),
      retry_(*this) {}

void Front::watch_queue() {
    if (hub.has_waiting()) deadlines.set(retry_, 10ms);
}

void Front::Retry::on_time_up() {
    front.hub.flush();
    front.watch_queue();
}

class WebServer::Impl : public std::enable_shared_from_this<Impl>, private Limited {
 public:
    Impl(asio::io_context& io, engine::EngineGate& gate, ServerOptions options, Metrics& metrics)
        : front_(std::make_shared<Front>(io, gate, std::move(options), metrics)),
          people_(listen(front_->executor, front_->options.listen)),
          failed_accepts_(metrics.counter("reweave_failed_accepts_total", "Connections that could not be accepted.")) {
        if (front_->options.tls) front_->tls = load(*front_->options.tls);
        if (front_->options.operator_listen)
            operator_.emplace(listen(front_->executor, *front_->options.operator_listen));
        metrics.gauge("reweave_connections", "Open WebSockets.", [front = std::weak_ptr(front_)] {
            const auto alive = front.lock();
            return alive ? static_cast<double>(alive->sessions) : 0;
        });
        metrics.gauge(
            "reweave_people_connected", "People with at least one open WebSocket.", [front = std::weak_ptr(front_)] {
                const auto alive = front.lock();
                return alive ? static_cast<double>(alive->hub.people()) : 0;
            });
    }

    void start() {
        spawn(watch_deadlines(shared_from_this()));
        spawn(accept_loop(shared_from_this(), people_, front_->tls ? Door::people_over_tls : Door::people));
        if (operator_) spawn(accept_loop(shared_from_this(), *operator_, Door::for_operator));
    }

    /// The io_context may run, or be destroyed, after this; the engine and whoever is reported to may be gone by then.
    void stop() {
        front_->hub.close_gate();
        front_->options.report = [](const std::string&) {};
        front_->deadlines.stop();
        close_doors();
        done_ = nullptr;
    }

    void drain(std::function<void()> done) {
        done_ = std::move(done);
        front_->draining = true;
        close_doors();
        front_->deadlines.set(*this, front_->options.close_limit);
        const std::vector<Connection*> open(front_->open.begin(), front_->open.end());
        for (Connection* connection : open) connection->drain();
        if (front_->sockets == 0) asio::post(front_->executor, [self = shared_from_this()] { self->finish_drain(); });
    }

    [[nodiscard]] Front& front() { return *front_; }
    [[nodiscard]] std::uint16_t port() const { return people_.local_endpoint().port(); }
    [[nodiscard]] std::uint16_t operator_port() const {
        return operator_ ? operator_->local_endpoint().port() : std::uint16_t{0};
    }

    void reload_certificate() {
        if (front_->options.tls) front_->tls = load(*front_->options.tls);
    }

 private:
    void spawn(Awaitable<void> loop) {
        asio::co_spawn(front_->executor, std::move(loop), [self = shared_from_this()](std::exception_ptr error) {
            self->report(error);
        });
    }

    void report(const std::exception_ptr& error) {
        if (!error) return;
        try {
            std::rethrow_exception(error);
        } catch (const std::exception& e) {
            front_->options.report(std::string("a connection ended by a fault: ") + e.what());
        }
    }

    static Awaitable<void> watch_deadlines(std::shared_ptr<Impl> self) { co_await self->front_->deadlines.run(); }

    static Awaitable<void> accept_loop(std::shared_ptr<Impl> self, Acceptor& acceptor, Door door) {
        Timer pause(self->front_->executor);
        while (acceptor.is_open()) {
            auto [error, socket] = co_await acceptor.async_accept(nothrow);
            if (!error) {
                self->take(std::move(socket), door);
            } else if (acceptor.is_open()) {
                // Out of file descriptors, most likely. They come back when connections close; until then do not spin.
                self->failed_accepts_.add();
                pause.expires_after(50ms);
                co_await pause.async_wait(nothrow);
            }
        }
    }

    void take(Socket socket, Door door) {
        if (door != Door::for_operator && front_->sockets >= front_->options.connections + kSpareSockets) {
            failed_accepts_.add();
            return;
        }
        ++front_->sockets;
        asio::co_spawn(front_->executor,
                       serve(std::move(socket), front_, door),
                       [self = shared_from_this()](std::exception_ptr error) {
                           self->report(error);
                           --self->front_->sockets;
                           if (self->front_->draining && self->front_->sockets == 0) self->finish_drain();
                       });
    }

    void on_time_up() override {
        const std::vector<Connection*> open(front_->open.begin(), front_->open.end());
        for (Connection* connection : open) connection->cut();
    }

    void finish_drain() {
        front_->deadlines.stop();  // nothing of the server is left in the io_context then
        if (auto done = std::exchange(done_, nullptr)) done();
    }

    void close_doors() {
        error_code ignored;
        people_.close(ignored);
        if (operator_) operator_->close(ignored);
    }

    std::shared_ptr<Front> front_;
    Acceptor people_;
    std::optional<Acceptor> operator_;
    Counter& failed_accepts_;
    std::function<void()> done_;
};

WebServer::WebServer(asio::io_context& io, engine::EngineGate& gate, ServerOptions options, Metrics& metrics)
    : impl_(std::make_shared<Impl>(io, gate, std::move(options), metrics)) {}

WebServer::~WebServer() {
    impl_->stop();
}

void WebServer::start() {
    impl_->start();
}
std::uint16_t WebServer::port() const {
    return impl_->port();
}
std::uint16_t WebServer::operator_port() const {
    return impl_->operator_port();
}
void WebServer::reload_certificate() {
    impl_->reload_certificate();
}
void WebServer::drain(std::function<void()> done) {
    impl_->drain(std::move(done));
}

void WebServer::on_outputs(std::vector<engine::Output>&& outputs) {
    Front& front = impl_->front();
    front.hub.on_outputs(std::move(outputs), std::chrono::steady_clock::now());
    front.watch_queue();
}

}  // namespace reweave::server
