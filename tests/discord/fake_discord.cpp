// The fake Discord as a program, for tests in other languages and for bots that are killed. It prints one line of JSON
// and ends when its input does. POST /control takes {"do": "write", ...}, with the names of fake_discord.hpp.

#include "tests/support/fake_discord.hpp"

#include <unistd.h>

#include <boost/asio/posix/basic_stream_descriptor.hpp>
#include <boost/asio/read.hpp>
#include <iostream>

#include "tests/support/virtual_time.hpp"

using namespace reweave;
using namespace reweave::test;
using nlohmann::json;
using std::chrono::milliseconds;

namespace {

std::string text(const json& of, const char* key) {
    return of.at(key).get<std::string>();
}

GatewayPlan plan_of(const json& asked) {
    GatewayPlan plan;
    plan.refuse = asked.value("refuse", 0);
    plan.hello = asked.value("hello", true);
    plan.hello_after = milliseconds(asked.value("hello_after", 0));
    plan.reconnect_first = asked.value("reconnect_first", false);
    if (asked.contains("invalid_session")) plan.invalid_session = asked["invalid_session"].get<bool>();
    plan.close_code = asked.value("close_code", 0);
    plan.close_after = asked.value("close_after", 0);
    plan.acks = asked.value("acks", true);
    plan.answers_close = asked.value("answers_close", true);
    plan.duplicates = asked.value("duplicates", false);
    plan.split = asked.value("split", std::size_t{0});
    return plan;
}

RestFault fault_of(const json& asked) {
    const std::string method = asked.value("method", ""), path = asked.value("path", "");
    RestFault fault;
    if (asked.contains("code"))
        fault = RestFault::error(method, path, asked.at("status").get<int>(), asked["code"].get<int>());
    else if (asked.contains("scope"))
        fault = RestFault::limited(method, path, asked.at("retry_after").get<double>(), text(asked, "scope"));
    else if (asked.contains("cloudflare"))
        fault = RestFault::cloudflare(method, path, asked["cloudflare"].get<int>());
    fault.method = method;
    fault.path = path;
    fault.status = asked.value("status", fault.status);
    fault.body = asked.value("body", fault.body);
    fault.headers = asked.value("headers", fault.headers);
    fault.times = asked.value("times", 1);
    fault.delay = milliseconds(asked.value("delay", 0));
    fault.answer_delay = milliseconds(asked.value("answer_delay", 0));
    fault.after = asked.value("after", false);
    fault.cut = asked.value("cut", false);
    return fault;
}

json people(FakeDiscord& discord, const std::string& what, const json& a) {
    if (what == "add_user") return discord.add_user(text(a, "name"));
    if (what == "add_guild") return discord.add_guild(text(a, "name"), a.value("with_bot", true));
    if (what == "add_channel") return discord.add_channel(text(a, "guild"), text(a, "name"));
    if (what == "add_group_dm") return discord.add_group_dm(a.at("users").get<std::vector<std::string>>());
    if (what == "open_dm") return discord.open_dm(text(a, "user"));
    if (what == "write") {
        FakeDiscord::Writing how;
        how.mentions_bot = a.value("mentions_bot", false);
        how.reply_to = a.value("reply_to", "");
        how.reply_pings = a.value("reply_pings", true);
        return discord.write(text(a, "channel"), text(a, "user"), text(a, "text"), how);
    }
    if (what == "command")
        return discord.command(
            text(a, "channel"), text(a, "user"), text(a, "name"), a.value("options", json::object()));
    if (what == "press") return discord.press(text(a, "message"), text(a, "custom_id"), text(a, "user"));
    if (what == "choose")
        return discord.choose(
            text(a, "message"), text(a, "custom_id"), a.at("values").get<std::vector<std::string>>(), text(a, "user"));
    if (what == "submit") return discord.submit(text(a, "interaction"), a.at("values"));
    return nullptr;
}

json seen(const FakeDiscord& discord, const std::string& what, const json& a) {
    if (what == "message") return discord.message(text(a, "id"));
    if (what == "messages") return discord.messages(text(a, "channel"), text(a, "user"));
    if (what == "channel") return discord.channel(text(a, "id"));
    if (what == "members") return discord.members(text(a, "channel"));
    if (what == "threads") return discord.threads(text(a, "channel"));
    if (what == "commands") return discord.commands();
    if (what == "complaints") return discord.complaints();
    if (what == "connected") return discord.connected();
    if (what == "interaction") {
        const FakeDiscord::Acknowledged one = discord.interaction(text(a, "id"));
        json all = {{"callback", one.callback}, {"after", one.after.count()}, {"late", one.late}};
        all.update({{"answer", one.answer}, {"modal", one.modal}});
        return all;
    }
    if (what == "counters") {
        const FakeDiscord::Counters& count = discord.counters();
        return {{"connections", count.connections},
                {"identifies", count.identifies},
                {"resumes", count.resumes},
                {"heartbeats", count.heartbeats},
                {"invalid_requests", count.invalid_requests}};
    }
    if (what == "requests") {
        json all = json::array();
        for (const FakeDiscord::Request& one : discord.requests()) {
            json asked = {{"method", one.method}, {"path", one.path}, {"headers", one.headers}, {"body", one.body}};
            asked.update({{"status", one.status}, {"at", one.at.count()}});
            all.push_back(std::move(asked));
        }
        return all;
    }
    return nullptr;
}

using Act = std::function<void(const json&)>;

/// Those that have no answer.
std::map<std::string, Act> acts(FakeDiscord& discord, asio::io_context& io) {
    FakeDiscord* d = &discord;
    return {
        {"let_dm", [d](const json& a) { d->let_dm(text(a, "user"), a.at("let").get<bool>()); }},
        {"forbid",
         [d](const json& a) {
             d->forbid(text(a, "channel"),
                       static_cast<Permission>(std::stoull(text(a, "permission"))),
                       a.value("forbidden", true));
         }},
        {"archive", [d](const json& a) { d->archive(text(a, "thread"), a.value("locked", false)); }},
        {"edit", [d](const json& a) { d->edit(text(a, "message"), text(a, "text")); }},
        {"remove", [d](const json& a) { d->remove(text(a, "message")); }},
        {"next_connections", [d](const json& a) { d->next_connections(plan_of(a), a.value("count", 1)); }},
        {"ask_reconnect", [d](const json&) { d->ask_reconnect(); }},
        {"ask_heartbeat", [d](const json&) { d->ask_heartbeat(); }},
        {"invalidate", [d](const json& a) { d->invalidate(a.at("resumable").get<bool>()); }},
        {"close_gateway", [d](const json& a) { d->close_gateway(a.value("code", 0)); }},
        {"cut_gateway", [d](const json&) { d->cut_gateway(); }},
        {"silence_gateway", [d](const json&) { d->silence_gateway(); }},
        {"stop_acks", [d](const json&) { d->stop_acks(); }},
        {"forget_sessions", [d](const json&) { d->forget_sessions(); }},
        {"send_raw", [d](const json& a) { d->send_raw(text(a, "bytes")); }},
        {"dispatch", [d](const json& a) { d->dispatch(text(a, "event"), a.at("data")); }},
        {"fault", [d](const json& a) { d->fault(fault_of(a)); }},
        {"clear_faults", [d](const json&) { d->clear_faults(); }},
        {"limit",
         [d](const json& a) {
             d->limit(a.value("method", ""),
                      a.value("path", ""),
                      a.at("requests").get<int>(),
                      milliseconds(a.at("per").get<int>()));
         }},
        {"advance",
         [&io](const json& a) {
             move_clock(milliseconds(a.at("ms").get<std::int64_t>()));
             const auto look = std::make_shared<Timer>(io.get_executor(), MonotonicClock::time_point::min());
             look->async_wait([look](const boost::system::error_code&) {});
         }},
    };
}

json control(FakeDiscord& discord, const std::map<std::string, Act>& all, const json& asked) {
    try {
        const std::string what = text(asked, "do");
        if (const auto found = all.find(what); found != all.end()) {
            found->second(asked);
            return {{"ok", true}};
        }
        json answer = people(discord, what, asked);
        if (answer.is_null()) answer = seen(discord, what, asked);
        if (answer.is_null()) return {{"error", "there is no \"" + what + "\""}};
        return {{"ok", answer}};
    } catch (const std::exception& error) {
        return {{"error", error.what()}};
    }
}

}  // namespace

