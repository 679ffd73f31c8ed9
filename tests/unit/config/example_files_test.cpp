// Every file of configs/ is a right sweep file, whether its data are on this machine or not; those
// of Weights & Biases become one.
#include "core/search/grid.hpp"
#include "orchestrator/config/config_warnings.hpp"
#include "orchestrator/config/sweep_file.hpp"
#include "orchestrator/config/wandb_import.hpp"
#include "tests/support/places.hpp"
#include "tests/support/temp_folder.hpp"

#include <algorithm>
#include <fstream>
#include <gmock/gmock.h>
#include <map>

namespace tarama::config::test {

namespace {

using testing::IsEmpty;

std::vector<std::filesystem::path> example_files() {
  std::vector<std::filesystem::path> files;
  for (const auto& entry :
       std::filesystem::recursive_directory_iterator(tarama::test::source_folder() / "configs")) {
    if (entry.path().extension() == ".yaml") {
      files.push_back(entry.path());
    }
  }
  std::sort(files.begin(), files.end());
  return files;
}

SweepFileOutcome read_example(const std::filesystem::path& path) {
  const std::map<std::string, std::string> variables = {{"COLA_DIR", "/data/cola"},
                                                        {"MINILM_DIR", "/models/minilm"}};
  SweepFileRequest request;
  request.path = path;
  request.named_files = NamedFiles::may_be_missing;
  request.environment = [&](const std::string& name) -> std::optional<std::string> {
    const auto found = variables.find(name);
    return found == variables.end() ? std::nullopt : std::optional(found->second);
  };
  return read_sweep_file(request);
}

/// What `tarama import wandb` makes of an example of their form, read as a sweep file.
std::vector<ConfigProblem> problems_of_imported(const std::filesystem::path& path) {
  const WandbImport imported = import_wandb(path);
  if (!imported.problems.empty()) {
    return imported.problems;
  }
  const tarama::test::TempFolder folder;
  std::ofstream(folder.path() / "sweep.yaml") << imported.yaml;
  return read_example(folder.path() / "sweep.yaml").problems;
}

class ExampleFiles : public testing::TestWithParam<std::filesystem::path> {};

TEST_P(ExampleFiles, AreRight) {
  const bool is_of_wandb = GetParam().filename() == "wandb.yaml";
  const std::vector<ConfigProblem> problems =
      is_of_wandb ? problems_of_imported(GetParam()) : read_example(GetParam()).problems;

  EXPECT_THAT(problems, IsEmpty());
}

std::string name_of_file(const testing::TestParamInfo<std::filesystem::path>& info) {
  const std::string folder = info.param.parent_path().filename().string();
  std::string name = (folder == "configs" ? "" : folder + "_") + info.param.stem().string();
  std::replace_if(
      name.begin(),
      name.end(),
      [](unsigned char letter) { return std::isalnum(letter) == 0; },
      '_');
  return name;
}

INSTANTIATE_TEST_SUITE_P(InConfigs, ExampleFiles, testing::ValuesIn(example_files()), name_of_file);

TEST(Quickstart, HasAtLeastTwelveRunsAndNoWarnings) {
  const SweepFileOutcome outcome =
      read_example(tarama::test::source_folder() / "configs/quickstart.yaml");

  ASSERT_TRUE(outcome.file.has_value());
  EXPECT_GE(count_levels(outcome.file->spec) * outcome.file->spec.replicates, 12);
  EXPECT_THAT(config_warnings(*outcome.file), IsEmpty());
}

TEST(TTotalTrap, IsWarnedOf) {
  const SweepFileOutcome outcome =
      read_example(tarama::test::source_folder() / "configs/t-total-trap.yaml");

  ASSERT_TRUE(outcome.file.has_value());
  ASSERT_EQ(config_warnings(*outcome.file).size(), 1U);
  EXPECT_EQ(config_warnings(*outcome.file)[0].code, "warmup_without_t_total");
}

}  // namespace

}  // namespace tarama::config::test
