#include "tests/support/fake_server.hpp"

#include <stdlib.h>
#include <sys/socket.h>

#include <algorithm>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/write.hpp>
#include <list>
#include <mutex>
#include <thread>

#include "tests/support/certificate.hpp"

namespace reweave::test {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

class SocketPeer final : public Peer {
 public:
    SocketPeer(tcp::socket socket, int n) : socket_(std::move(socket)) { number = n; }

    std::string read() override {
        std::size_t end = std::string::npos;
        while ((end = received_.find("\r\n\r\n")) == std::string::npos) {
            if (!read_more()) return {};
        }
        end += 4;
        const std::size_t length = received_.find("Content-Length: ");
        if (length < end) end += std::stoul(received_.substr(length + 16));
        while (received_.size() < end) {
            if (!read_more()) return {};
        }
        std::string request = received_.substr(0, end);
        received_.erase(0, end);
        return request;
    }

    void write(const std::string& bytes) override {
        error_code ignored;
        if (tls_) {
            asio::write(*tls_, asio::buffer(bytes), ignored);
        } else {
            asio::write(socket_, asio::buffer(bytes), ignored);
        }
    }

    bool shake_hands(const Certificate& certificate) override {
        context_.use_certificate_chain_file(certificate.file());
        context_.use_private_key_file(certificate.key(), asio::ssl::context::pem);
        tls_.emplace(socket_, context_);
        error_code error;
        tls_->handshake(asio::ssl::stream_base::server, error);
        return !error;
    }

    /// From another thread: whatever blocks ends.
    void cut() { ::shutdown(socket_.native_handle(), SHUT_RDWR); }

 private:
    bool read_more() {
        char bytes[4096];
        error_code error;
        const std::size_t size =
            tls_ ? tls_->read_some(asio::buffer(bytes), error) : socket_.read_some(asio::buffer(bytes), error);
        received_.append(bytes, size);
        return !error;
    }

    tcp::socket socket_;
    asio::ssl::context context_{asio::ssl::context::tls_server};
    std::optional<asio::ssl::stream<tcp::socket&>> tls_;
    std::string received_;
};

}  // namespace

Certificate::Certificate(const std::string& name) {
    char folder[] = "/tmp/reweave-test-XXXXXX";
    folder_ = ::mkdtemp(folder);
    write_certificate(file(), key(), name);
}

Certificate::~Certificate() {
    std::filesystem::remove_all(folder_);
}

class FakeServer::Impl {
 public:
    explicit Impl(std::function<void(Peer&)> talk)
        : acceptor_(io_, tcp::endpoint(asio::ip::address_v4::loopback(), 0)), talk_(std::move(talk)) {
        port = acceptor_.local_endpoint().port();
        accepting_ = std::thread([this] { accept(); });
    }

    ~Impl() {
        ::shutdown(acceptor_.native_handle(), SHUT_RDWR);
        accepting_.join();
        {
            const std::lock_guard lock(mutex_);
            for (SocketPeer* peer : open_) peer->cut();
        }
        for (std::thread& thread : talking_) thread.join();
    }

    std::uint16_t port = 0;
    std::atomic<int> connections{0};

 private:
    void accept() {
        for (;;) {
            error_code error;
            tcp::socket socket = acceptor_.accept(error);
            if (error) return;
            talking_.emplace_back(
                [this, n = ++connections, s = std::move(socket)]() mutable { talk(std::move(s), n); });
        }
    }

    void talk(tcp::socket socket, int n) {
        SocketPeer peer(std::move(socket), n);
        {
            const std::lock_guard lock(mutex_);
            open_.push_back(&peer);
        }
        talk_(peer);
        const std::lock_guard lock(mutex_);
        open_.remove(&peer);
    }

    asio::io_context io_;
    tcp::acceptor acceptor_;
    std::function<void(Peer&)> talk_;
    std::thread accepting_;
    std::mutex mutex_;
    std::list<SocketPeer*> open_;
    std::list<std::thread> talking_;
};

FakeServer::FakeServer(std::function<void(Peer&)> talk) : impl_(std::make_unique<Impl>(std::move(talk))) {}
FakeServer::~FakeServer() = default;

std::uint16_t FakeServer::port() const {
    return impl_->port;
}
int FakeServer::connections() const {
    return impl_->connections;
}

}  // namespace reweave::test
