// The command line: usage, exit codes, and where things are printed. Commands that need an
// orchestrator or a worker are in tests/integration.
#include "cli/program.hpp"

#include "cli/command.hpp"
#include "db/sqlite/sqlite_store.hpp"
#include "tests/support/temp_folder.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <gmock/gmock.h>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <sstream>
#include <string>
#include <vector>

namespace tarama::cli {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

struct Said {
  ExitCode code = ExitCode::done;
  std::string out;
  std::string err;
};

using Variables = std::map<std::string, std::string>;

Said say(const std::vector<std::string>& arguments, const Variables& variables = {}) {
  std::ostringstream out;
  std::ostringstream err;
  const auto environment = [&](const std::string& name) -> std::optional<std::string> {
    const auto found = variables.find(name);
    return found == variables.end() ? std::nullopt : std::optional(found->second);
  };
  const ExitCode code = run_cli(arguments, {out, err}, environment);
  return {code, out.str(), err.str()};
}

class ProgramInFolder : public testing::Test {
 protected:
  [[nodiscard]] std::string store() const { return folder_.path() / "store"; }

  std::string write(const std::string& name, const std::string& text) {
    std::ofstream(folder_.path() / name) << text;
    return folder_.path() / name;
  }

  [[nodiscard]] const std::filesystem::path& folder() const { return folder_.path(); }

