#include "adapters/common/http_client.hpp"

#include <algorithm>
#include <ctime>
#include <deque>
#include <set>

#include "adapters/common/connection.hpp"
#include "adapters/common/failure.hpp"
#include "adapters/common/route.hpp"

namespace reweave::http {
namespace {

bool breaks_the_line(std::string_view text) {
    return text.find_first_of(std::string_view("\r\n\0", 3)) != std::string_view::npos;
}

/// Whether somebody's words in a name or value could become another header or request.
bool is_forged(const Request& request) {
    return breaks_the_line(request.method) || request.target.find(' ') != std::string::npos ||
           breaks_the_line(request.target) ||
           std::any_of(request.headers.begin(), request.headers.end(), [](const auto& header) {
               return breaks_the_line(header.first) || breaks_the_line(header.second);
           });
}

bool is_idempotent(std::string_view method) {
    return method == "GET" || method == "HEAD" || method == "PUT" || method == "DELETE";
}

}  // namespace

class Client::Impl {
 public:
    Impl(asio::io_context& io, const ClientOptions& options)
        : executor_(io.get_executor()),
          body_limit_(options.body_limit),
          idle_limit_(options.idle),
          route_(executor_, options) {}

    static Awaitable<Response> send(std::shared_ptr<Impl> self, Request request) {
        Response response;
        const auto flight = std::make_shared<Flight>(self->executor_, request.timeout);
        const Booking booking(self, flight);
        try {
            response.failure = co_await self->fly(flight, request, response);
        } catch (const std::exception& error) {
            response.failure = self->route_.server_name() + ": a request could not be made: " + error.what();
        }
        if (self->stopped_) response.failure = "stopped";
        if (!response.failure.empty()) {
            response.status = 0;
            response.headers.clear();
            response.body.clear();
        }
        co_return response;
    }

    void stop() {
        stopped_ = true;
        idle_.clear();
        for (Flight* flight : flights_) flight->stop();
    }

 private:
    /// Keeps a flight in the books until its coroutine is over, or destroyed with the io_context.
    class Booking {
     public:
        Booking(std::shared_ptr<Impl> impl, std::shared_ptr<Flight> flight)
            : impl_(std::move(impl)), flight_(std::move(flight)) {
            impl_->flights_.insert(flight_.get());
        }
        ~Booking() { impl_->land(*flight_); }
        Booking(const Booking&) = delete;
        Booking& operator=(const Booking&) = delete;

     private:
        std::shared_ptr<Impl> impl_;
        std::shared_ptr<Flight> flight_;
    };

    /// What went wrong; empty: `response` has the answer.
    Awaitable<std::string> fly(std::shared_ptr<Flight> flight, Request& request, Response& response) {
        if (stopped_) co_return std::string("stopped");
        if (is_forged(request))
            co_return route_.server_name() + ": a request was not sent, as there is a line break in its header";
        Message message = route_.message_of(request);
        std::string failure = co_await wait_for_turn(*flight);
        if (!failure.empty()) co_return failure;
        bool kept = take_idle(*flight);
        for (;;) {
            if (!flight->connection) failure = co_await route_.open(flight);
            if (!failure.empty()) co_return failure;
            flight->connection->tcp.expires_at(flight->deadline);
            const Outcome outcome = co_await exchange(*flight->connection, message, body_limit_, response);
            if (!outcome.error) {
                if (outcome.keep && !stopped_) keep(std::move(flight->connection));
                co_return std::string();
            }
            flight->connection.reset();
            if (outcome.error == beast::error::timeout)
                co_return timeout_sentence(Stage::exchange, route_.answerer(), flight->timeout);
            if (!kept || outcome.begun || stopped_ || !is_idempotent(request.method))
                co_return exchange_sentence(route_.answerer(), outcome.error, outcome.begun, body_limit_);
            kept = false;
        }
    }

    Awaitable<std::string> wait_for_turn(Flight& flight) {
        if (busy_ < kConnections) {
            ++busy_;
            flight.has_turn = true;
            co_return std::string();
        }
        waiting_.push_back(&flight);
        while (!flight.has_turn && !stopped_) {
            const auto [woken] = co_await flight.wake.async_wait(nothrow);
            if (!woken) break;
        }
        if (!flight.has_turn) co_return timeout_sentence(Stage::waiting, route_.server_name(), flight.timeout);
        co_return std::string();
    }

    void land(Flight& flight) {
        flights_.erase(&flight);
        std::erase(waiting_, &flight);
        flight.connection.reset();
        if (!flight.has_turn) return;
        if (waiting_.empty() || stopped_) {
            --busy_;
            return;
        }
        Flight& next = *waiting_.front();
        waiting_.pop_front();
        next.has_turn = true;
        next.wake.cancel();
    }

    void keep(std::unique_ptr<Connection> connection) {
        connection->tcp.expires_never();
        connection->used = Clock::now();
        idle_.push_back(std::move(connection));
    }

    bool take_idle(Flight& flight) {
        const auto now = Clock::now();
        std::erase_if(idle_, [&](const auto& c) { return now - c->used >= idle_limit_ || !c->is_quiet(); });
        if (idle_.empty()) return false;
        flight.connection = std::move(idle_.back());
        idle_.pop_back();
        return true;
    }

    Executor executor_;
    std::size_t body_limit_;
    std::chrono::seconds idle_limit_;
    Route route_;
    bool stopped_ = false;
    std::size_t busy_ = 0;  ///< flights that have a turn; with the idle ones, never more than kConnections are open
    std::deque<Flight*> waiting_;
    std::set<Flight*> flights_;
    std::vector<std::unique_ptr<Connection>> idle_;
};

std::string_view Response::header(std::string_view name) const {
    const std::string wanted = lower(name);
    const auto found =
        std::find_if(headers.begin(), headers.end(), [&](const auto& header) { return lower(header.first) == wanted; });
    return found == headers.end() ? std::string_view() : std::string_view(found->second);
}

/// "Sat, 28 Nov 2026 09:30:00 GMT" (RFC 9110, 5.6.7)
std::int64_t Response::date() const {
    const std::string text(header("Date"));
    std::tm when{};
    if (text.empty() || !::strptime(text.c_str(), "%a, %d %b %Y %H:%M:%S", &when)) return 0;
    return static_cast<std::int64_t>(::timegm(&when)) * 1000;
}

Client::Client(asio::io_context& io, ClientOptions options) : impl_(std::make_shared<Impl>(io, options)) {}

Client::~Client() {
    impl_->stop();
}

Awaitable<Response> Client::send(Request request) {
    return Impl::send(impl_, std::move(request));
}

void Client::stop() {
    impl_->stop();
}

}  // namespace reweave::http
