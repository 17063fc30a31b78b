#include "tests/support/fake_discord_core.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>
#include <boost/beast/websocket/rfc6455.hpp>
#include <cstdlib>

namespace reweave::test {
namespace {

namespace beast = boost::beast;
namespace wire = beast::http;
using boost::system::error_code;
using fake::Answer;
using fake::Asked;

constexpr std::size_t kMostBytes = 25 * 1024 * 1024;
constexpr const char* kBase = "/api/v10";

std::string small(std::string_view text) {
    std::string all(text);
    for (char& c : all)
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    return all;
}

std::string decoded(const std::string& text) {
    std::string all;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '%' && i + 2 < text.size()) {
            all += static_cast<char>(std::stoi(text.substr(i + 1, 2), nullptr, 16));
            i += 2;
        } else {
            all += text[i];
        }
    }
    return all;
}

/// The message of a multipart request; its other part is a file.
std::string file_of(const std::string& body, std::vector<std::string>& files) {
    const std::string boundary = body.substr(0, body.find("\r\n"));
    std::string message;
    for (std::size_t at = boundary.size(); at < body.size();) {
        const std::size_t end = std::min(body.find("\r\n" + boundary, at), body.size());
        const std::size_t head = body.find("\r\n\r\n", at);
        if (head == std::string::npos || head > end) break;
        const std::string part = body.substr(head + 4, end - head - 4);
        const bool counts = body.substr(at, head - at).find("name=\"payload_json\"") != std::string::npos;
        if (counts)
            message = part;
        else
            files.push_back(part);
        at = end + 2 + boundary.size();
    }
    return message;
}

Asked understood(const fake::Upgrade& request) {
    Asked asked;
    asked.method = std::string(request.method_string());
    const std::string target = std::string(request.target()).substr(std::string(kBase).size());
    const std::size_t mark = target.find('?');
    asked.path = decoded(target.substr(0, mark));
    for (std::size_t at = mark; at < target.size();) {
        const std::size_t end = std::min(target.find('&', at + 1), target.size());
        const std::string pair = target.substr(at + 1, end - at - 1);
        const std::size_t equals = std::min(pair.find('='), pair.size());
        asked.query[pair.substr(0, equals)] = equals < pair.size() ? decoded(pair.substr(equals + 1)) : "";
        at = end;
    }
    for (const auto& field : request) asked.headers[small(field.name_string())] = std::string(field.value());
    std::string body = request.body();
    if (asked.headers["content-type"].rfind("multipart/form-data", 0) == 0) {
        body = file_of(body, asked.files);
        asked.headers["content-type"] = "application/json";  // of the part that counts
    }
    if (!body.empty()) {
        asked.body = nlohmann::json::parse(body, nullptr, false);
        asked.malformed = asked.body.is_discarded();
        if (asked.malformed) asked.body = nullptr;
    }
    return asked;
}

wire::response<wire::string_body> response_of(const Answer& answer, bool keep) {
    wire::response<wire::string_body> response(static_cast<wire::status>(answer.status), 11);
    if (answer.status != 204) {
        response.set(wire::field::content_type, "application/json");
        response.body() = answer.text.empty() ? answer.body.dump() : answer.text;
    }
    for (const auto& [name, value] : answer.headers) response.set(name, value);
    response.keep_alive(keep);
    response.prepare_payload();
    return response;
}

std::ofstream recording(std::string file) {
    static std::set<std::string> begun;
    const char* everywhere = std::getenv("REWEAVE_DISCORD_RECORD");
    if (file.empty() && everywhere) file = everywhere;
    if (file.empty()) return {};
    return std::ofstream(file, begun.insert(file).second ? std::ios::trunc : std::ios::app);
}

}  // namespace

FakeDiscord::Core::Core(asio::io_context& context, Options options)
    : io(context),
      world(std::move(options)),
      gateway(context, world, [this](Awaitable<void> work) { spawn(std::move(work)); }),
      rest(world),
      acceptor_(context.get_executor()),
      traffic_(recording(world.options.record)) {
    const tcp::endpoint here(asio::ip::address_v4::loopback(), 0);
    acceptor_.open(here.protocol());
    acceptor_.bind(here);
    acceptor_.listen();
    world.port = acceptor_.local_endpoint().port();
    world.emit = [this](const std::string& event, const json& data, std::uint64_t intents) {
        record({{"event", event}, {"data", data}});
        gateway.dispatch(event, data, intents);
    };
    world.gateway_bot = [this] { return gateway.about(); };
}

