// Bias and activation between the two halves of the feed-forward part, a block a row.
#pragma once

#include "worker/cuda/kernels/block.hpp"
#include "worker/cuda/kernels/row_values.hpp"
#include "worker/cuda/kernels/step_header.hpp"

namespace tarama::cuda {

/// As tarama::Activation has them, which tests hold it to.
enum class Curve : Int32 { gelu, gelu_tanh, relu };

struct CurvePoint {
  float value;
  float slope;
};

TARAMA_DEVICE CurvePoint gelu_at(float x) {
  const float below = 0.5F * erfcf(x * -0.70710678F);  // the normal distribution
  const float density = expf(-0.5F * x * x) * 0.39894228F;
  return {x * below, below + x * density};
}

/// x times the logistic function of 2u, u = sqrt(2 / pi) (x + 0.044715 x^3): that is (1 + tanh(u))
/// / 2, without what cancels in it far below 0.
TARAMA_DEVICE CurvePoint gelu_tanh_at(float x) {
  constexpr float scale = 1.5957691F;  // 2 sqrt(2 / pi)
  constexpr float cubic = 0.044715F;
  const float square = x * x;
  const float share = 1.0F / (1.0F + expf(-scale * x * (square * cubic + 1.0F)));
  const float inner = scale * (square * (3.0F * cubic) + 1.0F);
  return {x * share, share + x * share * (1.0F - share) * inner};
}

TARAMA_DEVICE CurvePoint curve_at(Curve curve, float x) {
  if (curve == Curve::gelu) {
    return gelu_at(x);
  }
  if (curve == Curve::gelu_tanh) {
    return gelu_tanh_at(x);
  }
  // Not by a comparison that drops what is not a number.
  return {x < 0.0F ? 0.0F : x, x > 0.0F ? 1.0F : 0.0F};
}

template <class T>
struct ActivateArgs {
  BatchView batch;
  RowsOf rows;
  Int32 width;
  Curve curve;
  Ptr<const T> x;  // [rows, width], without the bias
  Ptr<const float> bias;
};

enum class Way : Int32 { forward, backward };

/// Forward: out = curve(x + bias). Backward: out, the gradient of that, times the curve's slope; in
/// place.
template <class T, Way way>
struct ActivateRows {
  struct Args : ActivateArgs<T> {
    Ptr<T> out;
  };

  using Shared = Nothing;
  using Local = Nothing;
  static constexpr Int32 most_threads = most_row_threads;

  static TARAMA_DEVICE void run(const Args& args, Shared&, Block<Local>& block) {
    const Int32 row = block.place().x;
    const Int64 first = static_cast<Int64>(row) * args.width;
    block.each([&](const Thread& thread, Local&) {
      if (row >= rows_in(args.batch, args.rows)) {
        clear_row(thread, args.width, row, args.out);
        return;
      }
      for (Int32 i = thread.index; i < args.width; i += thread.count) {
        T& out = args.out[first + i];
        const CurvePoint point = curve_at(args.curve, widened(args.x[first + i]) + args.bias[i]);
        out = rounded<T>(way == Way::forward ? point.value : widened(out) * point.slope);
      }
    });
  }
};

template <class T>
using Activate = ActivateRows<T, Way::forward>;
template <class T>
using ActivateBackward = ActivateRows<T, Way::backward>;

}  // namespace tarama::cuda
