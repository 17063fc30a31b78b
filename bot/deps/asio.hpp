#pragma once
/// \file The Asio types of the server and the adapters. All of it runs on one thread, so executors are concrete and
/// cost no indirection.

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/basic_stream_socket.hpp>
#include <boost/asio/basic_waitable_timer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <chrono>

namespace reweave {

namespace asio = boost::asio;
using asio::ip::tcp;

using Executor = asio::io_context::executor_type;
template <class T>
using Awaitable = asio::awaitable<T, Executor>;

/// The clock of all timers. It never goes back. A file of its own says what time it is, so that the tests can link
/// another that they move.
struct MonotonicClock {
    using duration = std::chrono::steady_clock::duration;
    using rep = duration::rep;
    using period = duration::period;
    using time_point = std::chrono::steady_clock::time_point;
    static constexpr bool is_steady = true;
    [[nodiscard]] static time_point now() noexcept;
};
using Timer = asio::basic_waitable_timer<MonotonicClock, asio::wait_traits<MonotonicClock>, Executor>;
using Socket = asio::basic_stream_socket<tcp, Executor>;

/// For operations where an error is an expected answer.
inline constexpr asio::as_tuple_t<asio::use_awaitable_t<Executor>> nothrow{};

}  // namespace reweave
