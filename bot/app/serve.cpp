#include "bot/app/serve.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/signal_set.hpp>
#include <csignal>
#include <iostream>
#include <nlohmann/json.hpp>
#include <thread>

#include "bot/app/clock.hpp"
#include "bot/app/control_commands.hpp"
#include "bot/app/core_options.hpp"
#include "bot/app/discord_options.hpp"
#include "bot/app/discord_report.hpp"
#include "bot/app/logging.hpp"
#include "bot/app/matrix_options.hpp"
#include "bot/app/matrix_report.hpp"
#include "bot/app/pages.hpp"
#include "bot/app/publication.hpp"
#include "bot/app/revision_report.hpp"
#include "bot/app/storage.hpp"
#include "bot/engine/engine.hpp"
#include "bot/server/control.hpp"
#include "bot/server/web_server.hpp"
#include "bot/store/sqlite_store.hpp"

namespace reweave::app {
namespace {

namespace asio = boost::asio;
using namespace std::chrono_literals;

server::ServerOptions server_options(const Config& config, const Content& content) {
    server::ServerOptions options;
    const auto port = [](int number) { return static_cast<std::uint16_t>(number); };
    options.listen = {config.web.listen, port(config.web.port)};
    if (!config.web.tls.certificate.empty())
        options.tls = server::TlsFiles{config.web.tls.certificate, config.web.tls.key};
    options.operator_listen = server::Endpoint{config.operator_listener.listen, port(config.operator_listener.port)};
    options.pages = chat_pages(config);
    options.origins = allowed_origins(config);
    options.trusted_proxies = config.web.trusted_proxies;
    const Config::Web::Limits& limits = config.web.limits;
    options.connections = static_cast<std::size_t>(limits.connections);
    options.addresses.connections = limits.connections_per_address;
    options.addresses.new_people = {limits.new_people_per_hour / 3600.0,
                                    static_cast<double>(limits.new_people_per_hour)};
    const double per_second = limits.messages_per_minute / 60.0;
    options.hub.person = {per_second, static_cast<double>(limits.burst)};
    // A household or an office shares an address; a flood of frames is more than any page sends.
    options.addresses.messages = {50 * per_second, 10.0 * limits.burst};
    options.hub.frames = {20 * per_second, 5.0 * limits.burst};
    options.hub.anonymous = config.web.anonymous;
    options.hub.screen = [rules = content.rules](std::string_view text) { return safety::screen(text, *rules); };
    options.report = [](const std::string& line) { log_warning("server " + line); };
    return options;
}

/// Everything that lives while the bot serves, in the order in which it depends on each other.
class Bot final : engine::EngineGate {
 public:
    Bot(const Config& config, Content content)
        : config_(config),
          content_(std::move(content)),
          store_(store_options(config)),
          core_(store_, clock_, core_options(content_, config)),
          engine_(core_, clock_, handlers()),
          commands_(
              config,
              engine_,
              [this](std::function<void()> work) { asio::post(io_, std::move(work)); },
              [this] { return read_scripts(); },
              {{"matrix", [this] { return matrix_report(matrix_.get()); }},
               {"discord", [this] { return discord_report(discord_.get()); }}}),
          control_(
              io_,
              control_socket(config),
              [this](nlohmann::json request, auto answer) { commands_.run(std::move(request), std::move(answer)); }),
          signals_(io_, SIGTERM, SIGINT, SIGHUP) {
        watch_engine();
        publish_at_start();  // before the port opens: without its scripts the bot must not look as if it were there
        open_matrix();       // without its token the bot must not look as if it were there
        open_discord();
        server_ = std::make_unique<server::WebServer>(
            io_, static_cast<engine::EngineGate&>(*this), server_options(config_, content_), metrics_);
    }

    int run() {
        engine_.start();
        server_->start();
        control_.start();
        if (matrix_) begin("matrix", matrix_->run());
        if (discord_) begin("discord", discord_->run());
        wait_for_signal();
        std::cout << "Reweave is ready: " << chat_link(config_, server_->port()) << std::endl;
        log_info("ready port=" + std::to_string(server_->port()) +
                 " operator_port=" + std::to_string(server_->operator_port()));
        io_.run();
        engine_.stop();
        if (!why_ended_.empty()) throw std::runtime_error(why_ended_);
        return exit_code_;
    }

