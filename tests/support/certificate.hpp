#pragma once
/// \file A certificate for tests of TLS, made on the spot.

#include <filesystem>

namespace reweave::test {

/// Writes a self-signed certificate for 127.0.0.1 and its key, both PEM.
void write_certificate(const std::filesystem::path& certificate, const std::filesystem::path& key);

}  // namespace reweave::test
