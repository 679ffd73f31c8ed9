// What levels ask of a GPU.
#include "core/sweep/gpu_needs.hpp"

#include <gtest/gtest.h>

#include <gmock/gmock.h>

namespace tarama {
namespace {

using testing::HasSubstr;
using testing::Optional;

const std::set<LearnerName> both = {LearnerName::packed, LearnerName::torch};

GpuNeeds needs_of(LearnerName learner,
                  const LevelInputs& inputs,
                  const ModelSpec& model = {},
                  std::int64_t max_tokens = 128) {
  GpuNeeds needs;
  add_needs(needs, learner, {}, model, inputs, max_tokens);
  return needs;
}

TEST(GpuNeeds, ThePackedLearnerNeedsAGenerationAndKernels) {
  const GpuNeeds needs = needs_of(LearnerName::packed, {.hidden = 768});

  EXPECT_EQ(why_not_on_gpu(needs, both, ComputeCapability{8, 0}), std::nullopt);
  EXPECT_EQ(why_not_on_gpu(needs, both, ComputeCapability{12, 0}), std::nullopt);
  EXPECT_EQ(why_not_on_gpu(needs, both, std::nullopt), std::nullopt);
  EXPECT_THAT(
      why_not_on_gpu(needs, both, ComputeCapability{7, 5}),
      Optional(HasSubstr("its compute capability is 7.5, and the packed learner needs 8.0")));
  EXPECT_THAT(why_not_on_gpu(needs, {LearnerName::torch}, ComputeCapability{9, 0}),
              Optional(HasSubstr("cannot train by the packed learner on GPUs here")));
}

TEST(GpuNeeds, TorchTakesAnyGpuThatItsProgramCanUse) {
  const GpuNeeds needs = needs_of(LearnerName::torch, {.hidden = 8192}, {}, 4096);

  EXPECT_EQ(why_not_on_gpu(needs, both, ComputeCapability{7, 0}), std::nullopt);
  EXPECT_NE(why_not_on_gpu(needs, {LearnerName::packed}, ComputeCapability{9, 0}), std::nullopt);
}

TEST(GpuNeeds, WhatIsBeyondTheKernelsIsNamed) {
  ModelSpec wide_heads;
  wide_heads.hidden = 512;
  wide_heads.heads = 2;

  EXPECT_THAT(needs_of(LearnerName::packed, {.hidden = 5120}).beyond,
              HasSubstr("hidden_size is 5120, and the packed learner takes 4096 at most on GPUs"));
  EXPECT_THAT(needs_of(LearnerName::packed, {}, wide_heads).beyond,
              HasSubstr("the width of a head is 256"));
  EXPECT_THAT(needs_of(LearnerName::packed, {.hidden = 768}, {}, 513).beyond,
              HasSubstr("data.max_tokens is 513"));
  EXPECT_EQ(needs_of(LearnerName::packed, {.hidden = 4096}, {}, 512).beyond, "");
}

TEST(GpuNeeds, OneLevelDecidesForAll) {
  TrainingSettings bf16;
  bf16.precision = Precision::bf16;
  GpuNeeds needs = needs_of(LearnerName::torch, {});

  add_needs(needs, LearnerName::torch, bf16, {}, {}, 128);
  EXPECT_FALSE(needs.are_a_must);
  add_needs(needs, LearnerName::packed, bf16, {}, {}, 128);
  add_needs(needs, LearnerName::packed, {}, {}, {}, 128);

  EXPECT_EQ(needs, (GpuNeeds{.learners = both, .beyond = "", .are_a_must = true}));
}

}  // namespace
}  // namespace tarama
