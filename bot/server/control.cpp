#include "bot/server/control.hpp"

#include <sys/stat.h>

#include <boost/asio/basic_socket_acceptor.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/write.hpp>
#include <nlohmann/json.hpp>
#include <set>

#include "bot/server/mailbox.hpp"

namespace reweave::server {
namespace {

using json = nlohmann::json;
using boost::system::error_code;
using Local = asio::local::stream_protocol;
using LocalSocket = asio::basic_stream_socket<Local, Executor>;
using LocalAcceptor = asio::basic_socket_acceptor<Local, Executor>;

constexpr std::size_t kMaxRequestBytes = 64 * 1024;
constexpr std::size_t kMaxAnswerBytes =
    1024UL * 1024 * 1024;  ///< an export of everything that one person ever said fits

std::string line_of(const json& value) {
    return value.dump(-1, ' ', false, json::error_handler_t::replace) + "\n";
}

Local::endpoint endpoint_of(const std::filesystem::path& socket) {
    try {
        return Local::endpoint(socket.string());
    } catch (const boost::system::system_error&) {
        throw std::runtime_error("the path of the control socket is too long: " + socket.string());
    }
}

bool someone_listens(asio::io_context& io, const Local::endpoint& endpoint) {
    Local::socket probe(io);
    error_code error;
    probe.connect(endpoint, error);
    return !error;
}

LocalAcceptor listen(asio::io_context& io, const std::filesystem::path& socket) {
    const Local::endpoint endpoint = endpoint_of(socket);
    if (someone_listens(io, endpoint))
        throw std::runtime_error("another bot is running on this data: it listens at " + socket.string());
    error_code error;
    std::filesystem::remove(socket);
    LocalAcceptor acceptor(io.get_executor());
    acceptor.open(Local(), error);
    // The mode must be right from the first moment: a file that is narrowed afterwards was wide open before.
    const mode_t before = ::umask(0177);
    if (!error) acceptor.bind(endpoint, error);
    ::umask(before);
    if (!error) acceptor.listen(16, error);
    if (error) throw std::runtime_error("cannot open the control socket " + socket.string() + ": " + error.message());
    return acceptor;
}

/// One request and its answers.
struct Talk {
    explicit Talk(LocalSocket s) : socket(std::move(s)), answers(socket.get_executor(), 1024, kMaxAnswerBytes) {}
    LocalSocket socket;
    Mailbox<std::string> answers;
};

/// Held by all copies of an Answer: when the last one is dropped, the talk is over.
struct Asker {
    explicit Asker(std::shared_ptr<Talk> t) : talk(std::move(t)) {}
    Asker(const Asker&) = delete;
    Asker& operator=(const Asker&) = delete;
    ~Asker() { talk->answers.close(); }
    void say(const json& answer) const {
        const auto pushed = talk->answers.push(line_of(answer));
        if (pushed == Mailbox<std::string>::Push::full || answer.contains("ok")) talk->answers.close();
    }
    std::shared_ptr<Talk> talk;
};

}  // namespace

class ControlServer::Impl : public std::enable_shared_from_this<Impl> {
 public:
    Impl(asio::io_context& io, std::filesystem::path socket, Handler handler)
        : path_(std::move(socket)),
          handler_(std::move(handler)),
          executor_(io.get_executor()),
          acceptor_(listen(io, path_)) {}

    void start() { asio::co_spawn(executor_, accept_loop(shared_from_this()), ignore_fault); }

    void stop() {
        if (!acceptor_.is_open()) return;
        error_code ignored;
        acceptor_.close(ignored);
        std::error_code gone;
        std::filesystem::remove(path_, gone);
        for (Talk* talk : talks_) {
            talk->answers.discard();
            talk->socket.close(ignored);
        }
        handler_ = nullptr;
    }

 private:
    static void ignore_fault(const std::exception_ptr&) {}  // the asker sees that there is no answer

    static Awaitable<void> accept_loop(std::shared_ptr<Impl> self) {
        Timer pause(self->executor_);
        while (self->acceptor_.is_open()) {
            auto [error, socket] = co_await self->acceptor_.async_accept(nothrow);
            if (!error) {
                asio::co_spawn(
                    self->executor_, converse(self, std::make_shared<Talk>(std::move(socket))), ignore_fault);
            } else if (self->acceptor_.is_open()) {
                pause.expires_after(std::chrono::milliseconds(50));
                co_await pause.async_wait(nothrow);
            }
        }
    }

    static Awaitable<void> converse(std::shared_ptr<Impl> self, std::shared_ptr<Talk> talk) {
        self->talks_.insert(talk.get());
        const std::shared_ptr<void> place(nullptr, [&](void*) { self->talks_.erase(talk.get()); });
        std::string request;
        auto buffer = asio::dynamic_buffer(request, kMaxRequestBytes);
        const auto [error, size] = co_await asio::async_read_until(talk->socket, buffer, '\n', nothrow);
        if (error) co_return;
        self->hand_over(std::string_view(request).substr(0, size), std::make_shared<Asker>(talk));
        for (;;) {
            const std::vector<std::string> lines = co_await talk->answers.take();
            if (lines.empty()) break;
            for (const std::string& line : lines) {
                const auto [failed, written] = co_await asio::async_write(talk->socket, asio::buffer(line), nothrow);
                if (failed) co_return;
            }
        }
    }

    void hand_over(std::string_view line, const std::shared_ptr<Asker>& asker) {
        json request = json::parse(line, nullptr, false);
        if (!request.is_object()) {
            asker->say({{"ok", false}, {"error", "the request is not a JSON object on one line"}});
        } else if (handler_) {
            handler_(std::move(request), [asker](const json& answer) { asker->say(answer); });
        }
    }

    std::filesystem::path path_;
    Handler handler_;
    Executor executor_;
    LocalAcceptor acceptor_;
    std::set<Talk*> talks_;
};

ControlServer::ControlServer(asio::io_context& io, std::filesystem::path socket, Handler handler)
    : impl_(std::make_shared<Impl>(io, std::move(socket), std::move(handler))) {}
ControlServer::~ControlServer() {
    impl_->stop();
}
void ControlServer::start() {
    impl_->start();
}
void ControlServer::stop() {
    impl_->stop();
}

std::optional<json> ask_running_bot(const std::filesystem::path& path,
                                    const json& request,
                                    const std::function<void(const json&)>& on_progress) {
    asio::io_context io(1);
    Local::socket socket(io);
    error_code error;
    socket.connect(endpoint_of(path), error);
    if (error == asio::error::connection_refused || error == boost::system::errc::no_such_file_or_directory)
        return std::nullopt;
    if (!error) asio::write(socket, asio::buffer(line_of(request)), error);
    std::string received;
    while (!error) {
        const std::size_t size = asio::read_until(socket, asio::dynamic_buffer(received), '\n', error);
        if (error) break;
        json answer = json::parse(std::string_view(received).substr(0, size), nullptr, false);
        received.erase(0, size);
        if (!answer.is_object()) break;
        if (answer.contains("ok")) return answer;
        if (on_progress) on_progress(answer);
    }
    throw std::runtime_error("the running bot gave no answer" +
                             (error == asio::error::eof ? std::string() : ": " + error.message()));
}

}  // namespace reweave::server
