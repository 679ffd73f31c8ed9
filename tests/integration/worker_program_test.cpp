// tarama-worker by itself: what it says of its learners, with and without the torch library.
#include "tests/support/places.hpp"
#include "tests/support/program.hpp"
#include "tests/support/temp_folder.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <gmock/gmock.h>

namespace tarama::test {
namespace {

using testing::HasSubstr;

/// A copy of the program in a folder where no library lies.
std::string lonely_worker(const TempFolder& folder) {
  const auto program = folder.path() / "bin" / "tarama-worker";
  std::filesystem::create_directories(program.parent_path());
  std::filesystem::copy_file(bin("tarama-worker"), program);
  return program;
}

bool has_torch() {
  return std::filesystem::exists(bin("libtarama-torch.so"));
}

TEST(WorkerProgram, ItsProbeListsTheLearnersThatItHas) {
  const nlohmann::json probe = run_program({bin("tarama-worker"), "--probe"}, {}).json();

  EXPECT_EQ(probe["trainer"], "torch");
  EXPECT_EQ(probe["learners"].dump().find("torch") != std::string::npos, has_torch());
  EXPECT_EQ(probe["libtorch"].is_string(), has_torch());
}

TEST(WorkerProgram, WithoutTheTorchLibraryItSaysSoAndWhatToDo) {
  const TempFolder folder;
  const std::string worker = lonely_worker(folder);

  const nlohmann::json probe = run_program({worker, "--probe"}, {}).json();
  const ProgramResult served = run_program(
      {worker, "--connect", "x", "--store", folder.path(), "--worker", "1", "--device", "cuda:0"},
      {});

  EXPECT_EQ(probe["learners"].dump().find("torch"), std::string::npos);
  EXPECT_EQ(probe["libtorch"], nullptr);
  EXPECT_EQ(probe["cuda"], false);
  EXPECT_EQ(served.exit_code, 2);
  EXPECT_THAT(served.errors, HasSubstr("there is no " + (folder.path() / "bin").string()));
  EXPECT_THAT(served.errors, HasSubstr("build with TARAMA_WITH_TORCH=ON"));
}

}  // namespace
}  // namespace tarama::test
