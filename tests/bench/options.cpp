#include "tests/bench/options.hpp"

#include <map>
#include <stdexcept>

namespace reweave::bench {

const char* const kUsage = R"(usage: reweave_load --port N --talk FILE [options]
  --speak reweave|node|echo  whose frames (reweave)
  --mode turns|idle|resume|history (turns)
    turns    closed loop: the next turn begins when the last was answered
    idle     one turn each, then hold the connections and read the server's memory
    resume   drop the connection after sending, come back with the newest number seen, send again
    history  the last 20 messages, again and again
  --users N (64)   --seconds S (5)   --warm S (1)   --turns K (0: by time)   --hold S (2)
  --at-once N      only so many at a time: an answer makes the next person begin (all)
  --pid N          the server's process: its CPU time and memory are reported
  --people FILE    lines "TOKEN TURNS NEWEST": people known to the server, their turns, their newest message
  --save-people FILE         writes such lines at the end
)";

namespace {

template <class Value>
Value pick(const std::string& name, const std::map<std::string, Value>& known) {
    const auto found = known.find(name);
    if (found == known.end()) throw std::invalid_argument("do not know " + name);
    return found->second;
}

}  // namespace

Options parse(int argc, char** argv) {
    using Speak = Options::Speak;
    using Mode = Options::Mode;
    Options options;
    for (int i = 1; i < argc; i += 2) {
        const std::string name = argv[i], value = i + 1 < argc ? argv[i + 1] : "";
        if (name == "--port") {
            options.port = static_cast<std::uint16_t>(std::stoi(value));
        } else if (name == "--talk") {
            options.talk = value;
        } else if (name == "--people") {
            options.people = value;
        } else if (name == "--save-people") {
            options.save_people = value;
        } else if (name == "--users") {
            options.users = std::stoul(value);
        } else if (name == "--at-once") {
            options.at_once = std::stoul(value);
        } else if (name == "--seconds") {
            options.seconds = std::stod(value);
        } else if (name == "--warm") {
            options.warm = std::stod(value);
        } else if (name == "--hold") {
            options.hold = std::stod(value);
        } else if (name == "--turns") {
            options.turns = std::stoll(value);
        } else if (name == "--pid") {
            options.pid = std::stoi(value);
        } else if (name == "--speak") {
            options.speak =
                pick<Speak>(value, {{"reweave", Speak::reweave}, {"node", Speak::node}, {"echo", Speak::echo}});
        } else if (name == "--mode") {
            options.mode = pick<Mode>(
                value,
                {{"turns", Mode::turns}, {"idle", Mode::idle}, {"resume", Mode::resume}, {"history", Mode::history}});
        } else {
            throw std::invalid_argument("do not know " + name);
        }
    }
    if (options.at_once == 0 || options.at_once > options.users) options.at_once = options.users;
    if (options.port == 0 || options.talk.empty()) throw std::invalid_argument("--port and --talk are needed");
    return options;
}

}  // namespace reweave::bench
