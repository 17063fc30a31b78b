#pragma once
/// \file A message with a file, as Discord takes it: multipart (RFC 7578; Discord: Uploading Files). Pure.

#include <cstddef>
#include <string>
#include <string_view>

namespace reweave::discord {

inline constexpr std::size_t kMostOfFile = 8UL * 1024 * 1024;  ///< Discord takes 10 MiB where nobody has paid for more
/// Its Content-Type.
inline constexpr const char* kWithFile = "multipart/form-data; boundary=reweave-part-of-a-message";

/// `body`: the message, JSON; `text`: the file's, which is JSON too and so cannot hold the boundary.
[[nodiscard]] inline std::string with_file(std::string_view body, std::string_view name, std::string_view text) {
    constexpr std::string_view kPart = "--reweave-part-of-a-message";
    std::string out(kPart);
    out += "\r\nContent-Disposition: form-data; name=\"payload_json\"\r\nContent-Type: application/json\r\n\r\n";
    out += body;
    out += "\r\n";
    out += kPart;
    out += "\r\nContent-Disposition: form-data; name=\"files[0]\"; filename=\"";
    out += name;
    out += "\"\r\nContent-Type: application/json\r\n\r\n";
    out += text;
    out += "\r\n";
    out += kPart;
    out += "--\r\n";
    return out;
}

}  // namespace reweave::discord
