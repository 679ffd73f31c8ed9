// A made-up batch as kernels read it, in the host's own memory.
#pragma once

#include "tests/packed/tables.hpp"
#include "tests/support/made_up_case.hpp"
#include "worker/cuda/device/kernel_id.hpp"
#include "worker/cuda/model/batch_image.hpp"
#include "worker/packed/model/model_plan.hpp"
#include "worker/packed/model/token_layout.hpp"

#include <algorithm>
#include <cstdint>
#include <span>
#include <type_traits>
#include <utility>
#include <vector>

namespace tarama::cuda::test {

using packed::test::Numbers;
using tarama::test::MadeUpCase;

/// The same numbers on both sides, whatever the launch does to them.
inline constexpr ThreadOrder both_orders[] = {ThreadOrder::forwards, ThreadOrder::backwards};

template <class T>
Ptr<T> at(std::vector<std::remove_const_t<T>>& values) {
  return Ptr<T>(values.data());
}

/// `rows_behind`: rows of tokens and of examples behind the batch's last ones, as a bucket has
/// them.
class HostBatch {
 public:
  static constexpr std::int64_t rows_behind = 3;
  static constexpr StepScalars scalars = {.step = 5, .seed = 0x123456789AB, .lr = 1e-3};

  explicit HostBatch(const MadeUpCase& made_up) : config(made_up.config()), batch(made_up.batch()) {
    const std::vector<std::int32_t> pieces = tarama::test::pieces_of(batch);
    std::int64_t longest = 0;
    for (std::int64_t i = 0; i < batch.examples(); ++i) {
      const auto example = static_cast<std::size_t>(i);
      longest =
          std::max<std::int64_t>(longest, batch.offsets[example + 1] - batch.offsets[example]);
    }
    plan = packed::plan_model(config, pieces, longest);
    tokens = batch.tokens() + rows_behind;
    examples = batch.examples() + rows_behind;
    const BatchPlaces places =
        places_for({.examples = examples, .tokens = tokens, .table_rows = std::ssize(pieces)});
    // As a stand-in's memory: what is not written is no number.
    block_.assign(static_cast<std::size_t>(places.bytes) / sizeof(double) + 1,
                  packed::test::not_a_number<double>);
    write_part(batch,
               {.first = 0, .examples = batch.examples()},
               plan,
               config.padding_piece,
               scalars,
               places,
               reinterpret_cast<char*>(block_.data()));
    view = view_at(places, reinterpret_cast<Address>(block_.data()));
    packed::lay_out(batch.ids,
                    batch.offsets,
                    batch.second_starts,
                    plan.row_of,
                    packed::kernels_named("portable")->padded,
                    layout);
  }

  ModelConfig config;
  training::PackedBatch batch;
  packed::ModelPlan plan;
  packed::TokenLayout layout;
  std::int64_t tokens = 0;  // rows, those behind included; as is the next
  std::int64_t examples = 0;
  BatchView view{};

 private:
  std::vector<double> block_;
};

[[nodiscard]] inline Dropout dropout_of(double rate, Place place, std::int64_t layer = 0) {
  return {.threshold = keep_threshold(rate),
          .scale = keep_scale(rate),
          .place = static_cast<DropPlace>(place),
          .layer = static_cast<Int32>(layer)};
}

/// What dropout multiplies each element of each row by.
[[nodiscard]] inline std::vector<float> factors_of(
    const HostBatch& host, RowsOf rows, double rate, Place place, std::int64_t layer) {
  const std::int64_t count = rows == RowsOf::tokens ? host.batch.tokens() : host.batch.examples();
  const auto hidden = static_cast<std::size_t>(host.config.hidden);
  std::vector<float> factors(static_cast<std::size_t>(count) * hidden, 1);
  for (std::int64_t row = 0; row < count && rate > 0; ++row) {
    const auto i = static_cast<std::size_t>(row);
    const bool is_token = rows == RowsOf::tokens;
    fill_dropout_mask({.seed = HostBatch::scalars.seed,
                       .place = place,
                       .layer = layer,
                       .step = HostBatch::scalars.step,
                       .example = is_token ? host.layout.example_of[i] : row,
                       .index = is_token ? host.layout.position_of[i] : 0},
                      rate,
                      std::span(factors).subspan(i * hidden, hidden));
  }
  return factors;
}

}  // namespace tarama::cuda::test
