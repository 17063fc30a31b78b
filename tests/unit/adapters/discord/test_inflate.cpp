#include <zlib.h>

#include "adapters/discord/inflate.hpp"
#include "tests/support/catch.hpp"

namespace test_inflate {

using namespace reweave::discord;

namespace {

/// As a gateway packs: one stream, flushed after each message.
class Deflate {
 public:
    Deflate() { REQUIRE(deflateInit(&z_, Z_DEFAULT_COMPRESSION) == Z_OK); }
    ~Deflate() { deflateEnd(&z_); }
    Deflate(const Deflate&) = delete;
    Deflate& operator=(const Deflate&) = delete;

    std::string pack(std::string text) {
        std::string out(deflateBound(&z_, text.size()) + 64, '\0');
        z_.next_in = reinterpret_cast<Bytef*>(text.data());
        z_.avail_in = static_cast<uInt>(text.size());
        z_.next_out = reinterpret_cast<Bytef*>(out.data());
        z_.avail_out = static_cast<uInt>(out.size());
        REQUIRE(deflate(&z_, Z_SYNC_FLUSH) == Z_OK);
        out.resize(out.size() - z_.avail_out);
        return out;
    }

 private:
    z_stream z_{};
};

constexpr std::size_t kLimit = 1'000'000;

}  // namespace

TEST_CASE("messages of one zlib-stream come out as they went in", "[discord][gateway]") {
    Deflate deflate;
    Inflate inflate(kLimit);
    std::string message;
    for (const std::string& text : {std::string("{\"op\":10}"),
                                    std::string(200'000, 'a'),
                                    std::string(32 * 1024, 'b'),
                                    std::string("x"),
                                    std::string(96 * 1024, 'c')}) {
        REQUIRE(inflate.feed(deflate.pack(text), message) == Inflate::Fed::message);
        CHECK(message == text);
    }
}

TEST_CASE("a message of a zlib-stream is whole when its last byte is there, however it was cut", "[discord][gateway]") {
    Deflate deflate;
    Inflate inflate(kLimit);
    std::string message;
    for (const std::string& text : {std::string("{\"op\":11}"), std::string("{\"op\":11,\"d\":null}")}) {
        const std::string packed = deflate.pack(text);
        for (std::size_t i = 0; i + 1 < packed.size(); ++i)
            REQUIRE(inflate.feed(packed.substr(i, 1), message) == Inflate::Fed::incomplete);
        REQUIRE(inflate.feed(packed.substr(packed.size() - 1), message) == Inflate::Fed::message);
        CHECK(message == text);
    }
}

TEST_CASE("a small message that unpacks to a huge one is refused", "[discord][gateway]") {
    Deflate deflate;
    Inflate inflate(kLimit);
    std::string message;
    REQUIRE(inflate.feed(deflate.pack(std::string(kLimit, ' ')), message) == Inflate::Fed::message);
    const std::string bomb = deflate.pack(std::string(kLimit + 1, ' '));
    CHECK(bomb.size() < 10'000);
    CHECK(inflate.feed(bomb, message) == Inflate::Fed::broken);
    CHECK(message.size() <= kLimit);
}

TEST_CASE("a message that never ends is refused when it is over the limit", "[discord][gateway]") {
    Inflate inflate(1'000);
    std::string message;
    for (int i = 0; i < 10; ++i) REQUIRE(inflate.feed(std::string(100, 'x'), message) == Inflate::Fed::incomplete);
    CHECK(inflate.feed("x", message) == Inflate::Fed::broken);
}

TEST_CASE("what is no zlib-stream is broken, and stays so", "[discord][gateway]") {
    Deflate deflate;
    Inflate inflate(kLimit);
    std::string message;
    const std::string end("\x00\x00\xFF\xFF", 4);
    CHECK(inflate.feed("{\"op\":10}" + end, message) == Inflate::Fed::broken);
    CHECK(inflate.feed(deflate.pack("{}"), message) == Inflate::Fed::broken);
}

TEST_CASE("bytes of another connection's stream are not understood", "[discord][gateway]") {
    Deflate old;
    (void)old.pack("{\"op\":10}");
    Inflate inflate(kLimit);
    std::string message;
    CHECK(inflate.feed(old.pack("{\"op\":11}"), message) == Inflate::Fed::broken);
}

}  // namespace test_inflate
