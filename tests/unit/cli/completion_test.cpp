// What may stand at the cursor, asked as the shells' scripts do. Sweeps and the scripts themselves
// are in tests/integration.
#include "cli/completion.hpp"

#include "cli/command.hpp"
#include "cli/program.hpp"

#include <gtest/gtest.h>

#include <gmock/gmock.h>
#include <optional>
#include <sstream>
#include <string>
#include <vector>

namespace tarama::cli {
namespace {

using testing::AllOf;
using testing::Contains;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::IsSupersetOf;
using testing::Not;

/// The candidates without their meanings, ":files" among them.
std::vector<std::string> offered(std::vector<std::string> words) {
  words.insert(words.begin(), completion_request);
  std::ostringstream out;
  std::ostringstream err;
  const auto environment = [](const std::string&) { return std::optional<std::string>(); };
  EXPECT_EQ(run_cli(words, {out, err}, environment), ExitCode::done);
  EXPECT_EQ(err.str(), "");
  std::vector<std::string> candidates;
  std::istringstream lines(out.str());
  for (std::string line; std::getline(lines, line);) {
    candidates.push_back(line.substr(0, line.find('\t')));
  }
  return candidates;
}

TEST(Completion, OffersCommandsWhereverOneMayStand) {
  std::vector<std::string> names;
  for (const Command& command : all_commands()) {
    names.push_back(command.name);
  }
  EXPECT_EQ(offered({""}), names);
  EXPECT_EQ(offered({}), names);
  EXPECT_THAT(offered({"le"}), ElementsAre("levels"));
  EXPECT_THAT(offered({"--store", "s", "le"}), ElementsAre("levels"));
  EXPECT_THAT(offered({"--store=s", "-q", "--color", "never", "le"}), ElementsAre("levels"));
  EXPECT_THAT(offered({"--store", "=", "s", "le"}), ElementsAre("levels"));  // as bash splits it
}

TEST(Completion, OffersOptionsBeforeAndBehindTheCommand) {
  EXPECT_THAT(offered({"--"}),
              AllOf(IsSupersetOf({"--store", "--json", "--color", "--help", "--version"}),
                    Not(Contains("--format"))));
  EXPECT_THAT(offered({"--st"}), ElementsAre("--store"));
  EXPECT_THAT(offered({"query", "--"}), IsSupersetOf({"--format", "--store", "--json"}));
  EXPECT_THAT(offered({"query", "SELECT 1", "--fo"}), ElementsAre("--format"));
  EXPECT_THAT(offered({"-v", "plan", "x.yaml", "-"}), Contains("--set"));
}

TEST(Completion, OffersTheValuesOfAnOption) {
  EXPECT_THAT(offered({"query", "--format", ""}), ElementsAre("table", "csv", "json", "jsonl"));
  EXPECT_THAT(offered({"query", "--format", "js"}), ElementsAre("json", "jsonl"));
  EXPECT_THAT(offered({"export", "x", "--format=op"}), ElementsAre("--format=optuna"));
  EXPECT_THAT(offered({"export", "x", "--format", "=", "op"}), ElementsAre("optuna"));
  EXPECT_THAT(offered({"export", "x", "--format", "="}), Contains("csv"));
  EXPECT_THAT(offered({"--color", "a"}), ElementsAre("auto", "always"));
  EXPECT_THAT(offered({"completion", ""}), ElementsAre("bash", "zsh", "fish"));
  EXPECT_THAT(offered({"import", "w"}), ElementsAre("wandb"));
  EXPECT_THAT(offered({"errors", "--level", "b"}), ElementsAre("best"));
}

TEST(Completion, LeavesFilesToTheShell) {
  for (const auto& words : {std::vector<std::string>{"run", ""},
                            std::vector<std::string>{"--store", ""},
                            std::vector<std::string>{"plan", "--set", "seed=1", "con"},
                            std::vector<std::string>{"doctor", "mod"},
                            std::vector<std::string>{"export", "x", "-o", ""},
                            std::vector<std::string>{"import", "wandb", ""},
                            std::vector<std::string>{"predict", "model", "texts"},
                            std::vector<std::string>{"run", "--worker", ""},
                            std::vector<std::string>{"run", "--", "-odd"}}) {
    EXPECT_THAT(offered(words), ElementsAre(":files")) << testing::PrintToString(words);
  }
}

TEST(Completion, OffersNothingWhereNothingFits) {
  EXPECT_THAT(offered({"stauts", ""}), IsEmpty());
  EXPECT_THAT(offered({"levels", "a", "b"}), IsEmpty());
  EXPECT_THAT(offered({"query", "SEL"}), IsEmpty());
  EXPECT_THAT(offered({"levels", "--store", "/nowhere", ""}), ElementsAre());
  EXPECT_THAT(offered({"wait", "--timeout", ""}), IsEmpty());
}

}  // namespace
}  // namespace tarama::cli