 private:
  test::TempFolder folder_;
};

TEST_F(ProgramInFolder, AnImportedFileIsPrintedAndItsWarningsAreNot) {
  const std::string file = write("wandb.yaml",
                                 "program: train.py\nmethod: random\nmetric: {name: loss}\n"
                                 "parameters:\n  lr: {values: [0.1, 1.0]}\n");
  const Said said = say({"import", "wandb", file});

  EXPECT_EQ(said.code, ExitCode::done);
  EXPECT_THAT(said.out, HasSubstr("name: train-wandb\nmethod: random\n"));
  EXPECT_THAT(said.out, testing::Not(HasSubstr("warning")));
  EXPECT_THAT(said.err, HasSubstr(file + ":2: warning: there is no run_cap"));
  EXPECT_THAT(said.err, HasSubstr(file + ":5: warning: parameters.lr: "));
  write("tarama.yaml", said.out);
  write("train.py", "");
  EXPECT_EQ(say({"plan", folder() / "tarama.yaml"}).code, ExitCode::done);
}

TEST_F(ProgramInFolder, AFileThatCannotBeImportedIsRefusedWithItsLine) {
  const std::string file =
      write("wandb.yaml", "method: grid\nparameters:\n  optimizer: {values: [adam]}\n");
  const Said said = say({"import", "wandb", file});

  EXPECT_EQ(said.code, ExitCode::usage);
  EXPECT_EQ(said.out, "");
  EXPECT_THAT(said.err, HasSubstr(file + ":3:3: no program: add program: train.py"));
}

TEST(Program, AloneItPrintsItsHelpAndFails) {
  const Said said = say({});

  EXPECT_EQ(said.code, ExitCode::usage);
  EXPECT_THAT(said.out, HasSubstr("Commands:"));
}

TEST(Program, TellsItsVersion) {
  const Said said = say({"--version"});

  EXPECT_EQ(said.code, ExitCode::done);
  EXPECT_EQ(said.out, std::string("tarama ") + TARAMA_VERSION + "\n");
}

TEST(Program, EveryCommandHasHelpWithAnExample) {
  for (const Command& command : all_commands()) {
    const Said said = say({command.name, "--help"});
    EXPECT_EQ(said.code, ExitCode::done) << command.name;
    EXPECT_THAT(said.out, HasSubstr("Example:\n  " + command.example)) << command.name;
    EXPECT_THAT(command.example, StartsWith("tarama " + command.name)) << command.name;
  }
}

TEST(Program, AnUnknownCommandNamesTheNearest) {
  const Said said = say({"stauts"});

  EXPECT_EQ(said.code, ExitCode::usage);
  EXPECT_EQ(said.err, "tarama: stauts is not a command; did you mean status?\n");
}

TEST(Program, AnUnknownOptionNamesTheNearest) {
  const Said said = say({"wait", "x", "--timeot", "5s"});

  EXPECT_EQ(said.code, ExitCode::usage);
  EXPECT_EQ(said.err,
            "tarama: --timeot is not an option of `tarama wait`; did you mean --timeout?\n");
}

TEST(Program, OneArgumentTooManyIsAnError) {
  const Said said = say({"levels", "a", "b"});

  EXPECT_EQ(said.code, ExitCode::usage);
  EXPECT_THAT(said.err, HasSubstr("does not take the argument b"));
}

TEST(Program, AMissingArgumentIsNamed) {
  const Said said = say({"cancel"});

  EXPECT_EQ(said.code, ExitCode::usage);
  EXPECT_THAT(said.err, HasSubstr("SWEEP"));
  EXPECT_THAT(said.err, HasSubstr("tarama cancel --help"));
}

TEST(Program, GlobalOptionsStandBeforeAndAfterTheCommand) {
  for (const auto& arguments : {std::vector<std::string>{"--store", "/nowhere/s", "list"},
                                std::vector<std::string>{"list", "--store", "/nowhere/s"}}) {
    const Said said = say(arguments);
    EXPECT_EQ(said.code, ExitCode::not_found);
    EXPECT_THAT(said.err, HasSubstr("/nowhere/s"));
  }
}

TEST(Program, TheStoreIsNamedByTheEnvironmentElse) {
  EXPECT_THAT(say({"list"}, {{"TARAMA_STORE", "/nowhere/env"}}).err, HasSubstr("/nowhere/env"));
}

TEST(Program, ErrorsAreRedOnlyWhereColourIsWanted) {
  EXPECT_THAT(say({"list", "--store", "/nowhere/s", "--color", "always"}).err,
              StartsWith("\x1b[31mtarama:\x1b[0m "));
  EXPECT_THAT(say({"list", "--store", "/nowhere/s"}).err, StartsWith("tarama: "));
}

TEST(Program, ADurationThatIsNoneIsAUsageError) {
  const Said said = say({"wait", "x", "--timeout", "soon"});

  EXPECT_EQ(said.code, ExitCode::usage);
  EXPECT_THAT(said.err, HasSubstr("'soon' is not a duration"));
}

TEST_F(ProgramInFolder, StatusWithoutAStoreIsAnEmptyAccount) {
  const Said said = say({"status", "--json", "--store", store()});

  EXPECT_EQ(said.code, ExitCode::refused);
  const nlohmann::json document = nlohmann::json::parse(said.out);
  EXPECT_EQ(document["orchestrator"], nullptr);
  EXPECT_EQ(document["workers"], nlohmann::json::array());
  EXPECT_EQ(document["sweeps"], nlohmann::json::array());
  EXPECT_THAT(said.err, HasSubstr("does not exist: nothing was run in this store yet"));
  EXPECT_FALSE(std::filesystem::exists(store()));
}

TEST_F(ProgramInFolder, StopWithoutAnOrchestratorIsRefused) {
  const Said said = say({"stop", "--store", store()});

  EXPECT_EQ(said.code, ExitCode::refused);
  EXPECT_THAT(said.err, HasSubstr("no orchestrator runs on the store " + store()));
}

TEST_F(ProgramInFolder, AWorkerProgramThatIsNotThereIsFoundBeforeAnythingIsWritten) {
  const Said said = say({"serve", "--store", store(), "--worker", folder() / "none"});

  EXPECT_EQ(said.code, ExitCode::not_found);
  EXPECT_THAT(said.err, HasSubstr("is not an executable file"));
  EXPECT_FALSE(std::filesystem::exists(store()));
}

TEST_F(ProgramInFolder, AllProblemsOfAFileAreToldAndNothingIsWritten) {
  const std::string file =
      write("sweep.yaml", "name: x\nparameters: {lr: {values: [0]}}\nmodle: {}\n");

  const Said said = say({"run", file, "--store", store()});

  EXPECT_EQ(said.code, ExitCode::usage);
  EXPECT_THAT(said.err, HasSubstr(file + ":2:"));
  EXPECT_THAT(said.err, HasSubstr(file + ":3:1: "));
  EXPECT_EQ(said.out, "");
  EXPECT_FALSE(std::filesystem::exists(store()));
}

TEST_F(ProgramInFolder, PlanCountsRunsAndStepsAndMakesNoStore) {
  std::string rows;
  for (int i = 0; i < 20; ++i) {
    rows += std::string(i % 2 == 0 ? "warm\tthe sun" : "cold\tthe ice") + " is here\n";
  }
  write("train.tsv", rows);
  const std::string file = write("sweep.yaml",
                                 "name: small\n"
                                 "parameters:\n"
                                 "  lr: {values: [1e-3, 3e-3]}\n"
                                 "  warmup: {value: 0.1}\n"
                                 "  epochs: {values: [1, 2]}\n"
                                 "replicates: 3\n"
                                 "data: {train: train.tsv, eval: train.tsv, text: 1, label: 0}\n"
                                 "model: {layers: 1, hidden: 16, heads: 2}\n"
                                 "training: {batch_size: 8, t_total: none}\n");

  const Said said = say({"plan", file, "--json", "--store", store()});

  ASSERT_EQ(said.code, ExitCode::done) << said.err;
  const auto plan = nlohmann::json::parse(said.out);
  EXPECT_EQ(plan["runs"], 12);
  EXPECT_EQ(plan["levels"], 4);
  EXPECT_EQ(plan["replicates"], 3);
  EXPECT_EQ(plan["steps"], 2 * 3 * (3 + 6));  // 20 texts are 3 batches of 8
  EXPECT_GT(plan["estimate"]["seconds"], 0);
  EXPECT_THAT(plan["estimate"]["basis"].get<std::string>(), HasSubstr("rough figure"));
  ASSERT_FALSE(plan["warnings"].empty());
  EXPECT_EQ(plan["warnings"][0]["code"], "warmup_without_t_total");
  EXPECT_EQ(plan["warnings"][0]["line"], 9);
  EXPECT_EQ(plan["inputs"][0]["classes"], 2);
  EXPECT_FALSE(std::filesystem::exists(store()));
}

class ProgramWithStore : public ProgramInFolder {
 protected:
  ProgramWithStore() {
    std::filesystem::create_directories(store());
    const auto made = db::open_sqlite_store(std::filesystem::path(store()) / "tarama.db");
    EXPECT_TRUE(made) << made.error().message;
  }
};

TEST_F(ProgramWithStore, BackupCopiesTheStoreAndSaysWhereAndHowLarge) {
  const std::string file = folder() / "copy.db";

  const Said said = say({"backup", file, "--store", store()});

  EXPECT_EQ(said.code, ExitCode::done) << said.err;
  EXPECT_THAT(said.out, StartsWith(file + ": "));
  EXPECT_THAT(said.out, HasSubstr("B, checked, schema version 2\n"));
  EXPECT_TRUE(std::filesystem::exists(file));
}

TEST_F(ProgramWithStore, AMistypedStoreIsSaidWithTheOneThatIsMeant) {
  const std::string mistyped = folder() / "stroe";
  for (const char* command : {"list", "levels", "status", "show", "wait", "query"}) {
    std::vector<std::string> arguments = {command, "--store", mistyped};
    if (arguments.front() == "query") {
      arguments.emplace_back("SELECT 1");
    }
    EXPECT_THAT(say(arguments).err, HasSubstr("did you mean " + store() + "?")) << command;
  }
  EXPECT_FALSE(std::filesystem::exists(mistyped));
}

TEST_F(ProgramWithStore, AHintQuotesThePathOfTheStore) {
  const std::filesystem::path moved = folder() / "my store's";
  std::filesystem::rename(store(), moved);

  EXPECT_THAT(say({"pause", "x", "--store", moved}).err, HasSubstr("no sweep 'x'"));
  EXPECT_THAT(say({"stop", "--store", moved}).err,
              HasSubstr("`tarama serve --store '" + (folder() / "my store'\\''s").string() + "'`"));
}

TEST_F(ProgramWithStore, WhatAnErrorRepeatsCannotSteerTheTerminal) {
  const Said said = say({"levels", "\x1b]0;title\x07\u202e", "--store", store()});

  EXPECT_EQ(said.code, ExitCode::not_found);
  EXPECT_THAT(said.err, HasSubstr("no sweep '\\x1b]0;title\\x07\\u202e'"));
}

TEST_F(ProgramWithStore, BackupUnderJsonIsOneDocument) {
  const std::string file = folder() / "copy.db";

  const Said said = say({"backup", file, "--store", store(), "--json"});

  EXPECT_EQ(said.code, ExitCode::done) << said.err;
  const auto document = nlohmann::json::parse(said.out);
  EXPECT_EQ(document.at("file"), file);
  EXPECT_EQ(document.at("bytes"), std::filesystem::file_size(file));
  EXPECT_EQ(document.at("schema"), 2);
}

TEST_F(ProgramWithStore, BackupOverwritesNothing) {
  const std::string file = write("precious", "text");

  const Said said = say({"backup", file, "--store", store()});

  EXPECT_EQ(said.code, ExitCode::refused);
  EXPECT_THAT(said.err, HasSubstr("is there already, and a backup overwrites nothing"));
  EXPECT_EQ(std::filesystem::file_size(file), 4U);
}

TEST_F(ProgramWithStore, QueryWritesRowsAsTheyCome) {
  const Said said =
      say({"query",
           "--store",
           store(),
           "--format",
           "csv",
           "SELECT abs(column1) AS n FROM (VALUES (-1), (-9223372036854775807 - 1))"});

  EXPECT_EQ(said.code, ExitCode::usage);
  EXPECT_EQ(said.out, "n\r\n1\r\n");
  EXPECT_THAT(said.err, HasSubstr("integer overflow"));
}

}  // namespace
}  // namespace tarama::cli
