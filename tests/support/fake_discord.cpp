#include "tests/support/fake_discord.hpp"

#include <stdexcept>

#include "tests/support/fake_discord_core.hpp"
#include "tests/support/fake_discord_people.hpp"

namespace reweave::test {

FakeDiscord::FakeDiscord(asio::io_context& io, Options options)
    : core_(std::make_shared<Core>(io, std::move(options))) {
    core_->start();
}

FakeDiscord::~FakeDiscord() {
    stop();
}

std::uint16_t FakeDiscord::port() const {
    return core_->world.port;
}
std::string FakeDiscord::api() const {
    return "http://127.0.0.1:" + std::to_string(port()) + "/api/v10";
}
std::string FakeDiscord::bot() const {
    return core_->world.bot;
}
void FakeDiscord::stop() {
    core_->stop();
}

std::string FakeDiscord::add_user(const std::string& name) {
    const std::string id = core_->world.new_id();
    core_->world.add_user(id, name, false);
    return id;
}

std::string FakeDiscord::add_guild(const std::string& name, bool with_bot) {
    fake::Guild guild{core_->world.new_id(), name, with_bot};
    core_->world.guilds[guild.id] = guild;
    if (with_bot) core_->world.emit("GUILD_CREATE", core_->world.guild_json(guild), fake::kGuilds);
    return guild.id;
}

std::string FakeDiscord::add_channel(const std::string& guild, const std::string& name) {
    fake::Channel channel;
    channel.id = core_->world.new_id();
    channel.guild = core_->world.guilds.at(guild).id;
    channel.name = name;
    core_->world.channels[channel.id] = channel;
    if (core_->world.guilds.at(guild).with_bot)
        core_->world.emit("CHANNEL_CREATE", core_->world.channel_json(channel), fake::kGuilds);
    return channel.id;
}

std::string FakeDiscord::add_group_dm(const std::vector<std::string>& users) {
    fake::Channel channel;
    channel.id = core_->world.new_id();
    channel.type = fake::kGroupDm;
    channel.people = {users.begin(), users.end()};
    channel.owner = users.at(0);
    core_->world.channels[channel.id] = channel;
    return channel.id;
}

std::string FakeDiscord::open_dm(const std::string& user) {
    (void)core_->world.user(user);
    return core_->world.dm_with(user).id;
}

void FakeDiscord::let_dm(const std::string& user, bool let) {
    ++core_->world.acts;
    if (let)
        core_->world.closed.erase(user);
    else
        core_->world.closed.insert(user);
}

void FakeDiscord::forbid(const std::string& channel, Permission what, bool forbidden) {
    ++core_->world.acts;
    std::uint64_t& all = core_->world.place(channel).forbidden;
    const auto bit = static_cast<std::uint64_t>(what);
    all = forbidden ? all | bit : all & ~bit;
}

void FakeDiscord::archive(const std::string& thread, bool locked) {
    fake::Channel& channel = core_->world.place(thread);
    if (!channel.is_thread()) throw std::logic_error("only threads are archived");
    channel.archived = true;
    channel.locked = locked;
    core_->world.emit("THREAD_UPDATE", core_->world.channel_json(channel), fake::kGuilds);
}

std::string FakeDiscord::write(const std::string& channel,
                               const std::string& user,
                               const std::string& text,
                               const Writing& how) {
    return fake::write(core_->world, channel, user, text, how);
}

void FakeDiscord::edit(const std::string& message, const std::string& text) {
    fake::edit(core_->world, message, text);
}

void FakeDiscord::remove(const std::string& message) {
    ++core_->world.acts;
    core_->world.tell_deleted(core_->world.messages.at(message));
}

std::string FakeDiscord::command(const std::string& channel,
                                 const std::string& user,
                                 const std::string& name,
                                 const json& options) {
    return fake::command(core_->world, channel, user, name, options);
}

std::string FakeDiscord::press(const std::string& message, const std::string& custom_id, const std::string& user) {
    return fake::use(core_->world, message, custom_id, nullptr, user);
}

std::string FakeDiscord::choose(const std::string& message,
                                const std::string& custom_id,
                                const std::vector<std::string>& values,
                                const std::string& user) {
    return fake::use(core_->world, message, custom_id, &values, user);
}

std::string FakeDiscord::submit(const std::string& interaction, const json& values) {
    return fake::submit(core_->world, interaction, values);
}

const FakeDiscord::json& FakeDiscord::message(const std::string& id) const {
    return core_->world.messages.at(id).body;
}

std::vector<FakeDiscord::json> FakeDiscord::messages(const std::string& channel, const std::string& user) const {
    std::vector<json> all;
    for (const auto& [id, message] : core_->world.messages)
        if (message.body["channel_id"] == channel && core_->world.sees(user, message)) all.push_back(message.body);
    return all;
}

FakeDiscord::json FakeDiscord::channel(const std::string& id) const {
    return core_->world.channel_json(core_->world.place(id));
}

std::vector<std::string> FakeDiscord::members(const std::string& channel) const {
    const auto& people = core_->world.place(channel).people;
    return {people.begin(), people.end()};
}

std::vector<std::string> FakeDiscord::threads(const std::string& channel) const {
    std::vector<std::string> all;
    for (const auto& [id, thread] : core_->world.channels)
        if (thread.is_thread() && thread.parent == channel) all.push_back(id);
    return all;
}

FakeDiscord::json FakeDiscord::commands() const {
    const auto found = core_->world.commands.find("");
    return found == core_->world.commands.end() ? json::array() : found->second;
}

FakeDiscord::Acknowledged FakeDiscord::interaction(const std::string& id) const {
    const fake::Interaction& one = core_->world.interactions.at(id);
    return {one.callback, one.after, one.late, one.answer, one.modal};
}

const FakeDiscord::Counters& FakeDiscord::counters() const {
    return core_->world.counters;
}
const std::vector<FakeDiscord::Request>& FakeDiscord::requests() const {
    return core_->requests;
}
const std::vector<std::string>& FakeDiscord::complaints() const {
    return core_->world.complaints;
}

void FakeDiscord::next_connections(const GatewayPlan& plan, int count) {
    for (int i = 0; i < count; ++i) core_->gateway.plans.push_back(plan);
}
bool FakeDiscord::connected() const {
    return core_->gateway.connected();
}
void FakeDiscord::ask_reconnect() {
    core_->gateway.ask_reconnect();
}
void FakeDiscord::ask_heartbeat() {
    core_->gateway.ask_heartbeat();
}
void FakeDiscord::invalidate(bool resumable) {
    core_->gateway.invalidate(resumable);
}
void FakeDiscord::close_gateway(int code) {
    core_->gateway.close_all(code);
}
void FakeDiscord::cut_gateway() {
    core_->gateway.cut_all();
}
void FakeDiscord::silence_gateway() {
    core_->gateway.silence_all();
}
void FakeDiscord::stop_acks() {
    core_->gateway.stop_acks();
}
void FakeDiscord::forget_sessions() {
    core_->gateway.forget_sessions();
}
void FakeDiscord::send_raw(const std::string& bytes) {
    core_->gateway.send_raw(bytes);
}
void FakeDiscord::dispatch(const std::string& event, const json& data) {
    core_->gateway.dispatch(event, data, 0);
}

void FakeDiscord::fault(RestFault what) {
    core_->rest.faults.push_back(std::move(what));
}
void FakeDiscord::clear_faults() {
    core_->rest.faults.clear();
}
void FakeDiscord::limit(const std::string& method,
                        const std::string& path,
                        int requests,
                        std::chrono::milliseconds per) {
    core_->rest.limits.set(method, path, requests, per);
}
void FakeDiscord::on_control(std::function<json(const json& asked)> answers) {
    core_->control = std::move(answers);
}

}  // namespace reweave::test
