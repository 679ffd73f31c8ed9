// Text of users that is SQL, shell or HTML to whoever does not look: a sweep's name, the path of
// its store, the texts and labels of its data. It comes out as it went in, and is never run.
#include "tests/support/sweep_fixture.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <gmock/gmock.h>
#include <sstream>

namespace tarama::test {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;
using testing::Not;

constexpr const char* evil_name =
    "a'; DROP TABLE run; -- \"$(touch owned)`touch owned`\" <script>alert(1)<img src=x onerror=1>";

std::string content_of_file(const fs::path& file) {
  std::ifstream in(file);
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

class HostileText : public SweepFixture {
 protected:
  HostileText() {
    std::string texts;
    for (int i = 0; i < 40; ++i) {
      texts += i % 2 == 0 ? "<b>x</b>\t" : "'; $(touch owned)\t";
      texts += fmt::format("word {} <script>alert(2)</script> \"; DROP TABLE run\n", i);
    }
    write("train.tsv", texts);
    write("eval.tsv", texts);
    use_store("st $(touch owned) '\";x");
    const nlohmann::json file = {
        {"name", evil_name},
        {"parameters",
         {{"lr", {{"values", {1e-3, 3e-3}}}},
          {"warmup", {{"value", 0}}},
          {"epochs", {{"value", 1}}}}},
        {"max_restarts", 0},
        {"data",
         {{"train", "train.tsv"},
          {"eval", "eval.tsv"},
          {"text", 1},
          {"label", 0},
          {"max_tokens", 16}}},
        {"model", {{"layers", 1}, {"hidden", 16}, {"heads", 2}}},
        {"on_end", "printf %s \"$TARAMA_NAME\" > \"$TARAMA_STORE/name.txt\""}};
    file_ = write("sweep.yaml", file.dump());
    const std::string script =
        write("script.json",
              R"({"faults": [{"when": {"lr": 1e-3}, "attempt": 1, "step": 1, "do": "crash"}]})");
    result_ = tarama({"run", file_}, {{"TARAMA_FAKE_SCRIPT", script}});
    EXPECT_EQ(result_.exit_code, 5) << result_.errors;
  }

  /// Nothing in the folder of the test was made by a command that stood in text.
  ~HostileText() override {
    EXPECT_FALSE(fs::exists("owned"));
    for (const auto& entry : fs::recursive_directory_iterator(folder())) {
      EXPECT_NE(entry.path().filename(), "owned") << entry.path();
    }
    EXPECT_EQ(value("SELECT count(*) FROM run"), 2);
  }

  std::string file_;
  ProgramResult result_;
};

TEST_F(HostileText, ReachesOnEndAsItIs) {
  EXPECT_EQ(content_of_file(folder() / "st $(touch owned) '\";x" / "name.txt"), evil_name);
}

TEST_F(HostileText, IsExportedFromEachTable) {
  for (const char* table : {"runs", "levels", "steps", "evals", "metrics", "predictions"}) {
    const ProgramResult done = tarama({"export",
                                       evil_name,
                                       "--format",
                                       "csv",
                                       "--table",
                                       table,
                                       "-o",
                                       folder() / fmt::format("{}.csv", table)});
    EXPECT_EQ(done.exit_code, 0) << table << ": " << done.errors;
  }
  const ProgramResult refused =
      tarama({"export", "--format", "csv", "--table", "run; DROP TABLE run", "-o", "-"});
  EXPECT_EQ(refused.exit_code, 2);
}

TEST_F(HostileText, IsTextInTheReport) {
  ASSERT_EQ(tarama({"report", "-o", folder() / "report.html"}).exit_code, 0);

  const std::string page = content_of_file(folder() / "report.html");

  EXPECT_THAT(page, Not(HasSubstr("<script>alert")));
  EXPECT_THAT(page, Not(HasSubstr("<img src=x")));
  EXPECT_THAT(page, HasSubstr("&lt;script&gt;alert(1)"));
}

TEST_F(HostileText, ThePrintedCommandWorksInAShell) {
  const std::string before = "run again by: ";
  const std::size_t begin = result_.output.find(before);
  ASSERT_NE(begin, std::string::npos) << result_.output;
  const std::size_t end = result_.output.find('\n', begin);
  const std::string line =
      result_.output.substr(begin + before.size(), end - begin - before.size());

  const ProgramResult retried = run_program(
      {"/bin/sh", "-c", fmt::format("cd '{}' && {}", folder().string(), line)},
      with_defaults({{"PATH", fs::path(bin("tarama")).parent_path().string() + ":/usr/bin:/bin"}}));

  EXPECT_EQ(retried.exit_code, 0) << line << "\n" << retried.errors;
  EXPECT_EQ(value("SELECT succeeded FROM account"), 2);
}

}  // namespace
}  // namespace tarama::test
