// What Discord refuses in bodies.

#include <regex>
#include <sstream>

#include "tests/support/fake_discord_world.hpp"

namespace reweave::test::fake {
namespace {

/// Collects what is wrong, in the shape of the API: objects by field and index, `_errors` at the end.
class Findings {
 public:
    void add(const std::string& pointer, const std::string& code, const std::string& message) {
        // Not as a json_pointer has it, to which a number is a place in a list.
        json* at = &errors_;
        std::istringstream steps(pointer.substr(1));
        for (std::string step; std::getline(steps, step, '/');) at = &(*at)[step];
        (*at)["_errors"] = json::array({{{"code", code}, {"message", message}}});
    }
    void text(const json& of, const std::string& at, const char* key, std::size_t least, std::size_t most) {
        const auto found = of.find(key);
        const std::string pointer = at + "/" + key;
        if (found == of.end() || found->is_null()) {
            if (least > 0) add(pointer, "BASE_TYPE_REQUIRED", "This field is required");
        } else if (!found->is_string()) {
            add(pointer, "STRING_TYPE_CONVERT", "Could not interpret as string.");
        } else if (const std::size_t size = characters(found->get<std::string>()); size < least || size > most) {
            add(pointer,
                "BASE_TYPE_BAD_LENGTH",
                "Must be between " + std::to_string(least) + " and " + std::to_string(most) + " in length.");
        }
    }
    void done() const {
        if (!errors_.is_null()) throw Refusal{400, 50035, "Invalid Form Body", errors_};
    }

 private:
    json errors_;
};

json list(const json& of, const char* key) {
    const auto found = of.is_object() ? of.find(key) : of.end();
    return of.is_object() && found != of.end() && found->is_array() ? *found : json::array();
}

int type_of(const json& component) {
    return component.is_object() ? component.value("type", 0) : 0;
}

std::string index(const std::string& at, std::size_t i) {
    return at + "/" + std::to_string(i);
}

class Components {
 public:
    explicit Components(Findings& findings) : findings_(findings) {}

    int count = 0;

    void custom_id(const json& part, const std::string& at) {
        findings_.text(part, at, "custom_id", 1, 100);
        if (!part.contains("custom_id") || seen_.insert(part["custom_id"].dump()).second) return;
        findings_.add(at + "/custom_id", "COMPONENT_CUSTOM_ID_DUPLICATED", "Component custom id cannot be duplicated");
    }

    void button(const json& part, const std::string& at) {
        const int style = part.value("style", 0);
        if (style < 1 || style > 6) findings_.add(at + "/style", "BASE_TYPE_CHOICES", "Value must be one of 1 to 6.");
        if (style == 5) return findings_.text(part, at, "url", 1, 512);
        if (style != 6) custom_id(part, at);
        findings_.text(part, at, "label", part.contains("emoji") ? 0 : 1, 80);
    }

    void select(const json& part, const std::string& at, std::size_t least, std::size_t most) {
        custom_id(part, at);
        findings_.text(part, at, "placeholder", 0, 150);
        const json options = list(part, "options");
        if (options.size() < least || options.size() > most)
            findings_.add(at + "/options",
                          "BASE_TYPE_BAD_LENGTH",
                          "Must be between " + std::to_string(least) + " and " + std::to_string(most) + " in length.");
        std::set<std::string> values;
        for (std::size_t i = 0; i < options.size(); ++i) {
            const std::string here = index(at + "/options", i);
            findings_.text(options[i], here, "label", 1, 100);
            findings_.text(options[i], here, "value", 1, 100);
            findings_.text(options[i], here, "description", 0, 100);
            if (options[i].contains("value") && !values.insert(options[i]["value"].dump()).second)
                findings_.add(here + "/value", "SELECT_OPTION_VALUE_DUPLICATED", "The specified value is already used");
        }
        if (part.value("max_values", 1) > 25 || part.value("min_values", 1) > part.value("max_values", 1))
            findings_.add(at + "/max_values", "NUMBER_TYPE_MAX", "int value should be between 1 and 25.");
    }

