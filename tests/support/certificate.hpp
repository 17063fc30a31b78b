#pragma once
/// \file A certificate for tests of TLS, made on the spot.

#include <filesystem>
#include <string>

namespace reweave::test {

/// Writes a self-signed certificate and its key, both PEM.
/// \param name whom it is for, as OpenSSL writes it: IP:127.0.0.1 or DNS:example.org
void write_certificate(const std::filesystem::path& certificate,
                       const std::filesystem::path& key,
                       const std::string& name = "IP:127.0.0.1");

}  // namespace reweave::test
