#pragma once
/// \file One coroutine, for commands of the terminal that ask a server and wait for the answer.

#include <boost/asio/co_spawn.hpp>
#include <exception>

#include "bot/deps/asio.hpp"

namespace reweave::app {

/// Runs it to its end. \throws what it throws.
template <class Value>
Value wait_for(asio::io_context& io, Awaitable<Value> work) {
    Value value;
    std::exception_ptr fault;
    asio::co_spawn(io, std::move(work), [&](const std::exception_ptr& why, Value result) {
        fault = why;
        value = std::move(result);
        io.stop();  // connections that are kept open must not keep us waiting
    });
    io.restart();
    io.run();
    if (fault) std::rethrow_exception(fault);
    return value;
}

}  // namespace reweave::app