    void row(const json& part, const std::string& at, bool modal) {
        const json inner = list(part, "components");
        if (inner.empty() || inner.size() > 5)
            findings_.add(at + "/components", "BASE_TYPE_BAD_LENGTH", "Must be between 1 and 5 in length.");
        for (std::size_t i = 0; i < inner.size(); ++i) {
            const std::string here = index(at + "/components", i);
            const int type = type_of(inner[i]);
            ++count;
            if (modal ? type != 4 : !(type == 2 || type == 3 || (type >= 5 && type <= 8)))
                findings_.add(here + "/type", "UNION_TYPE_CHOICES", "Value of field \"type\" is not allowed here.");
            else if (type == 2)
                button(inner[i], here);
            else
                field(inner[i], here);
            if (type != 2 && inner.size() > 1)
                findings_.add(here, "COMPONENT_LAYOUT_WIDTH_EXCEEDED", "The specified component exceeds the maximum");
        }
    }

    /// What stands in a label of a modal, or is a select of a message.
    void field(const json& part, const std::string& at) {
        switch (type_of(part)) {
            case 3:
                return select(part, at, 1, 25);
            case 4:
                custom_id(part, at);
                findings_.text(part, at, "placeholder", 0, 100);
                findings_.text(part, at, "value", 0, 4000);
                findings_.text(part, at, "label", 0, 45);
                if (part.value("style", 0) < 1 || part.value("style", 0) > 2)
                    findings_.add(at + "/style", "BASE_TYPE_CHOICES", "Value must be one of (1, 2).");
                return;
            case 21:
                return select(part, at, 2, 10);
            case 22:
                return select(part, at, 1, 10);
            case 5:
            case 6:
            case 7:
            case 8:
            case 23:
                return custom_id(part, at);
            default:
                findings_.add(at + "/type", "UNION_TYPE_CHOICES", "Value of field \"type\" is not allowed here.");
        }
    }

    void of_message(const json& parts, bool v2) {
        if (!v2 && parts.size() > 5)
            findings_.add("/components", "BASE_TYPE_BAD_LENGTH", "Must be between 1 and 5 in length.");
        for (std::size_t i = 0; i < parts.size(); ++i) {
            const std::string at = index("/components", i);
            const int type = type_of(parts[i]);
            ++count;
            if (type == 1) {
                row(parts[i], at, false);
            } else if (!v2 || (type != 9 && type != 10 && type != 12 && type != 13 && type != 14 && type != 17)) {
                findings_.add(at + "/type", "UNION_TYPE_CHOICES", "Value of field \"type\" is not allowed here.");
            } else {
                each_component(parts[i], [&](const json& inner) {
                    ++count;
                    if (type_of(inner) == 2) button(inner, at);
                    if (type_of(inner) == 3) select(inner, at, 1, 25);
                });
            }
        }
        if (count > 40) findings_.add("/components", "BASE_TYPE_MAX_LENGTH", "Must be 40 or fewer in length.");
    }

