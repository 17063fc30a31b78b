#pragma once
/// \file The REST API of the fake Discord, request by request. Internal.

#include "tests/support/fake_discord_world.hpp"

namespace reweave::test::fake {

struct Asked {
    std::string method, path;  ///< after /api/v10, without the query
    std::map<std::string, std::string> query, headers;
    json body;                       ///< null: none
    std::vector<std::string> files;  ///< that came with it
    bool malformed = false;          ///< a body that is no JSON
    std::vector<std::string> parts;  ///< what the holes of the route took
};

struct Answer {
    int status = 200;
    json body;         ///< null: none
    std::string text;  ///< in place of `body`
    std::map<std::string, std::string> headers;
};

[[nodiscard]] inline Answer with(json body, int status = 200) {
    Answer answer;
    answer.status = status;
    answer.body = std::move(body);
    return answer;
}

/// An id or a nonce, which may come as a number; empty: neither.
[[nodiscard]] inline std::string text_of(const json& id) {
    return id.is_string() ? id.get<std::string>() : id.is_number_integer() ? id.dump() : std::string();
}

struct Route {
    std::string method, pattern;  ///< /channels/{}/messages
    std::function<Answer(const Asked&)> answer;

    /// By the token of an interaction, not the bot's.
    [[nodiscard]] bool by_interaction() const;
    /// With the bot's token.
    [[nodiscard]] bool by_bot() const { return !by_interaction() && pattern != "/gateway"; }
};

[[nodiscard]] std::vector<Route> place_routes(World& world);
[[nodiscard]] std::vector<Route> message_routes(World& world);
[[nodiscard]] std::vector<Route> interaction_routes(World& world);

/// Makes a message of a body that was checked, and tells the sessions.
Message& post(World& world, const Channel& channel, const json& body, Message with);
void amend(World& world, Message& message, const json& body);
/// Complains of what would ping.
void look_at_mentions(World& world, const json& body);

/// Limits by bucket and for all together; and what a bot may not do that was told to wait or to go away.
class Limits {
 public:
    explicit Limits(World& world) : world_(world) {}

    void set(const std::string& method, const std::string& path, int requests, milliseconds per);
    /// The refusal, if there are too many.
    [[nodiscard]] std::optional<Answer> take(const Asked& asked, const Route& route);
    /// Before and after each request.
    void look_at(const Asked& asked, const Route* route);
    void learn(const Asked& asked, const Route* route, Answer& answer, const RestFault& fault);

 private:
    struct Rule {
        std::string method, path;
        int requests;
        milliseconds per;
    };
    struct Bucket {
        int used = 0;
        TimePoint until{};
    };
    [[nodiscard]] Rule rule_for(const Asked& asked) const;

    World& world_;
    std::vector<Rule> rules_;
    std::map<std::string, Bucket> buckets_;
    Bucket all_;
    std::map<std::string, std::pair<TimePoint, TimePoint>> waits_;  ///< by bucket; empty: all. From, until
    std::map<std::string, int> forbidden_;  ///< when: World::acts, since what people do may change the answer
    std::set<std::string> gone_;
};

class Rest {
 public:
    explicit Rest(World& world);

    Limits limits;
    /// The first fault that fits, which is used up by that.
    [[nodiscard]] std::optional<RestFault> fault_for(const Asked& asked);
    [[nodiscard]] Answer answer(Asked asked, const RestFault& fault);

    std::deque<RestFault> faults;

 private:
    [[nodiscard]] const Route* route(Asked& asked) const;
    [[nodiscard]] Answer perform(const Asked& asked, const Route* route);

    World& world_;
    std::vector<Route> routes_;
};

}  // namespace reweave::test::fake