void FakeDiscord::Core::spawn(Awaitable<void> work) {
    asio::co_spawn(io.get_executor(), std::move(work), [self = shared_from_this()](const std::exception_ptr& error) {
        try {
            if (error) std::rethrow_exception(error);
        } catch (const std::exception& thrown) {
            self->world.complain(std::string("the fake itself failed: ") + thrown.what());
        }
    });
}

void FakeDiscord::Core::record(const json& line) {
    if (traffic_.is_open()) traffic_ << line.dump() << std::endl;
}

/// What a fault answered is the test's, not this Discord's.
void FakeDiscord::Core::record(const Request& request,
                               const Asked& asked,
                               const Answer& answer,
                               const RestFault& fault) {
    json line = {{"method", request.method}, {"path", asked.path}, {"body", request.body}, {"status", request.status}};
    line["answer"] = fault.status == 0 ? answer.body : json();
    line["faulty"] = fault.status != 0 || fault.cut;
    record(line);
}

void FakeDiscord::Core::start() {
    spawn(accept());
}

void FakeDiscord::Core::stop() {
    error_code ignored;
    acceptor_.close(ignored);
    gateway.cut_all();
    for (const auto& socket : open_) socket->close(ignored);
}

Awaitable<void> FakeDiscord::Core::accept() {
    for (;;) {
        Socket socket(io.get_executor());
        const auto [error] = co_await acceptor_.async_accept(socket, nothrow);
        if (!acceptor_.is_open()) co_return;
        if (!error) spawn(talk(std::move(socket)));
    }
}

Awaitable<void> FakeDiscord::Core::talk(Socket accepted) {
    const auto socket = std::make_shared<Socket>(std::move(accepted));
    error_code ignored;
    socket->set_option(tcp::no_delay(true), ignored);
    open_.insert(socket);
    beast::flat_buffer buffer;
    for (bool keep = true; keep;) {
        wire::request_parser<wire::string_body> parser;
        parser.body_limit(kMostBytes);
        const auto [error, size] = co_await wire::async_read(*socket, buffer, parser, nothrow);
        if (error) break;
        Whole request = parser.release();
        if (beast::websocket::is_upgrade(request)) {
            open_.erase(socket);
            Socket upgraded = std::move(*socket);
            co_await gateway.serve(std::move(upgraded), std::move(request));
            co_return;
        }
        keep = request.keep_alive();
        keep = co_await answer(socket, std::move(request)) && keep;
    }
    open_.erase(socket);
    socket->close(ignored);
}

Awaitable<bool> FakeDiscord::Core::answer(std::shared_ptr<Socket> socket, Whole request) {
    const bool keep = request.keep_alive();
    Answer answer;
    const std::string target(request.target());
    if (target == "/control" && control) {
        answer.body = control(json::parse(request.body(), nullptr, false));
    } else if (target.rfind(kBase, 0) != 0) {
        answer.status = 404;
    } else {
        const Asked asked = understood(request);
        const std::size_t number = requests.size();
        requests.push_back(
            {asked.method, target.substr(8), asked.headers, asked.body, 0, world.elapsed(), asked.files});
        const std::optional<RestFault> found = rest.fault_for(asked);
        const RestFault fault = found.value_or(RestFault());
        if (fault.delay.count() > 0) {
            Timer wait(io.get_executor(), fault.delay);
            co_await wait.async_wait(nothrow);
        }
        answer = rest.answer(asked, fault);
        if (fault.answer_delay.count() > 0) {
            Timer wait(io.get_executor(), fault.answer_delay);
            co_await wait.async_wait(nothrow);
        }
        if (!fault.cut) requests[number].status = answer.status;
        record(requests[number], asked, answer, fault);
        if (fault.cut) co_return false;
    }
    wire::response<wire::string_body> response = response_of(answer, keep);
    const auto [error, written] = co_await wire::async_write(*socket, response, nothrow);
    co_return !error;
}

}  // namespace reweave::test