int main(int count, char** arguments) {
    asio::io_context io{1};
    FakeDiscordOptions options;
    if (count > 1) {  // {"token": ..., "heartbeat": ms, ...}
        const json given = json::parse(arguments[1]);
        options.token = given.value("token", options.token);
        options.identifies_left = given.value("identifies_left", options.identifies_left);
        options.max_concurrency = given.value("max_concurrency", options.max_concurrency);
        options.heartbeat = milliseconds(given.value("heartbeat", options.heartbeat.count()));
        options.resumable = milliseconds(given.value("resumable", options.resumable.count()));
        options.record = given.value("record", options.record);
        options.message_content = given.value("message_content", options.message_content);
    }
    FakeDiscord discord(io, options);
    const auto all = acts(discord, io);
    discord.on_control([&](const json& asked) { return control(discord, all, asked); });

    asio::posix::basic_stream_descriptor<Executor> input(io.get_executor(), STDIN_FILENO);
    std::string ignored;
    asio::async_read(
        input, asio::dynamic_buffer(ignored), [&](const boost::system::error_code&, std::size_t) { io.stop(); });
    const json self = {{"port", discord.port()}, {"api", discord.api()}, {"bot", discord.bot()}};
    std::cout << self.dump() << std::endl;
    io.run();
}
