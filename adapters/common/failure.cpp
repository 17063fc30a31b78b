#include "adapters/common/failure.hpp"

#include <openssl/x509_vfy.h>

#include <boost/asio/error.hpp>
#include <boost/beast/http/error.hpp>

namespace reweave::http {
namespace {

namespace asio = boost::asio;
using boost::beast::http::make_error_code;
using Code = boost::beast::http::error;

std::string in_time(std::chrono::milliseconds limit) {
    const auto ms = limit.count();
    return ms % 1000 == 0 ? std::to_string(ms / 1000) + " s" : std::to_string(ms) + " ms";
}

}  // namespace

std::string timeout_sentence(Stage stage, std::string_view where, std::chrono::milliseconds limit) {
    std::string out(where);
    switch (stage) {
        case Stage::waiting:
            return out + ": no connection became free in " + in_time(limit) + "; its answers take too long";
        case Stage::looking_up:
            return out + ": its name was not found in " + in_time(limit) + "; check the name server";
        case Stage::connecting:
            return out + ": no connection in " + in_time(limit) +
                   "; check the network, a firewall, or whether it needs " + "a proxy";
        case Stage::tls:
            return out + ": no TLS connection in " + in_time(limit) +
                   "; is the port one for https? If not, the address begins with http://";
        case Stage::exchange:
            break;
    }
    return out + ": no answer in " + in_time(limit) + "; it may be overloaded";
}

std::string lookup_sentence(std::string_view where, const boost::system::error_code& error) {
    std::string out(where);
    if (error == asio::error::host_not_found || error == asio::error::no_data)
        return out + ": there is no such host; check the name";
    return out + ": the name cannot be looked up (" + error.message() + "); check the network and the name server";
}

std::string connect_sentence(std::string_view where, const boost::system::error_code& error) {
    std::string out(where);
    if (error == asio::error::connection_refused)
        return out + ": connection refused; is it running, and the port right?";
    return out + ": cannot be reached (" + error.message() + "); check the network, or whether it needs a proxy";
}

std::string tls_sentence(std::string_view where, const boost::system::error_code& error, long verify_result) {
    std::string out(where);
    if (verify_result == X509_V_ERR_HOSTNAME_MISMATCH || verify_result == X509_V_ERR_IP_ADDRESS_MISMATCH)
        return out + ": its certificate is for another name; check the address";
    if (verify_result != X509_V_OK)
        return out + ": its certificate is not trusted (" + X509_verify_cert_error_string(verify_result) +
               "); if it is signed by an authority of your own, name that one's file";
    return out + ": no TLS connection (" + error.message() +
           "); is the port one for https? If not, the address begins with http://";
}

std::string exchange_sentence(std::string_view where,
                              const boost::system::error_code& error,
                              bool begun,
                              std::size_t body_limit) {
    std::string out(where);
    if (error == Code::body_limit) return out + ": its answer is longer than " + std::to_string(body_limit) + " bytes";
    if (error.category() == make_error_code(Code::bad_method).category() && error != Code::end_of_stream &&
        error != Code::partial_message)
        return out + ": its answer is not HTTP (" + error.message() + "); is the address right?";
    if (begun) return out + ": its answer was cut off; try again";
    return out + ": it closed the connection without an answer";
}

std::string tunnel_sentence(std::string_view proxy, std::string_view server, unsigned status) {
    std::string out = std::string(proxy) + ": it does not connect to " + std::string(server) + " (status " +
                      std::to_string(status) + "); ";
    return out + (status == 407 ? "check its user and password" : "check what it allows");
}

}  // namespace reweave::http