 private:
    bool submit(engine::Request&& request) override { return engine_.submit(std::move(request)); }

    engine::Engine::Handlers handlers() {
        engine::Engine::Handlers handlers;
        handlers.outputs = [this](std::vector<engine::Output>&& outputs) {
            asio::post(io_, [this, outputs = std::move(outputs)]() mutable {
                commands_.on_outputs(outputs);
                if (matrix_) matrix_->on_outputs(outputs);
                if (discord_) discord_->on_outputs(outputs);
                server_->on_outputs(std::move(outputs));
            });
        };
        handlers.failed = [this](const std::string& why) {
            log_error("engine stopped: " + why);
            asio::post(io_, [this] {
                exit_code_ = 1;
                shut_down();
            });
        };
        handlers.batch = [this](std::size_t size, std::chrono::nanoseconds took) {
            batch_size_.observe(static_cast<double>(size));
            commit_seconds_.observe(std::chrono::duration<double>(took).count());
        };
        handlers.turns_failed = [](std::uint64_t count) {
            log_error("turns failed count=" + std::to_string(count) +
                      "; text is kept and tried again, three times at most");
        };
        return handlers;
    }

    auto screen() const {
        return [rules = content_.rules](std::string_view text) { return safety::screen(text, *rules); };
    }

    static auto log_of(std::string channel) {
        return [channel = std::move(channel)](const std::string& line, bool act) {
            act ? log_error(channel + " " + line) : log_info(channel + " " + line);
        };
    }

    void open_matrix() {
        if (config_.matrix.homeserver.empty()) return;
        matrix::ChannelOptions options = matrix_options(config_);
        options.screen = screen();
        options.report = log_of("matrix");
        options.give_up = [this](const std::string& why) {
            why_ended_ = why;
            shut_down();
        };
        matrix_ = std::make_unique<matrix::Channel>(
            io_, static_cast<engine::EngineGate&>(*this), std::move(options), matrix_account(config_));
        watch_matrix(metrics_, *matrix_);
    }

    void open_discord() {
        if (!config_.discord.enabled) return;
        discord::ChannelOptions options = discord_options(config_);
        options.screen = screen();
        options.report = log_of("discord");
        options.acknowledged = count_acknowledged(metrics_);
        discord_ = std::make_unique<discord::Channel>(io_, static_cast<engine::EngineGate&>(*this), std::move(options));
        watch_discord(metrics_, *discord_);
    }

    void begin(const char* channel, Awaitable<void> work) {
        asio::co_spawn(io_, std::move(work), [this, channel](const std::exception_ptr& why) { ended(channel, why); });
    }

    void ended(const std::string& channel, const std::exception_ptr& why) {
        if (!why || shutting_down_) return;
        try {
            std::rethrow_exception(why);
        } catch (const std::exception& error) {
            log_error(channel + " stopped by a fault of ours: " + error.what());
        }
        exit_code_ = 1;
        shut_down();
    }

    void watch_engine() {
        metrics_.counter(
            "reweave_turns_total", "Turns taken.", [this] { return static_cast<double>(engine_.counters().turns); });
        metrics_.counter("reweave_failed_turns_total", "Turns that a fault of ours undid.", [this] {
            return static_cast<double>(engine_.counters().failed_turns);
        });
        metrics_.counter("reweave_set_aside_total", "Inbounds given up after three tries.", [this] {
            return static_cast<double>(engine_.counters().set_aside);
        });
        metrics_.counter("reweave_repeats_total", "Inbounds that came twice.", [this] {
            return static_cast<double>(engine_.counters().repeats);
        });
        metrics_.counter("reweave_timers_total", "Timers that spoke up.", [this] {
            return static_cast<double>(engine_.counters().timers_fired);
        });
        metrics_.gauge("reweave_engine_queue", "Requests waiting for the engine.", [this] {
            return static_cast<double>(engine_.queued());
        });
        metrics_.gauge(
            "reweave_outbox_oldest_seconds", "Age of the oldest message that a channel has not confirmed.", [this] {
                const engine::TimePoint oldest = engine_.counters().oldest_unsent;
                return oldest == engine::TimePoint{} ? 0.0
                                                     : std::chrono::duration<double>(clock_.now() - oldest).count();
            });
        metrics_.gauge(
            "reweave_wal_bytes", "Size of the database's write-ahead log.", [this] { return wal_bytes(config_); });
    }

