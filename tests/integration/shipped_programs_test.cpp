// What must not be in the programs that people get.
#include "failpoints/failpoint.hpp"
#include "tests/support/places.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <string>

namespace tarama::test {
namespace {

TEST(ShippedPrograms, HoldNoFailpoints) {
#ifdef TARAMA_FAILPOINTS
  constexpr bool holds_them = true;  // a build for tests alone
#else
  constexpr bool holds_them = false;
#endif
  for (const char* program : {"tarama", "tarama-worker-fake"}) {
    std::string bytes(std::filesystem::file_size(bin(program)), '\0');
    std::ifstream(bin(program), std::ios::binary)
        .read(bytes.data(), static_cast<std::streamsize>(bytes.size()));
    ASSERT_GT(bytes.size(), 100'000U) << program;
    EXPECT_EQ(bytes.find("TARAMA_FAILPOINT") != std::string::npos, holds_them) << program;
    EXPECT_EQ(bytes.find("files.written") != std::string::npos, holds_them) << program;
  }
}

}  // namespace
}  // namespace tarama::test
