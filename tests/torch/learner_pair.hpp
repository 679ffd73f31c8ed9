// One step's gradients by either learner's own parts, in either precision, on made-up models and
// batches.
#pragma once

#include "tests/support/made_up_case.hpp"
#include "worker/packed/kernels/kernel_table.hpp"
#include "worker/torch/bert_parameters.hpp"

#include <map>
#include <string>
#include <vector>

namespace tarama::test {

struct Gradients {
  double loss = 0;
  std::map<std::string, std::vector<double>> of;  // by the parameter's name, whole
};

[[nodiscard]] Gradients torch_gradients(const MadeUpCase& made_up, torch_trainer::FloatType type);
[[nodiscard]] Gradients packed_gradients(const MadeUpCase& made_up,
                                         const packed::KernelTable<float>& kernels);
[[nodiscard]] Gradients packed_gradients(const MadeUpCase& made_up,
                                         const packed::KernelTable<double>& kernels);

/// Over all parameters the largest |a - b|, as a share of the larger of the parameter's largest
/// gradient and a thousandth of all parameters' largest.
[[nodiscard]] double largest_difference(const Gradients& a, const Gradients& b);

}  // namespace tarama::test