 private:
    Findings& findings_;
    std::set<std::string> seen_;
};

}  // namespace

void check_message(const json& body, bool edits) {
    Findings findings;
    findings.text(body, "", "content", 0, 2000);
    if (const auto nonce = body.find("nonce"); nonce != body.end() && nonce->is_string())
        findings.text(body, "", "nonce", 0, 25);
    const int flags = body.contains("flags") && body["flags"].is_number() ? body["flags"].get<int>() : 0;
    const bool v2 = (flags & kComponentsV2) != 0;
    if (v2 && (body.contains("content") || body.contains("embeds") || body.contains("poll")))
        findings.add("/content",
                     "MESSAGE_CANNOT_USE_LEGACY_FIELDS_WITH_COMPONENTS_V2",
                     "The 'content' field cannot be used when using MessageFlags.IS_COMPONENTS_V2");
    if (body.contains("components") && !body["components"].is_array() && !body["components"].is_null())
        findings.add("/components", "LIST_TYPE_CONVERT", "Only iterables may be used in a ListType");
    if (const auto mentions = body.find("allowed_mentions"); mentions != body.end() && mentions->is_object())
        for (const json& what : list(*mentions, "parse"))
            if (what != "users" && what != "roles" && what != "everyone")
                findings.add("/allowed_mentions/parse/0", "BASE_TYPE_CHOICES", "Value must be one of the choices.");
    Components(findings).of_message(list(body, "components"), v2);
    findings.done();
    const auto content = body.find("content");
    const bool says = content != body.end() && content->is_string() &&
                      content->get<std::string>().find_first_not_of(" \n\t") != std::string::npos;
    if (!edits && !says && list(body, "components").empty() && list(body, "embeds").empty())
        throw Refusal{400, 50006, "Cannot send an empty message"};
}

void check_modal(const json& modal) {
    Findings findings;
    findings.text(modal, "", "title", 1, 45);
    findings.text(modal, "", "custom_id", 1, 100);
    const json parts = list(modal, "components");
    if (parts.empty() || parts.size() > 5)
        findings.add("/components", "BASE_TYPE_BAD_LENGTH", "Must be between 1 and 5 in length.");
    Components components(findings);
    for (std::size_t i = 0; i < parts.size(); ++i) {
        const std::string at = index("/components", i);
        const int type = type_of(parts[i]);
        if (type == 1) {
            components.row(parts[i], at, true);
            for (const json& inner : list(parts[i], "components")) findings.text(inner, at, "label", 1, 45);
        } else if (type == 18) {
            findings.text(parts[i], at, "label", 1, 45);
            findings.text(parts[i], at, "description", 0, 100);
            components.field(parts[i].value("component", json::object()), at + "/component");
        } else if (type == 10) {
            findings.text(parts[i], at, "content", 1, 4000);
        } else {
            findings.add(at + "/type", "UNION_TYPE_CHOICES", "Value of field \"type\" is not allowed here.");
        }
    }
    findings.done();
}

void check_commands(const json& commands) {
    static const std::regex name(R"([-_a-z0-9\u00df-\u024f]{1,32})");
    Findings findings;
    if (!commands.is_array() || commands.size() > 115) throw Refusal{400, 50035, "Invalid Form Body"};
    std::set<std::string> names;
    for (std::size_t i = 0; i < commands.size(); ++i) {
        const json& command = commands[i];
        const std::string at = "/" + std::to_string(i);
        const bool chat = command.value("type", 1) == 1;
        findings.text(command, at, "name", 1, 32);
        findings.text(command, at, "description", chat ? 1 : 0, 100);
        const std::string called = command.value("name", "");
        bool ascii = true;
        for (const char c : called) ascii = ascii && static_cast<unsigned char>(c) < 0x80;
        if (chat && ascii && !std::regex_match(called, name))
            findings.add(at + "/name", "STRING_TYPE_REGEX", "String value did not match validation regex.");
        if (!names.insert(called + "/" + std::to_string(command.value("type", 1))).second)
            findings.add(at + "/name", "APPLICATION_COMMANDS_DUPLICATE_NAME", "Option names must be unique");
        const json options = list(command, "options");
        if (options.size() > 25)
            findings.add(at + "/options", "BASE_TYPE_MAX_LENGTH", "Must be 25 or fewer in length.");
        bool optional = false;
        for (std::size_t j = 0; j < options.size(); ++j) {
            const std::string here = index(at + "/options", j);
            findings.text(options[j], here, "name", 1, 32);
            findings.text(options[j], here, "description", 1, 100);
            if (options[j].value("required", false) && optional)
                findings.add(here, "APPLICATION_COMMAND_OPTIONS_REQUIRED_INVALID", "Required options must come first");
            optional = optional || !options[j].value("required", false);
        }
    }
    findings.done();
}

}  // namespace reweave::test::fake
