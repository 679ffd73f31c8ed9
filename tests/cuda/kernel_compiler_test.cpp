// That NVRTC compiles the kernels for every generation that they are for, and that what it made is
// kept. Skipped where there is no NVRTC; TARAMA_NVRTC names one.
#include "worker/cuda/driver/kernel_compiler.hpp"

#include "tests/support/temp_folder.hpp"
#include "worker/cuda/driver/cuda_device.hpp"
#include "worker/cuda/driver/kernel_source.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <gmock/gmock.h>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tarama::cuda::test {
namespace {

using testing::HasSubstr;

TEST(KernelSource, IsWholeAndIncludesNothingFromOutside) {
  EXPECT_GE(kernel_headers().size(), 12U);
  for (const SourceFile& header : kernel_headers()) {
    const std::string_view text = header.text;
    EXPECT_THAT(std::string(text), HasSubstr("#pragma once")) << header.name;
    for (auto at = text.find("#include \""); at != std::string_view::npos;
         at = text.find("#include \"", at + 1)) {
      EXPECT_TRUE(text.substr(at).starts_with("#include \"worker/cuda/kernels/")) << header.name;
    }
  }
}

TEST(KernelCompiler, CompilesForEachGenerationAndKeepsWhatItMade) {
  if (const auto compiler = find_kernel_compiler(); !compiler) {
    GTEST_SKIP() << compiler.error().message;
  }
  const tarama::test::TempFolder folder;
  for (const char* const architecture : {"sm_80", "sm_90", "sm_100"}) {
    const auto compiled = compile_kernels(architecture, folder.path());
    ASSERT_TRUE(compiled) << compiled.error().message;
    EXPECT_FALSE(compiled->is_from_cache);
    EXPECT_EQ(std::string_view(compiled->code.data(), 4), "\177ELF");

    const auto again = compile_kernels(architecture, folder.path());

    ASSERT_TRUE(again);
    EXPECT_TRUE(again->is_from_cache);
    EXPECT_EQ(again->code, compiled->code);
  }
}

TEST(KernelCompiler, SaysWhatAnUnknownGenerationIs) {
  if (!find_kernel_compiler()) {
    GTEST_SKIP() << "there is no NVRTC";
  }
  const auto compiled = compile_kernels("sm_11", "");

  ASSERT_FALSE(compiled);
  EXPECT_THAT(compiled.error().message, HasSubstr("cannot compile the kernels for sm_11"));
}

/// Variables that name libraries are what they were behind each test.
class NamedLibraries : public testing::Test {
 protected:
  ~NamedLibraries() override {
    for (const auto& [name, value] : before_) {
      if (value) {
        setenv(name, value->c_str(), 1);
      } else {
        unsetenv(name);
      }
    }
  }

  void set(const char* name, const char* value) {
    const char* const before = std::getenv(name);
    before_.emplace_back(name,
                         before == nullptr ? std::nullopt : std::optional(std::string(before)));
    setenv(name, value, 1);
  }

 private:
  std::vector<std::pair<const char*, std::optional<std::string>>> before_;
};

TEST_F(NamedLibraries, AreTheOnlyOnesThatAreTried) {
  set("TARAMA_NVRTC", "/nowhere/libnvrtc.so");

  const auto compiler = find_kernel_compiler();

  ASSERT_FALSE(compiler);
  EXPECT_THAT(compiler.error().message, HasSubstr("(looked for /nowhere/libnvrtc.so)"));
}

TEST_F(NamedLibraries, MakeADeviceThatIsMissingAnErrorWithItsReason) {
  set("TARAMA_CUDA_DRIVER", "/nowhere/libcuda.so");

  const auto device = make_cuda_device(0);

  ASSERT_FALSE(device);
  EXPECT_THAT(device.error().message, HasSubstr("NVIDIA's driver cannot be opened"));
}

}  // namespace
}  // namespace tarama::cuda::test
