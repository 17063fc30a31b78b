#pragma once
/// \file One connection of the HTTP client, and one request on its way.

#include <boost/asio/ip/basic_resolver.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/beast/core/basic_stream.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/message.hpp>
#include <boost/beast/http/string_body.hpp>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "adapters/common/http_client.hpp"

namespace reweave::http {

namespace beast = boost::beast;
namespace wire = beast::http;
using boost::system::error_code;
using Clock = MonotonicClock;
using TcpStream = beast::basic_stream<tcp, Executor>;
using TlsStream = asio::ssl::stream<TcpStream&>;
using Resolver = asio::ip::basic_resolver<tcp, Executor>;
using Message = wire::request<wire::string_body>;

struct Connection {
    explicit Connection(const Executor& executor);

    /// False if the server has closed it, or said what nobody asked for.
    [[nodiscard]] bool is_quiet();

    TcpStream tcp;
    std::optional<TlsStream> tls;  ///< over `tcp`
    beast::flat_buffer buffer;
    Clock::time_point used;
};

/// A request on its way. Shared with the handler of the name's lookup, which may come when the request is long over.
struct Flight {
    Flight(const Executor& executor, std::chrono::milliseconds limit)
        : timeout(limit), deadline(Clock::now() + limit), wake(executor, deadline), resolver(executor) {}

    /// Makes whatever it waits for end.
    void stop();

    std::chrono::milliseconds timeout;
    Clock::time_point deadline;
    Timer wake;  ///< runs out at the deadline; cancelled to wake who waits
    bool has_turn = false;
    bool stopped = false;

    Resolver resolver;
    bool looked_up = false;
    error_code lookup_error;
    std::vector<tcp::endpoint> endpoints;

    std::unique_ptr<Connection> connection;
};

struct Outcome {
    error_code error;    ///< none: `response` has the answer
    bool begun = false;  ///< something of an answer came
    bool keep = false;   ///< the connection can be used again
};

/// Writes `message` and reads the answer, until the time that is set on the connection's stream.
[[nodiscard]] Awaitable<Outcome> exchange(Connection& connection,
                                          Message& message,
                                          std::size_t body_limit,
                                          Response& response);

}  // namespace reweave::http
