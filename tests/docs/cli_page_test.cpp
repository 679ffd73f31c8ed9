// docs/CLI.md is made of the help of all commands: this renders the page anew and compares.
// TARAMA_UPDATE_DOCS=1 writes it.
#include "cli/program.hpp"
#include "tests/support/places.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

namespace tarama {
namespace {

TEST(CliPage, SaysWhatHelpSays) {
  const auto path = test::source_folder() / "docs" / "CLI.md";
  const std::string page = cli::cli_page();
  if (std::getenv("TARAMA_UPDATE_DOCS") != nullptr) {
    std::ofstream(path, std::ios::binary) << page;
  }
  std::ifstream file(path, std::ios::binary);
  const std::string written(std::istreambuf_iterator<char>(file), {});

  EXPECT_EQ(written, page) << "TARAMA_UPDATE_DOCS=1 ./dev test -L docs writes it anew";
}

}  // namespace
}  // namespace tarama
