// The packed learner beside the torch learner, its oracle: scores, gradients and losses of the same
// batches with the same masks.
#include "core/training/initial_weights.hpp"
#include "core/training/philox.hpp"
#include "tests/support/vector_units.hpp"
#include "tests/torch/learner_pair.hpp"
#include "worker/packed/kernels/kernel_table.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

namespace tarama::test {
namespace {

class PackedOfEitherNorm : public testing::TestWithParam<Norm> {};

INSTANTIATE_TEST_SUITE_P(Packed,
                         PackedOfEitherNorm,
                         testing::Values(Norm::post, Norm::pre),
                         [](const auto& norm) {
                           return norm.param == Norm::post ? "post" : "pre";
                         });

/// Models and batches of many shapes: widths that are no multiple of a vector, one token, one
/// example, pairs, padding among the tokens, more and fewer layers.
std::vector<MadeUpCase> shapes(Norm norm) {
  return {
      {.norm = norm,
       .hidden = 16,
       .layers = 2,
       .heads = 2,
       .intermediate = 64,
       .lengths = {5, 3, 9}},
      {.norm = norm, .hidden = 12, .layers = 1, .heads = 3, .intermediate = 20, .lengths = {1, 7}},
      {.norm = norm, .hidden = 24, .layers = 3, .heads = 1, .intermediate = 33, .lengths = {4}},
      {.norm = norm, .hidden = 64, .layers = 2, .heads = 2, .intermediate = 96, .lengths = {1}},
      {.norm = norm,
       .hidden = 96,
       .layers = 2,
       .heads = 3,
       .intermediate = 100,
       .lengths = {40, 2, 17, 33, 16, 15, 1}},
      {.norm = norm,
       .hidden = 128,
       .layers = 2,
       .heads = 2,
       .intermediate = 512,
       .lengths = {11, 12, 9, 64, 70, 8, 3, 20, 31}},
  };
}

TEST_P(PackedOfEitherNorm, InFloat64GradientsAreThoseOfTorch) {
  std::int64_t seed = 1;
  for (MadeUpCase made_up : shapes(GetParam())) {
    for (const double rate : {0.0, 0.2}) {
      made_up.dropout = rate;
      made_up.seed = ++seed;
      SCOPED_TRACE(made_up.words());

      const Gradients torch = torch_gradients(made_up, torch_trainer::FloatType::float64);
      const Gradients packed = packed_gradients(made_up, packed::exact_kernels());

      EXPECT_NEAR(packed.loss, torch.loss, 1e-11);
      EXPECT_LT(largest_difference(packed, torch), 1e-11);
    }
  }
}

/// Of one vector unit, over all shapes.
void expect_float32_of_torch(Norm norm, const packed::KernelTable<float>& kernels) {
  double torch_error = 0;
  double packed_error = 0;
  std::int64_t seed = 1;
  for (MadeUpCase made_up : shapes(norm)) {
    made_up.dropout = 0.1;
    made_up.seed = ++seed;
    SCOPED_TRACE(std::string(kernels.name) + ", " + made_up.words());

    const Gradients exact = torch_gradients(made_up, torch_trainer::FloatType::float64);
    const Gradients torch = torch_gradients(made_up, torch_trainer::FloatType::float32);
    const Gradients packed = packed_gradients(made_up, kernels);

    EXPECT_NEAR(packed.loss, torch.loss, 1e-6);
    EXPECT_LT(largest_difference(packed, torch), 1e-5);
    torch_error += largest_difference(torch, exact);
    packed_error += largest_difference(packed, exact);
  }
  EXPECT_LT(packed_error, 2 * torch_error) << kernels.name;
}

TEST_P(PackedOfEitherNorm, InFloat32GradientsAreThoseOfTorch) {
  for (const char* const unit : packed::test::vector_units) {
    // Null: this processor lacks it; another one has it.
    if (const packed::KernelTable<float>* const kernels = packed::kernels_named(unit)) {
      expect_float32_of_torch(GetParam(), *kernels);
    }
  }
}

}  // namespace
}  // namespace tarama::test
