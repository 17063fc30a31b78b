#include "bot/app/pages.hpp"

#include "bot/app/embedded.hpp"

namespace reweave::app {
namespace {

/// Stands in the shipped page where the operator's exit site goes.
constexpr std::string_view kShippedExit = "https://www.wikipedia.org/";

std::string content_type(std::string_view path) {
    const std::string_view ending = path.substr(path.rfind('.') + 1);
    if (ending == "html") return "text/html; charset=utf-8";
    if (ending == "js") return "text/javascript; charset=utf-8";
    if (ending == "css") return "text/css; charset=utf-8";
    if (ending == "svg") return "image/svg+xml";
    if (ending == "png") return "image/png";
    if (ending == "mp3") return "audio/mpeg";
    return "application/octet-stream";
}

std::string escaped(std::string_view text) {
    std::string out;
    for (const char c : text) {
        switch (c) {
            case '&':
                out += "&amp;";
                break;
            case '<':
                out += "&lt;";
                break;
            case '"':
                out += "&quot;";
                break;
            default:
                out += c;
        }
    }
    return out;
}

std::string with_exit_site(std::string page, const std::string& site) {
    if (const auto at = page.find(kShippedExit); at != std::string::npos)
        page.replace(at, kShippedExit.size(), escaped(site));
    return page;
}

}  // namespace

server::Pages chat_pages(const Config& config) {
    static std::string index;  // the one page that is not served as it was shipped
    server::Pages pages;
    for (const EmbeddedFile& file : embedded_files()) {
        constexpr std::string_view kPages = "pages/", kMedia = "dialogs/media/";
        if (file.path.starts_with(kMedia))
            pages["/media/" + std::string(file.path.substr(kMedia.size()))] = {file.bytes, content_type(file.path)};
        if (!file.path.starts_with(kPages)) continue;
        const std::string name(file.path.substr(kPages.size()));
        if (name == "index.html") {
            index = with_exit_site(std::string(file.bytes), config.web.exit_site);
            pages["/"] = {index, content_type(name)};
        } else {
            pages["/" + name] = {file.bytes, content_type(name)};
        }
    }
    return pages;
}

std::vector<std::string> allowed_origins(const Config& config) {
    std::vector<std::string> origins = config.web.origins;
    if (const std::string& url = config.web.public_url; !url.empty())
        origins.push_back(url.substr(0, url.find('/', url.find("://") + 3)));
    return origins;
}

std::string chat_link(const Config& config, std::uint16_t port) {
    if (!config.web.public_url.empty()) return config.web.public_url;
    const std::string scheme = config.web.tls.certificate.empty() ? "http://" : "https://";
    std::string host = config.web.listen;
    if (host.find(':') != std::string::npos) host = "[" + host + "]";
    return scheme + host + ":" + std::to_string(port) + "/";
}

std::string page_address(const Config& config) {
    std::string page = chat_link(config, static_cast<std::uint16_t>(config.web.port));
    while (page.ends_with('/')) page.pop_back();
    return page;
}

}  // namespace reweave::app
