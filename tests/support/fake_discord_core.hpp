#pragma once
/// \file The port of the fake Discord, and what stands behind it. Internal.

#include <boost/asio/basic_socket_acceptor.hpp>
#include <fstream>

#include "tests/support/fake_discord_gateway.hpp"
#include "tests/support/fake_discord_rest.hpp"

namespace reweave::test {

class FakeDiscord::Core : public std::enable_shared_from_this<FakeDiscord::Core> {
 public:
    Core(asio::io_context& io, Options options);

    void start();
    void stop();

    asio::io_context& io;
    fake::World world;
    fake::Gateway gateway;
    fake::Rest rest;
    std::vector<Request> requests;
    std::function<json(const json& asked)> control;

 private:
    using Whole = fake::Upgrade;

    /// Runs it, and keeps this alive meanwhile.
    void spawn(Awaitable<void> work);
    [[nodiscard]] Awaitable<void> accept();
    [[nodiscard]] Awaitable<void> talk(Socket accepted);
    /// False: cut.
    [[nodiscard]] Awaitable<bool> answer(std::shared_ptr<Socket> socket, Whole request);

    void record(const json& line);
    void record(const Request& request, const fake::Asked& asked, const fake::Answer& answer, const RestFault& fault);

    asio::basic_socket_acceptor<tcp, Executor> acceptor_;
    std::ofstream traffic_;
    std::set<std::shared_ptr<Socket>> open_;
};

}  // namespace reweave::test
