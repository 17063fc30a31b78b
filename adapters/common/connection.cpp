#include "adapters/common/connection.hpp"

#include <sys/socket.h>

#include <boost/beast/http.hpp>
#include <cerrno>

namespace reweave::http {
namespace {

constexpr std::size_t kBufferBytes = 16 * 1024;  ///< how much Beast reads at once; a TLS record has no more
constexpr std::uint32_t kHeaderBytes = 64 * 1024;

template <class Stream>
Awaitable<Outcome> exchange_on(
    Stream& stream, beast::flat_buffer& buffer, Message& message, std::size_t body_limit, Response& response) {
    Outcome outcome;
    // Not the end: a server that refuses a long body answers and closes before all of it is sent.
    const auto [write_error, written] = co_await wire::async_write(stream, message, nothrow);
    std::optional<wire::response_parser<wire::string_body>> parser;
    bool interim = true;
    while (interim) {
        parser.emplace();
        parser->body_limit(body_limit);
        parser->header_limit(kHeaderBytes);
        parser->skip(message.method() == wire::verb::head);
        const auto [error, size] = co_await wire::async_read(stream, buffer, *parser, nothrow);
        outcome.begun = outcome.begun || parser->got_some();
        if (error) {
            outcome.error = write_error && !outcome.begun ? write_error : error;
            co_return outcome;
        }
        const unsigned status = parser->get().result_int();
        interim = status / 100 == 1 && status != 101;
    }
    outcome.keep = parser->keep_alive() && !write_error && buffer.size() == 0;
    response.status = static_cast<int>(parser->get().result_int());
    for (const auto& field : parser->get())
        response.headers.emplace_back(std::string(field.name_string()), std::string(field.value()));
    response.body = std::move(parser->get().body());
    co_return outcome;
}

}  // namespace

Connection::Connection(const Executor& executor) : tcp(executor) {
    buffer.reserve(kBufferBytes);
}

bool Connection::is_quiet() {
    char byte = 0;
    return ::recv(tcp.socket().native_handle(), &byte, 1, MSG_PEEK | MSG_DONTWAIT) < 0 && errno == EAGAIN;
}

void Flight::stop() {
    stopped = true;
    wake.cancel();
    resolver.cancel();
    if (connection) connection->tcp.close();
}

Awaitable<Outcome> exchange(Connection& connection, Message& message, std::size_t body_limit, Response& response) {
    if (connection.tls) return exchange_on(*connection.tls, connection.buffer, message, body_limit, response);
    return exchange_on(connection.tcp, connection.buffer, message, body_limit, response);
}

}  // namespace reweave::http