    static void warn_of_languages(const Content& content) {
        for (const std::string& language : content.unscreened)
            log_warning("no safety rules language=" + language + "; signs of danger in it are not noticed");
    }

    void publish_at_start() {
        warn_of_languages(content_);
        Publication publication = prepare_publication(content_, config_.require_review);
        for (const std::string& fault : publication.faults) log_warning("script left out: " + fault);
        std::vector<engine::Request> requests;
        requests.push_back({0, engine::Publish{std::move(publication.revisions), std::move(publication.translations)}});
        for (const engine::Output& output : core_.run(std::move(requests))) {
            const auto* reply = std::get_if<engine::Reply>(&output);
            if (!reply) continue;
            for (const std::string& left_out : lines_of(reply->text)) log_warning("script left out: " + left_out);
        }
        std::string missing;
        for (const std::string& id : core_.unpublished(required_scripts()))
            missing += (missing.empty() ? "" : ", ") + id;
        if (!missing.empty()) {
            throw ContentError("the bot cannot start without these scripts: " + missing +
                               ". Run `reweave check` on your dialogs folder to see what is wrong with them.");
        }
    }

    /// For SIGHUP and `reweave publish`: what runs goes on.
    Publication read_scripts() {
        const Content content = load_content(config_.dialogs, config_.resources);
        warn_of_languages(content);
        Publication publication = prepare_publication(content, config_.require_review);
        for (const std::string& fault : publication.faults) log_warning("script fault: " + fault);
        return publication;
    }

    void wait_for_signal() {
        signals_.async_wait([this](const boost::system::error_code& error, int signal) {
            if (error) return;
            if (signal != SIGHUP) return shut_down();
            reload_certificate();
            commands_.publish([](const nlohmann::json&) {});
            wait_for_signal();
        });
    }

    void reload_certificate() {
        try {
            if (!config_.web.tls.certificate.empty()) server_->reload_certificate();
        } catch (const std::exception& e) {
            log_error(std::string("the certificate was not read again: ") + e.what());
        }
    }

    /// Accept nobody, answer what was asked, say goodbye, then let the engine finish.
    void shut_down() {
        if (std::exchange(shutting_down_, true)) return;
        log_info("shutting down");
        signals_.cancel();
        control_.stop();
        if (matrix_) matrix_->stop();
        if (discord_) discord_->stop();
        server_->drain([] {});
    }

    const Config& config_;
    Content content_;
    SystemClock clock_;
    asio::io_context io_{1};
    server::Metrics metrics_;
    server::Histogram& batch_size_ = metrics_.histogram(
        "reweave_batch_turns", "Requests in one commit.", {1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024});
    server::Histogram& commit_seconds_ =
        metrics_.histogram("reweave_batch_seconds",
                           "Time from taking a batch to its commit.",
                           {0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5});
    store::SqliteStore store_;
    engine::Core core_;
    engine::Engine engine_;
    std::unique_ptr<matrix::Channel> matrix_;    ///< null: the bot is not on Matrix
    std::unique_ptr<discord::Channel> discord_;  ///< null: nor on Discord
    std::unique_ptr<server::WebServer> server_;
    ControlCommands commands_;
    server::ControlServer control_;
    asio::signal_set signals_;
    bool shutting_down_ = false;
    int exit_code_ = 0;
    std::string why_ended_;  ///< for the operator, who must act before the next start
};

}  // namespace

int serve(const Config& config) {
    prepare_data_folder(config);
    start_logging(config.log.file, config.log.level);
    int code = 0;
    try {
        Bot bot(config, load_content(config.dialogs, config.resources));
        code = bot.run();
    } catch (...) {
        stop_logging();
        throw;
    }
    stop_logging();
    return code;
}

}  // namespace reweave::app
