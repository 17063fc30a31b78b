#pragma once
/// \file A homeserver on 127.0.0.1 that answers each request as a test says, and remembers what it was asked.

#include <functional>
#include <mutex>
#include <string>
#include <vector>

#include "adapters/common/http_client.hpp"
#include "tests/support/fake_server.hpp"

namespace reweave::test {

class FakeHomeserver {
 public:
    struct Asked {
        std::string method, path, head, body;
    };
    /// One at a time, on another thread than the test's. Nothing: the connection is cut without an answer.
    using Answers = std::function<std::string(const Asked& asked)>;

    explicit FakeHomeserver(Answers answers)
        : answers_(std::move(answers)), server_([this](Peer& peer) { talk(peer); }) {}

    [[nodiscard]] http::ClientOptions options() const {
        http::ClientOptions options;
        options.base_url = "http://127.0.0.1:" + std::to_string(server_.port());
        return options;
    }
    [[nodiscard]] std::vector<Asked> asked() const {
        const std::lock_guard lock(mutex_);
        return asked_;
    }

    static std::string answer(int status, const std::string& body, const std::string& headers = {}) {
        return "HTTP/1.1 " + std::to_string(status) + " X\r\nContent-Length: " + std::to_string(body.size()) + "\r\n" +
               headers + "\r\n" + body;
    }

 private:
    void talk(Peer& peer) {
        for (;;) {
            const std::string request = peer.read();
            if (request.empty()) return;
            Asked asked;
            const std::size_t end = request.find("\r\n\r\n");
            asked.head = request.substr(0, end);
            asked.body = request.substr(end + 4);
            asked.method = request.substr(0, request.find(' '));
            asked.path = request.substr(asked.method.size() + 1);
            asked.path.erase(asked.path.find(' '));
            std::string said;
            {
                const std::lock_guard lock(mutex_);
                asked_.push_back(asked);
                said = answers_(asked);
            }
            if (said.empty()) return;
            peer.write(said);
        }
    }

    Answers answers_;
    mutable std::mutex mutex_;
    std::vector<Asked> asked_;
    FakeServer server_;  // last: its threads use the rest
};

}  // namespace reweave::test
