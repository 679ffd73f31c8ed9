// Files that are no sweep files at all, or are made to do harm: refused, quickly, without a crash.
#include "tests/unit/config/config_fixture.hpp"
#include "tests/unit/config/wrong_file.hpp"

#include <fmt/format.h>

#include <gmock/gmock.h>
#include <rapidcheck.h>

namespace tarama::config::test {

namespace {

using testing::ElementsAre;

class HostileFiles : public ConfigFixture {
 protected:
  std::vector<std::string> problems_of(const std::filesystem::path& path) {
    SweepFileRequest request;
    request.path = path;
    return printed(read_sweep_file(request));
  }

  std::vector<std::string> problems_in(const std::string& text) { return printed(read(text)); }

  static std::string repeated(const std::string& text, int count) {
    std::string result;
    for (int time = 0; time < count; ++time) {
      result += text;
    }
    return result;
  }
};

TEST_F(HostileFiles, MayBeMissing) {
  EXPECT_THAT(problems_of(folder() / "no.yaml"),
              ElementsAre("FOLDER/no.yaml: there is no such file; expected a sweep file"));
}

TEST_F(HostileFiles, MayBeFolders) {
  EXPECT_THAT(problems_of(folder() / "model"),
              ElementsAre("FOLDER/model: this is a folder; expected a sweep file"));
}

TEST_F(HostileFiles, MayBeLarge) {
  EXPECT_THAT(problems_in(std::string(1'048'577, ' ')),
              ElementsAre("FOLDER/sweep.yaml: it is larger than 1 MiB; expected a sweep file"));
}

TEST_F(HostileFiles, MayBeBinary) {
  EXPECT_THAT(problems_in(std::string("SQLite format 3\0\x10\0", 18)),
              ElementsAre("FOLDER/sweep.yaml:1:16: the byte 0x00 cannot stand here; expected UTF-8 "
                          "text"));
}

TEST_F(HostileFiles, MayBeUtf16) {
  EXPECT_THAT(problems_in(std::string("\xff\xfen\0a\0", 6)),
              ElementsAre("FOLDER/sweep.yaml:1:1: the file is UTF-16, expected UTF-8; convert it "
                          "with: iconv -f UTF-16 -t UTF-8"));
}

TEST_F(HostileFiles, MayEndTheirLinesAtCrAlone) {
  EXPECT_THAT(problems_in("name: x\rdescription: y\r"),
              ElementsAre("FOLDER/sweep.yaml:1:1: the lines end at CR alone, expected LF or CRLF; "
                          "convert the file with: tr '\\r' '\\n' < FILE > NEW_FILE"));
}

TEST_F(HostileFiles, MayNestBrackets) {
  EXPECT_EQ(problems_in("name: " + std::string(100'000, '[')).size(), 1U);
  EXPECT_EQ(problems_in("name: " + std::string(100'000, '{')).size(), 1U);
  EXPECT_EQ(problems_in(repeated("- ", 50'000)).size(), 1U);
}

TEST_F(HostileFiles, MayGrowByAliases) {
  std::string text = right_file + "a0: &a0 [x, x]\n";
  for (int level = 1; level < 40; ++level) {
    text += fmt::format("a{0}: &a{0} [*a{1}, *a{1}, *a{1}]\n", level, level - 1);
  }

  EXPECT_EQ(problems_in(text).size(), 40U);
}

TEST_F(HostileFiles, MayHaveVeryManyProblems) {
  std::string text;
  for (int key = 0; key < 20'000; ++key) {
    text += fmt::format("key{}: 1\n", key);
  }

  const std::vector<std::string> problems = problems_in(text);

  EXPECT_EQ(problems.size(), 201U);
  EXPECT_EQ(problems.back(), "FOLDER/sweep.yaml: these are 200 problems; more may follow");
}

// Whatever single places of a right file are changed to, reading ends with a spec or with
// problems, never both and never neither.
TEST_F(HostileFiles, MayBeMutationsOfARightFile) {
  const std::vector<std::string> fragments = {
      "\n", " ",  "\t",  ":",   ": ",     "- ",   "[",      "]",   "{",       "}",    ",",  "\"",
      "'",  "#",  "&a ", "*a",  "<<: *a", "!",    "!!str",  "|\n", ">\n",     "%",    "@",  "`",
      "? ", "~",  "$",   "${",  "${A}",   "$${",  "---\n",  "...", "\xff",    "\xc3", "é",  "0",
      "-1", "1e", ".5",  "inf", "none",   "auto", "values", "min", "model: ", "\\",   "\r", "\x01"};

  const bool is_ok = rc::check("a mutated file is read to an end", [&] {
    std::string text = right_file;
    const int changes = *rc::gen::inRange(1, 6);
    for (int change = 0; change < changes; ++change) {
      const auto place = *rc::gen::inRange<std::size_t>(0, text.size());
      const auto length = *rc::gen::inRange<std::size_t>(0, 5);
      text.replace(place, length, *rc::gen::elementOf(fragments));
    }

    const SweepFileOutcome outcome = read(text);

    RC_ASSERT(outcome.file.has_value() == outcome.problems.empty());
  });

  EXPECT_TRUE(is_ok);
}

// A NUL cannot be typed into an override, but any other bytes can.
TEST_F(HostileFiles, MayBeOverrides) {
  const bool is_ok = rc::check("an override is read to an end", [&] {
    const auto key = *rc::gen::elementOf(
        std::vector<std::string>{"name", "parameters", "parameters.lr", "model.x", "data", ""});
    const std::string value = *rc::gen::arbitrary<std::string>();

    const SweepFileOutcome outcome = read(right_file, {key + "=" + value});

    RC_ASSERT(outcome.file.has_value() == outcome.problems.empty());
  });

  EXPECT_TRUE(is_ok);
}

}  // namespace

}  // namespace tarama::config::test
