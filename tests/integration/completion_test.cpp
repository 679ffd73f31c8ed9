// Completion in a store with sweeps, and by the script that bash runs at Tab.
#include "tests/support/sweep_fixture.hpp"

#include <gtest/gtest.h>

#include <gmock/gmock.h>
#include <sstream>
#include <string>
#include <vector>

namespace tarama::test {
namespace {

using testing::ElementsAre;
using testing::IsSupersetOf;

std::vector<std::string> words_of(const std::string& lines) {
  std::vector<std::string> words;
  std::istringstream text(lines);
  for (std::string line; std::getline(text, line);) {
    words.push_back(line.substr(0, line.find('\t')));
  }
  return words;
}

class CompletionInStore : public SweepFixture {
 protected:
  CompletionInStore() {
    use_store("my store");
    const std::string file = small_sweep();
    for (const std::string name : {"cola", "mrpc", "cola", R"("odd\u202ename")"}) {
      const ProgramResult run = tarama({"run", file, "--again", "--set", "name=" + name});
      EXPECT_EQ(run.exit_code, 0) << run.errors;
    }
  }

  std::vector<std::string> offered(std::vector<std::string> words) {
    words.insert(words.begin(), {bin("tarama"), "__complete", "--store", folder() / "my store"});
    const ProgramResult result = run_program(words);
    EXPECT_EQ(result.exit_code, 0) << result.errors;
    return words_of(result.output);
  }

  /// What bash would offer behind these words; `words` is bash, so that it may quote.
  std::vector<std::string> offered_by_bash(const std::string& words) {
    const std::string script = fmt::format(
        "source <({0} completion bash)\n"
        "COMP_WORDS=({0} {1})\n"
        "COMP_CWORD=$((${{#COMP_WORDS[@]}} - 1))\n"
        "_tarama\n"
        "printf '%s\\n' \"${{COMPREPLY[@]}}\"\n",
        bin("tarama"),
        words);
    const ProgramResult result = run_program({"/bin/bash", "-c", script});
    EXPECT_EQ(result.exit_code, 0) << result.errors;
    EXPECT_EQ(result.errors, "");
    return words_of(result.output);
  }
};

TEST_F(CompletionInStore, OffersSweepsByNameAndTheirRuns) {
  for (const char* command : {"levels", "wait", "pause", "list", "show", "extend", "errors"}) {
    EXPECT_THAT(offered({command, "co"}), ElementsAre("cola")) << command;
  }
  EXPECT_THAT(offered({"levels", ""}), ElementsAre("last", "cola", "mrpc"));
  EXPECT_THAT(offered({"levels", "1"}), ElementsAre("1"));
  EXPECT_THAT(offered({"show", "la"}), ElementsAre("last", "last/best"));
  EXPECT_THAT(offered({"show", "mrpc/"}),
              ElementsAre("mrpc/best", "mrpc/5", "mrpc/6", "mrpc/7", "mrpc/8"));
}

TEST_F(CompletionInStore, BashsScriptOffersTheSame) {
  const std::string store = (folder() / "my store").string();

  EXPECT_THAT(offered_by_bash("--"), IsSupersetOf({"--store", "--json"}));
  EXPECT_THAT(offered_by_bash(fmt::format("--store \"'{}'\" le", store)), ElementsAre("levels"));
  EXPECT_THAT(offered_by_bash(fmt::format("levels --store \"'{}'\" m", store)),
              ElementsAre("mrpc"));
  EXPECT_THAT(offered_by_bash("query --format = js"), ElementsAre("json", "jsonl"));
}

}  // namespace
}  // namespace tarama::test
