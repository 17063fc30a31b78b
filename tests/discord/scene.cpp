#include "tests/discord/scene.hpp"

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <stdexcept>
#include <thread>

namespace reweave::tests {

using namespace std::chrono_literals;

bool has(const std::string& text, const std::string& part) {
    return text.find(part) != std::string::npos;
}

Scene::Scene(Scripts scripts, Options options)
    : discord(io),
      bot(std::move(scripts),
          [] {
              engine::CoreOptions core;
              core.together = true;
              return core;
          }()),
      options_(options),
      began_at_(bot.clock.now()) {
    ana = discord.add_user("Ana");
    ben = discord.add_user("Ben");
    guild = discord.add_guild("The house");
    room = discord.add_channel(guild, "talk");
    asio::co_spawn(io, engine_loop(), asio::detached);
    if (options_.start) start();
}

Scene::~Scene() {
    if (channel) stop();
    engine_stopped_ = true;
    wake_.cancel();
    discord.stop();
    test::run_for(io, 100ms);
}

std::int64_t Scene::wall_clock() const {
    const auto gone = std::chrono::duration_cast<std::chrono::milliseconds>(MonotonicClock::now() - began_);
    return (began_at_ + gone + clock_is_off).time_since_epoch().count();
}

void Scene::start() {
    discord::ChannelOptions options;
    options.api.base_url = discord.api();
    options.account = {"bot-token", discord.bot(), discord.bot()};
    options.private_words = options_.private_words;
    options.message_content = options_.message_content;
    options.page = "https://chat.example.org";
    options.privacy_policy = "https://example.org/privacy";
    options.screen = [rules = english_rules()](std::string_view text) { return safety::screen(text, *rules); };
    options.wall_clock = [this] { return wall_clock(); };
    options.chance = [] { return 0.5; };
    options.acknowledged = [this](std::chrono::milliseconds waited, bool too_late) {
        acknowledged.push_back(waited);
        late += too_late ? 1 : 0;
    };
    options.report = [this](const std::string& line, bool) { reports.push_back(line); };
    channel = std::make_unique<discord::Channel>(io, *this, std::move(options));
    asio::co_spawn(io, channel->run(), [](const std::exception_ptr& why) {
        if (why) std::rethrow_exception(why);
    });
    if (!until([this] { return discord.connected(); })) {
        std::string all;
        for (const std::string& line : reports) all += "\n" + line;
        throw std::runtime_error("the bot does not get on Discord:" + all);
    }
}

void Scene::stop() {
    channel->stop();
    test::run_for(io, 2s);
    channel.reset();
    ++lives_;
    queue_.clear();
}

void Scene::kill() {
    ++lives_;  // what it still asks of the engine is not heard
    queue_.clear();
    channel->stop();
    test::run_for(io, 1s);
    channel.reset();
    queue_.clear();
    bot.restart();
}

bool Scene::until(const std::function<bool()>& done, std::chrono::milliseconds limit) {
    return test::run_until(io, done, limit);
}

void Scene::pass(std::chrono::milliseconds time, std::chrono::milliseconds step) {
    test::run_for(io, time, step);
}

/// Bytes between the two ends may take longer than nothing on a machine that is busy: so it has to be quiet twice.
void Scene::settle() {
    constexpr int kTries = 200;
    std::vector<std::size_t> before;
    int quiet = 0;
    for (int n = 0; n < kTries && quiet < 2; ++n) {
        pass(150ms, 10ms);
        std::this_thread::sleep_for(3ms);
        pass(10ms, 10ms);
        const auto& requests = discord.requests();
        const auto open =
            std::count_if(requests.begin(), requests.end(), [](const auto& one) { return one.status == 0; });
        std::vector<std::size_t> now{requests.size(), queue_.size(), static_cast<std::size_t>(open)};
        if (channel) {
            const discord::ChannelStatus status = channel->status();
            now.insert(now.end(), {status.events, status.unsent, status.posting.sent, status.rest.waiting});
        }
        quiet = now == before && queue_.empty() && (!channel || now[3] == 0) ? quiet + 1 : 0;
        before = std::move(now);
    }
}

std::string Scene::ana_begins() {
    std::string dm = discord.open_dm(ana);
    discord.write(dm, ana, "hi");
    settle();
    return dm;
}

bool Scene::submit(engine::Request&& request) {
    queue_.push_back(std::move(request));
    wake_.cancel();
    return true;
}

/// Takes what has come, and what is due, as the engine's thread does.
Awaitable<void> Scene::engine_loop() {
    while (!engine_stopped_) {
        if (queue_.empty()) {
            wake_.expires_after(500ms);
            co_await wake_.async_wait(nothrow);
        }
        if (engine_stopped_) break;
        if (engine_takes > 0ms && !queue_.empty()) {
            Timer slow(io.get_executor(), engine_takes);
            co_await slow.async_wait(nothrow);
        }
        run_engine();
    }
}

void Scene::run_engine() {
    bot.clock.set(engine::TimePoint(std::chrono::milliseconds(wall_clock())));
    std::vector<engine::Request> requests;
    requests.swap(queue_);
    const std::vector<engine::Output> outputs = bot.core().run(std::move(requests));
    if (channel) channel->on_outputs(outputs);
}

std::string Scene::seen(const std::string& where, const std::string& user) {
    std::string all;
    for (const json& message : discord.messages(where, user)) {
        all += message.value("content", std::string());
        for (const json& embed : message.value("embeds", json::array())) all += "\n" + embed.value("description", "");
        for (const json& row : message.value("components", json::array())) {
            for (const json& part : row.value("components", json::array()))
                all += " [" + part.value("label", part.value("placeholder", std::string("?"))) + "]";
        }
        all += "\n";
    }
    return all;
}

std::string Scene::last_message(const std::string& where, const std::string& user) {
    const auto messages = discord.messages(where, user);
    return messages.empty() ? std::string() : messages.back().at("id").get<std::string>();
}

std::string Scene::custom_id_of(const json& message, const std::string& label) const {
    for (const json& row : message.value("components", json::array())) {
        for (const json& part : row.value("components", json::array())) {
            if (part.value("label", std::string()) == label && part.contains("custom_id") &&
                !part.value("disabled", false))
                return part.at("custom_id").get<std::string>();
        }
    }
    return {};
}

std::string Scene::press(const std::string& where, const std::string& user, const std::string& label) {
    const auto messages = discord.messages(where, user);
    for (auto message = messages.rbegin(); message != messages.rend(); ++message) {
        const std::string id = custom_id_of(*message, label);
        if (!id.empty()) return discord.press(message->at("id").get<std::string>(), id, user);
    }
    throw std::runtime_error("nobody can press \"" + label + "\" in:\n" + seen(where, user));
}

std::string Scene::write_into_form(const std::string& where, const std::string& user, const std::string& text) {
    const std::string pressed = press(where, user, "Write");
    if (!until([&] { return !discord.interaction(pressed).modal.is_null(); }, 5s))
        throw std::runtime_error("no form was opened");
    return discord.submit(pressed, {{"words", text}});
}

}  // namespace reweave::tests
