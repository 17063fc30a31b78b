#include "bot/engine/help.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <utility>

#include "bot/dialog/topics.hpp"

namespace reweave::engine {
namespace {

using json = nlohmann::json;
using std::chrono::days;
using std::chrono::sys_days;

constexpr auto kShownFor = days{180};  ///< after the day on which a person checked the entry
constexpr std::size_t kMostServices = 2;
constexpr std::string_view kEverywhere = "INT";

constexpr std::array<std::string_view, 12> kMonths = {"January",
                                                      "February",
                                                      "March",
                                                      "April",
                                                      "May",
                                                      "June",
                                                      "July",
                                                      "August",
                                                      "September",
                                                      "October",
                                                      "November",
                                                      "December"};

/// What decides whether an entry may be shown.
struct Standing {
    bool active = false;
    int confidence = 0;  ///< 0 low, 1 medium, 2 high
    std::optional<sys_days> verified;

    [[nodiscard]] bool holds(TimePoint now) const {
        return active && confidence > 0 && verified && *verified <= now && now - *verified <= kShownFor;
    }
};

struct Service {
    std::vector<std::string> topics;
    HelpLine line;
    Standing standing;
};

struct Emergency {
    HelpLine line;
    Standing standing;
};

struct Country {
    std::vector<Emergency> emergency;
    std::vector<Service> services;
};

/// Reads fields and says where one is wrong.
class Reader {
 public:
    Reader(const json& value, std::string where) : value_(value), where_(std::move(where)) {
        if (!value_.is_object()) fail("must be an object");
    }

    [[noreturn]] void fail(const std::string& what) const {
        throw std::invalid_argument("help lines: " + where_ + ": " + what);
    }

    [[nodiscard]] const json& field(const char* name) const {
        const auto found = value_.find(name);
        if (found == value_.end()) fail(std::string(name) + " is missing");
        return *found;
    }
    [[nodiscard]] std::string text(const char* name) const {
        const json& value = field(name);
        if (!value.is_string() || value.get_ref<const std::string&>().empty())
            fail(std::string(name) + " must be a text");
        return value.get<std::string>();
    }
    [[nodiscard]] std::string text_or_nothing(const char* name) const {
        const auto found = value_.find(name);
        return found == value_.end() || found->is_null() ? std::string() : text(name);
    }
    [[nodiscard]] std::vector<Reader> objects(const char* name) const {
        const json& list = field(name);
        if (!list.is_array()) fail(std::string(name) + " must be a list");
        std::vector<Reader> out;
        for (std::size_t i = 0; i < list.size(); ++i) {
            out.emplace_back(list[i], where_ + ", " + name + "[" + std::to_string(i) + "]");
        }
        return out;
    }
    [[nodiscard]] std::optional<Reader> object_or_nothing(const char* name) const {
        const auto found = value_.find(name);
        if (found == value_.end() || found->is_null()) return std::nullopt;
        return Reader(*found, where_ + ", " + name);
    }
    /// The place of the field's value among those allowed.
    template <std::size_t Count>
    [[nodiscard]] std::size_t one_of(const char* name, const std::array<std::string_view, Count>& allowed) const {
        const std::string value = text(name);
        const auto found = std::find(allowed.begin(), allowed.end(), value);
        if (found == allowed.end()) fail(std::string(name) + " \"" + value + "\" is not known");
        return static_cast<std::size_t>(found - allowed.begin());
    }

