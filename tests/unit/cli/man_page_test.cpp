// Manual pages say what the help says.
#include "cli/man_page.hpp"

#include "cli/program.hpp"

#include <gtest/gtest.h>

#include <gmock/gmock.h>

namespace tarama::cli {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

TEST(ManPage, HasTheSectionsAndEntriesOfTheHelp) {
  const std::string page = man_page("plan", help_text("plan"));

  EXPECT_THAT(page, StartsWith(".TH TARAMA\\-PLAN 1 "));
  EXPECT_THAT(page, HasSubstr(".SH NAME\ntarama\\-plan \\- What would run"));
  EXPECT_THAT(page, HasSubstr(".SH SYNOPSIS\n.B tarama plan [OPTIONS] FILE\n"));
  EXPECT_THAT(page, HasSubstr(".SH OPTIONS\n"));
  EXPECT_THAT(page, HasSubstr(".TP\n.B \\-\\-set KEY=YAML ...\nOverride a key of the file"));
  EXPECT_THAT(page, HasSubstr(".SH EXAMPLE\n.TP\n.B tarama plan configs/quickstart.yaml\n"));
}

TEST(ManPage, HidesWhatRoffWouldTakeForARequest) {
  EXPECT_THAT(man_page("x", "summary\n.hidden \\n\n"), HasSubstr("\n\\&.hidden \\en\n"));
}

TEST(ManPage, IsNamedForItsCommand) {
  EXPECT_EQ(man_page_name(""), "tarama.1");
  EXPECT_EQ(man_page_name("plan"), "tarama-plan.1");
}

}  // namespace
}  // namespace tarama::cli
