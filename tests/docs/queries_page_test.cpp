// docs/QUERIES.md: each of its questions asked of the sweep that it describes, the answer compared
// with the one that the page shows. TARAMA_UPDATE_DOCS=1 writes the answers anew.
#include "tests/support/places.hpp"
#include "tests/support/sweep_fixture.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>
#include <string>

namespace tarama::test {
namespace {

constexpr auto script = R"({"noise": 0.008, "default_mean": 0.72, "seed_effect": 0.5,
  "scores": [
    {"when": {"lr": 3e-4, "norm": "post", "warmup": 0}, "mean": 0.69},
    {"when": {"lr": 3e-4, "norm": "post"}, "mean": 0.74},
    {"when": {"lr": 3e-4}, "mean": 0.78},
    {"when": {"lr": 1e-4, "epochs": 3}, "mean": 0.81},
    {"when": {"lr": 1e-4}, "mean": 0.80},
    {"when": {"lr": 3e-5}, "mean": 0.78}],
  "faults": [
    {"when": {"lr": 3e-4, "norm": "post", "warmup": 0, "seed": 2}, "step": 4, "do": "nan"},
    {"when": {"lr": 3e-5, "norm": "pre", "warmup": 0, "epochs": 2, "seed": 3}, "attempt": 1,
     "step": 3, "do": "crash"}]})";

class QueriesPage : public SweepFixture {
 protected:
  void SetUp() override {
    const std::string file = sweep_file(
        "  lr: {values: [1e-5, 3e-5, 1e-4, 3e-4]}\n"
        "  warmup: {values: [0, 0.1]}\n"
        "  epochs: {values: [2, 3]}\n"
        "  norm: {values: [post, pre]}\n",
        "replicates: 3\ntraining: {batch_size: 8}\n");
    const ProgramResult run =
        tarama({"run", file}, {{"TARAMA_FAKE_SCRIPT", write("script.json", script)}});
    ASSERT_TRUE(run.exit_code == 0 || run.exit_code == 5) << run.errors;
  }

  /// What the page shows below a question; nothing where there are no rows to show.
  std::string answer_to(const std::string& sql) {
    const ProgramResult result = tarama({"query", sql});
    EXPECT_EQ(result.exit_code, 0) << sql << "\n" << result.errors;
    const bool has_rows = query(sql).size() > 0;
    return has_rows ? "\n```text\n" + result.output + "```\n" : "";
  }

  /// The page with the answers put anew behind its questions.
  std::string with_answers(const std::string& page) {
    const std::string begin = "```sql\n";
    const std::string end = "```\n";
    const std::string shown = "\n```text\n";
    std::string result;
    std::size_t place = 0;
    for (std::size_t from = page.find(begin); from != std::string::npos;
         from = page.find(begin, place)) {
      const std::size_t sql = from + begin.size();
      const std::size_t until = page.find(end, sql);
      result += page.substr(place, until + end.size() - place);
      result += answer_to(page.substr(sql, until - sql));
      place = until + end.size();
      if (page.compare(place, shown.size(), shown) == 0) {
        place = page.find(end, place + shown.size()) + end.size();
      }
      ++questions_;
    }
    return result + page.substr(place);
  }

  int questions_ = 0;
};

TEST_F(QueriesPage, ShowsWhatItsQueriesAnswer) {
  const std::filesystem::path file = source_folder() / "docs/QUERIES.md";
  std::ifstream in(file);
  const std::string page{std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};

  const std::string expected = with_answers(page);

  if (std::getenv("TARAMA_UPDATE_DOCS") != nullptr) {
    std::ofstream(file) << expected;
    return;
  }
  EXPECT_GE(questions_, 15);
  EXPECT_EQ(page, expected) << "run this test with TARAMA_UPDATE_DOCS=1, and commit the page";
}

}  // namespace
}  // namespace tarama::test
