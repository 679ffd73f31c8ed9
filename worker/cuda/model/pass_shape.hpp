// How large a pass over a part of a batch is, and what it works with.
#pragma once

#include "core/training/model_config.hpp"
#include "worker/cuda/device/device.hpp"
#include "worker/cuda/kernels/activation_kernels.hpp"
#include "worker/cuda/kernels/random.hpp"
#include "worker/cuda/kernels/row_kernels.hpp"
#include "worker/cuda/kernels/step_header.hpp"

#include <cstdint>
#include <type_traits>

namespace tarama::cuda {

/// Rows of a pass, those behind the batch's last ones included.
struct PassShape {
  std::int64_t tokens = 0;
  std::int64_t examples = 0;

  [[nodiscard]] std::int64_t rows(RowsOf rows) const {
    return rows == RowsOf::tokens ? tokens : examples;
  }
};

/// What dropout a pass has. A threshold of 0: none.
struct DropRate {
  Word threshold = 0;
  float scale = 1;

  [[nodiscard]] Dropout at(DropPlace place, std::int64_t layer = 0) const {
    return {
        .threshold = threshold, .scale = scale, .place = place, .layer = static_cast<Int32>(layer)};
  }
};

/// The parameters, by the plan: in float32, and as products read them.
struct ParameterPlaces {
  Address values = 0;
  Address of_products = 0;  // of the pass's type; in float32 the same
};

/// Where a pass is enqueued, and of which batch.
struct PassContext {
  StreamId stream{};
  BatchView batch{};
  PassShape shape{};
  DropRate dropout{};
  ParameterPlaces parameters{};
};

template <class T>
inline constexpr NumberType number_type =
    std::is_same_v<T, float> ? NumberType::float32 : NumberType::bfloat16;

[[nodiscard]] constexpr Curve curve_of(Activation activation) {
  switch (activation) {
    case Activation::gelu:
      return Curve::gelu;
    case Activation::gelu_tanh:
      return Curve::gelu_tanh;
    case Activation::relu:
      return Curve::relu;
  }
  return Curve::gelu;
}

[[nodiscard]] constexpr NormOrder order_of(Norm norm) {
  return norm == Norm::post ? NormOrder::post : NormOrder::pre;
}

}  // namespace tarama::cuda
