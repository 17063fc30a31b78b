#include "adapters/common/route.hpp"

#include <openssl/ssl.h>

#include <boost/asio/write.hpp>
#include <boost/beast/http.hpp>
#include <stdexcept>

#include "adapters/common/failure.hpp"

namespace reweave::http {
namespace {

std::string base64(std::string_view text) {
    std::string out((text.size() + 2) / 3 * 4 + 1, '\0');
    const auto* bytes = reinterpret_cast<const unsigned char*>(text.data());
    const int size =
        EVP_EncodeBlock(reinterpret_cast<unsigned char*>(out.data()), bytes, static_cast<int>(text.size()));
    out.resize(static_cast<std::size_t>(size));
    return out;
}

Url server_url(const std::string& text) {
    auto url = parse_url(text);
    if (!url || !url->user_info.empty() || (url->scheme != "https" && url->scheme != "http"))
        throw std::invalid_argument("the address of the server must look like https://example.org");
    while (!url->path.empty() && url->path.back() == '/') url->path.pop_back();
    return *std::move(url);
}

std::optional<Url> proxy_url(const std::string& text) {
    if (text.empty()) return std::nullopt;
    auto url = parse_url(text);
    if (!url || (url->scheme != "http" && !url->scheme.empty()))
        throw std::invalid_argument("the address of the proxy must look like http://example.org:3128");
    if (url->port == 0) url->port = 1080;  // as curl does
    return url;
}

std::unique_ptr<asio::ssl::context> tls_context(const std::string& ca_file) {
    auto context = std::make_unique<asio::ssl::context>(asio::ssl::context::tls_client);
    SSL_CTX_set_min_proto_version(context->native_handle(), TLS1_2_VERSION);
    context->set_verify_mode(asio::ssl::verify_peer);
    error_code error;
    context->set_default_verify_paths(error);
    if (error) throw std::invalid_argument("cannot use the system's authorities for TLS: " + error.message());
    if (!ca_file.empty()) context->load_verify_file(ca_file, error);
    if (error) throw std::invalid_argument("cannot use the authorities in " + ca_file + ": " + error.message());
    return context;
}

std::optional<asio::ip::address> literal(const std::string& host) {
    error_code error;
    const auto address = asio::ip::make_address(host, error);
    if (error) return std::nullopt;
    return address;
}

/// Wakes the flight when it is done.
void look_up(const std::shared_ptr<Flight>& flight, const Url& peer) {
    flight->endpoints.clear();
    flight->looked_up = false;
    if (const auto address = literal(peer.host)) {
        flight->endpoints.emplace_back(*address, peer.port);
        flight->looked_up = true;
        return;
    }
    flight->resolver.async_resolve(peer.host,
                                   std::to_string(peer.port),
                                   Resolver::numeric_service,
                                   [flight](const error_code& error, const Resolver::results_type& results) {
                                       for (const auto& entry : results) flight->endpoints.push_back(entry.endpoint());
                                       flight->lookup_error = error;
                                       flight->looked_up = true;
                                       flight->wake.cancel();
                                   });
}

}  // namespace

Route::Route(Executor executor, const ClientOptions& options)
    : executor_(std::move(executor)),
      server_(server_url(options.base_url)),
      proxy_(proxy_url(options.proxy)),
      server_name_(server_.authority()),
      peer_name_(proxy_ ? "the proxy " + proxy_->authority() : server_name_) {
    const bool secure = server_.scheme == "https";
    if (secure) tls_ = tls_context(options.ca_file);
    if (server_.port == 0) server_.port = secure ? 443 : 80;
    if (proxy_ && !proxy_->user_info.empty())
        proxy_authorization_ = "Basic " + base64(percent_decoded(proxy_->user_info));
}

Message Route::message_of(Request& request) const {
    std::string target = server_.path + request.target;
    if (target.empty() || target.front() != '/') target.insert(0, "/");
    if (proxy_ && !tls_) target.insert(0, "http://" + server_name_);
    Message message;
    message.version(11);
    message.method_string(request.method);
    message.target(target);
    for (const auto& [name, value] : request.headers) message.insert(name, value);
    const auto add = [&message](wire::field name, const std::string& value) {
        if (message.find(name) == message.end()) message.set(name, value);
    };
    add(wire::field::host, server_name_);
    add(wire::field::user_agent, "reweave");
    if (!tls_ && !proxy_authorization_.empty()) add(wire::field::proxy_authorization, proxy_authorization_);
    message.body() = std::move(request.body);
    message.prepare_payload();
    return message;
}

Awaitable<std::string> Route::open(std::shared_ptr<Flight> flight) const {
    look_up(flight, proxy_ ? *proxy_ : server_);
    while (!flight->looked_up && !flight->stopped) {
        const auto [woken] = co_await flight->wake.async_wait(nothrow);
        if (!woken) break;
    }
    if (!flight->looked_up) {
        flight->resolver.cancel();
        co_return timeout_sentence(Stage::looking_up, peer_name_, flight->timeout);
    }
    if (flight->lookup_error) co_return lookup_sentence(peer_name_, flight->lookup_error);
    std::string failure = co_await connect(*flight);
    if (failure.empty() && proxy_ && tls_) failure = co_await tunnel(*flight);
    if (failure.empty() && tls_) failure = co_await shake_hands(*flight);
    co_return failure;
}

Awaitable<std::string> Route::connect(Flight& flight) const {
    error_code first;  // the likeliest address comes first: its error says most
    const std::size_t count = flight.endpoints.size();
    for (std::size_t i = 0; i < count && !flight.stopped; ++i) {
        flight.connection = std::make_unique<Connection>(executor_);
        TcpStream& tcp = flight.connection->tcp;
        const auto now = Clock::now();
        // One that does not answer leaves time for the others.
        tcp.expires_at(now + (flight.deadline - now) / static_cast<long>(count - i));
        const tcp::endpoint endpoint = flight.endpoints[i];
        const auto [error] = co_await tcp.async_connect(endpoint, nothrow);
        if (!error) {
            error_code ignored;
            tcp.socket().set_option(tcp::no_delay(true), ignored);
            tcp.expires_at(flight.deadline);
            co_return std::string();
        }
        flight.connection.reset();
        if (!first) first = error;
    }
    if (first == beast::error::timeout) co_return timeout_sentence(Stage::connecting, peer_name_, flight.timeout);
    co_return connect_sentence(peer_name_, first);
}

/// Asks the proxy for a connection to the server, in which TLS then runs.
Awaitable<std::string> Route::tunnel(Flight& flight) const {
    Connection& connection = *flight.connection;
    const std::string authority = server_.authority();
    std::string head = "CONNECT " + authority + " HTTP/1.1\r\nHost: " + authority + "\r\nUser-Agent: reweave\r\n";
    if (!proxy_authorization_.empty()) head += "Proxy-Authorization: " + proxy_authorization_ + "\r\n";
    head += "\r\n";
    const auto bytes = asio::buffer(head);
    const auto [write_error, written] = co_await asio::async_write(connection.tcp, bytes, nothrow);
    wire::response_parser<wire::empty_body> parser;
    parser.skip(true);
    const auto [error, size] = co_await wire::async_read_header(connection.tcp, connection.buffer, parser, nothrow);
    if (error == beast::error::timeout || write_error == beast::error::timeout)
        co_return timeout_sentence(Stage::exchange, peer_name_, flight.timeout);
    if (error) co_return exchange_sentence(peer_name_, error, parser.got_some(), 0);
    const unsigned status = parser.get().result_int();
    if (status / 100 != 2) co_return tunnel_sentence(peer_name_, server_name_, status);
    connection.buffer.consume(connection.buffer.size());  // in TLS the client speaks first: this is not the server
    co_return std::string();
}

Awaitable<std::string> Route::shake_hands(Flight& flight) const {
    Connection& connection = *flight.connection;
    connection.tls.emplace(connection.tcp, *tls_);
    SSL* const ssl = connection.tls->native_handle();
    // OpenSSL's own check of the name: Asio's says only that something is wrong.
    if (literal(server_.host)) {
        X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl), server_.host.c_str());
    } else {
        SSL_set_tlsext_host_name(ssl, server_.host.c_str());
        SSL_set_hostflags(ssl, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
        SSL_set1_host(ssl, server_.host.c_str());
    }
    const auto [error] = co_await connection.tls->async_handshake(asio::ssl::stream_base::client, nothrow);
    if (!error) co_return std::string();
    if (error == beast::error::timeout) co_return timeout_sentence(Stage::tls, server_name_, flight.timeout);
    co_return tls_sentence(server_name_, error, SSL_get_verify_result(ssl));
}

}  // namespace reweave::http