 private:
    const json& value_;
    std::string where_;
};

std::optional<sys_days> date_from(const Reader& entry, const char* name) {
    const std::string text = entry.text_or_nothing(name);
    if (text.empty()) return std::nullopt;
    const auto number = [&](std::size_t from, std::size_t count) {
        int value = -1;
        const char* begin = text.data() + from;
        const auto [end, error] = std::from_chars(begin, begin + count, value);
        return error == std::errc{} && end == begin + count ? value : -1;
    };
    if (text.size() == 10 && text[4] == '-' && text[7] == '-') {
        const int month = number(5, 2);
        const int day = number(8, 2);
        if (month > 0 && day > 0) {
            const std::chrono::year_month_day date{std::chrono::year{number(0, 4)},
                                                   std::chrono::month{static_cast<unsigned>(month)},
                                                   std::chrono::day{static_cast<unsigned>(day)}};
            if (date.ok() && number(0, 4) > 0) return sys_days{date};
        }
    }
    entry.fail(std::string(name) + " must be a date like 2026-11-24, or null");
}

Standing standing_from(const Reader& entry) {
    constexpr std::array<std::string_view, 4> kStatus = {"active", "draft", "suspended", "closed"};
    constexpr std::array<std::string_view, 3> kConfidence = {"low", "medium", "high"};
    Standing standing;
    standing.active = entry.one_of("status", kStatus) == 0;
    standing.confidence = static_cast<int>(entry.one_of("confidence", kConfidence));
    standing.verified = date_from(entry, "last_verified");
    if (standing.active && !standing.verified) entry.fail("is active, so last_verified must say when it was checked");
    return standing;
}

/// "November 2026"
std::string month_of(const Standing& standing) {
    if (!standing.verified) return {};
    const std::chrono::year_month_day date{*standing.verified};
    return std::string(kMonths[static_cast<unsigned>(date.month()) - 1]) + " " +
           std::to_string(static_cast<int>(date.year()));
}

Emergency emergency_from(const Reader& entry) {
    Emergency emergency;
    emergency.standing = standing_from(entry);
    emergency.line.name = "Emergency: " + entry.text("label");
    emergency.line.call = entry.text("tel");
    emergency.line.text = entry.text_or_nothing("sms");
    emergency.line.checked = month_of(emergency.standing);
    return emergency;
}

Service service_from(const Reader& entry) {
    constexpr std::array<std::string_view, 3> kChannels = {"phone", "text", "web"};
    Service service;
    (void)entry.text("id");
    service.standing = standing_from(entry);
    service.line.name = entry.text("name");
    service.line.checked = month_of(service.standing);
    const json& topics = entry.field("topics");
    if (!topics.is_array() || topics.empty()) entry.fail("topics must be a list");
    for (const json& topic : topics) {
        const std::string id = topic.is_string() ? topic.get<std::string>() : std::string();
        if (std::find(dialog::kHelpTopics.begin(), dialog::kHelpTopics.end(), id) == dialog::kHelpTopics.end())
            entry.fail("topic \"" + id + "\" is not known");
        service.topics.push_back(id);
    }
    for (const Reader& channel : entry.objects("channels")) {
        const std::array<std::string*, 3> fields = {&service.line.call, &service.line.text, &service.line.web};
        std::string& field = *fields[channel.one_of("type", kChannels)];
        if (field.empty()) field = channel.text("value");
        const auto hours = channel.object_or_nothing("hours");
        if (hours && service.line.hours.empty()) service.line.hours = hours->text("rule");
    }
    return service;
}

}  // namespace

class HelpDirectory {
 public:
    void add(const json& document) {
        const std::string name = Reader(document, "a country").text("country");
        const Reader reader(document, name);
        Country country;
        for (const Reader& entry : reader.objects("emergency")) country.emergency.push_back(emergency_from(entry));
        for (const Reader& entry : reader.objects("services")) country.services.push_back(service_from(entry));
        if (!countries_.emplace(name, std::move(country)).second) reader.fail("is there twice");
        if (name == kEverywhere) add_fallback(Reader(reader.field("fallback"), name + ", fallback"));
    }

    [[nodiscard]] const Country* country(std::string_view name) const {
        const auto found = countries_.find(name);
        return found == countries_.end() ? nullptr : &found->second;
    }
    [[nodiscard]] const std::map<std::string, Country, std::less<>>& countries() const { return countries_; }
    [[nodiscard]] const HelpLine& local_emergency() const { return local_emergency_; }
    [[nodiscard]] const std::vector<HelpLine>& directories() const { return directories_; }

 private:
    void add_fallback(const Reader& fallback) {
        local_emergency_.name = Reader(fallback.field("text_i18n"), "INT, text_i18n").text("en");
        for (const Reader& entry : fallback.objects("directories")) {
            HelpLine line;
            line.name = entry.text("name");
            line.web = entry.text("web");
            directories_.push_back(std::move(line));
        }
    }

    std::map<std::string, Country, std::less<>> countries_;
    HelpLine local_emergency_{"Your local emergency number", "", "", "", "", ""};
    std::vector<HelpLine> directories_;
};

HelpDirectoryPtr help_directory_from_json(const std::vector<json>& countries) {
    auto directory = std::make_shared<HelpDirectory>();
    for (const json& country : countries) directory->add(country);
    return directory;
}

std::vector<HelpLine> help_lines(const HelpDirectory& directory,
                                 std::string_view country_name,
                                 const std::vector<std::string>& topics,
                                 TimePoint now) {
    std::vector<HelpLine> lines;
    const Country* country = directory.country(country_name);
    if (country) {
        for (const Emergency& emergency : country->emergency) {
            if (lines.empty() && emergency.standing.holds(now)) lines.push_back(emergency.line);
        }
    }
    if (lines.empty()) lines.push_back(directory.local_emergency());
    if (country) {
        // The topic named first comes first; for one topic, the entry that is surer.
        std::vector<const Service*> shown;
        for (const std::string& topic : topics) {
            std::vector<const Service*> matching;
            for (const Service& service : country->services) {
                const bool about_it =
                    std::find(service.topics.begin(), service.topics.end(), topic) != service.topics.end();
                const bool new_one = std::find(shown.begin(), shown.end(), &service) == shown.end();
                if (about_it && new_one && service.standing.holds(now)) matching.push_back(&service);
            }
            std::stable_sort(matching.begin(), matching.end(), [](const Service* a, const Service* b) {
                return a->standing.confidence > b->standing.confidence;
            });
            shown.insert(shown.end(), matching.begin(), matching.end());
        }
        for (std::size_t i = 0; i < shown.size() && i < kMostServices; ++i) lines.push_back(shown[i]->line);
    }
    lines.insert(lines.end(), directory.directories().begin(), directory.directories().end());
    return lines;
}

std::vector<std::string> countries_with_lines(const HelpDirectory& directory, TimePoint now) {
    std::vector<std::string> names;
    for (const auto& [name, country] : directory.countries()) {
        const bool any = std::any_of(
            country.services.begin(), country.services.end(), [&](const auto& s) { return s.standing.holds(now); });
        if (any && name != kEverywhere) names.push_back(name);
    }
    return names;
}

}  // namespace reweave::engine
