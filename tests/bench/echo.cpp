/// \file The least a server does: a bare Beast echo with coroutines on one thread. Answers every frame with two of the
/// sizes that a turn has: an acknowledgement and a message.
///
/// usage: reweave_bench_echo PORT BYTES_OF_THE_MESSAGE

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/websocket.hpp>
#include <cstdio>
#include <exception>
#include <string>

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace websocket = beast::websocket;
using asio::ip::tcp;
using Stream = websocket::stream<beast::tcp_stream, false>;

constexpr auto nothrow = asio::as_tuple(asio::use_awaitable);

asio::awaitable<void> serve(tcp::socket socket, const std::string& message) {
    static const std::string ack = R"({"type":"ack","id":1234})";
    socket.set_option(tcp::no_delay(true));
    Stream stream(std::move(socket));
    stream.set_option(websocket::stream_base::timeout::suggested(beast::role_type::server));
    auto [failed] = co_await stream.async_accept(nothrow);
    beast::flat_buffer buffer;
    while (!failed) {
        auto [read_error, size] = co_await stream.async_read(buffer, nothrow);
        if (read_error) break;
        buffer.consume(size);
        auto [ack_error, ack_size] = co_await stream.async_write(asio::buffer(ack), nothrow);
        if (ack_error) break;
        auto [write_error, written] = co_await stream.async_write(asio::buffer(message), nothrow);
        failed = write_error;
    }
}

asio::awaitable<void> listen(tcp::acceptor acceptor, const std::string& message) {
    while (true) {
        auto [failed, socket] = co_await acceptor.async_accept(nothrow);
        if (failed) continue;
        asio::co_spawn(acceptor.get_executor(), serve(std::move(socket), message), [](std::exception_ptr error) {
            if (error) std::fputs("a session ended with an exception\n", stderr);
        });
    }
}

int main(int argc, char** argv) {
    if (argc != 3) {
        std::fputs("usage: reweave_bench_echo PORT BYTES_OF_THE_MESSAGE\n", stderr);
        return 2;
    }
    std::string message = R"({"type":"message","text":"")";
    const auto size = std::stoul(argv[2]);
    if (message.size() + 1 < size) message.insert(message.size() - 1, size - message.size() - 1, 'x');
    message += '}';

    asio::io_context io(1);
    tcp::acceptor acceptor(
        io, tcp::endpoint(asio::ip::make_address("127.0.0.1"), static_cast<std::uint16_t>(std::stoi(argv[1]))));
    acceptor.listen(4096);
    asio::co_spawn(io, listen(std::move(acceptor), message), [](std::exception_ptr) {});
    std::puts("listening");
    std::fflush(stdout);
    io.run();
}
