// The whole model in float32, by every vector unit, against itself in float64: gradients of any
// shape.
#include "tests/packed/tables.hpp"
#include "tests/support/packed_pass.hpp"
#include "tests/support/worse_of.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>
#include <span>
#include <vector>

namespace tarama::packed::test {
namespace {

using tarama::test::MadeUpCase;
using tarama::test::PackedPass;

template <class Real>
double largest_in(std::span<const Real> numbers) {
  double largest = 0;
  for (const Real number : numbers) {
    largest = std::max(largest, std::abs(static_cast<double>(number)));
  }
  return largest;
}

/// The largest |a - b| of a tensor, as a share of the larger of its largest and of a thousandth of
/// all tensors' largest; over all tensors.
double largest_difference(const ModelPlan& plan,
                          const std::vector<float>& a,
                          const std::vector<double>& b) {
  const double floor = 1e-3 * largest_in<double>(b);
  double worst = 0;
  for (const Slot& slot : plan.slots) {
    const auto offset = static_cast<std::size_t>(slot.offset);
    const auto elements = static_cast<std::size_t>(slot.elements());
    const std::span<const double> wanted = std::span(b).subspan(offset, elements);
    const double distance = farthest<float>(std::span(a).subspan(offset, elements), wanted);
    const double share = distance / std::max(floor, largest_in(wanted));
    worst = tarama::test::worse_of(worst, share);
  }
  return worst;
}

MadeUpCase any_case() {
  MadeUpCase made_up;
  made_up.norm = *rc::gen::element(Norm::post, Norm::pre);
  made_up.heads = *rc::gen::inRange<std::int64_t>(1, 5);
  made_up.hidden = made_up.heads * *rc::gen::inRange<std::int64_t>(24 / made_up.heads, 26);
  made_up.layers = *rc::gen::inRange<std::int64_t>(1, 4);
  made_up.intermediate = *rc::gen::inRange<std::int64_t>(1, 100);
  made_up.dropout = *rc::gen::element(0.0, 0.1, 0.5);
  made_up.seed = *rc::gen::inRange<std::int64_t>(1, 1000);
  const auto examples = *rc::gen::inRange(1, 7);
  for (int i = 0; i < examples; ++i) {
    made_up.lengths.push_back(*rc::gen::inRange<std::int32_t>(1, 36));
  }
  return made_up;
}

RC_GTEST_PROP(Gradients, OfAnyShapeInFloat32AreThoseOfFloat64, ()) {
  const MadeUpCase made_up = any_case();
  RC_LOG() << made_up.words() << "\n";
  PackedPass<double> exact(made_up, exact_kernels());
  const std::vector<double> wanted = exact.gradients();
  for (const char* const unit : vector_units) {
    if (const KernelTable<float>* const kernels = kernels_named(unit)) {
      PackedPass<float> pass(made_up, *kernels);
      RC_ASSERT(std::abs(pass.loss() - exact.loss()) < 1e-4);
      // What is wrong is wrong by a whole share. Rounding is some 1e-6 of it, but a LayerNorm over
      // numbers close to each other multiplies that.
      RC_ASSERT(largest_difference(exact.plan(), pass.gradients(), wanted) < 1e-3);
    }
  }
}

}  // namespace
}  // namespace tarama::packed::test
