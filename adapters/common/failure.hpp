#pragma once
/// \file What went wrong with a request, as a sentence for the operator: where, what, what to try. Never contents,
/// tokens or query strings.

#include <boost/system/error_code.hpp>
#include <chrono>
#include <string>
#include <string_view>

namespace reweave::http {

enum class Stage { waiting, looking_up, connecting, tls, exchange };

/// \param where the server or "the proxy example.org:3128"
[[nodiscard]] std::string timeout_sentence(Stage stage, std::string_view where, std::chrono::milliseconds limit);

[[nodiscard]] std::string lookup_sentence(std::string_view where, const boost::system::error_code& error);
[[nodiscard]] std::string connect_sentence(std::string_view where, const boost::system::error_code& error);

/// \param verify_result of OpenSSL: not X509_V_OK if the certificate was the reason
[[nodiscard]] std::string tls_sentence(std::string_view where,
                                       const boost::system::error_code& error,
                                       long verify_result);

/// \param begun a part of the answer had come
[[nodiscard]] std::string exchange_sentence(std::string_view where,
                                            const boost::system::error_code& error,
                                            bool begun,
                                            std::size_t body_limit);

[[nodiscard]] std::string tunnel_sentence(std::string_view proxy, std::string_view server, unsigned status);

}  // namespace reweave::http
