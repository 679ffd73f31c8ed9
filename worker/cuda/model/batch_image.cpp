// See batch_image.hpp.
#include "worker/cuda/model/batch_image.hpp"

#include "core/sweep/assert.hpp"
#include "core/training/philox.hpp"

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstring>

namespace tarama::cuda {
namespace {

/// Gives parts their places, each at a multiple of 16 bytes.
class Laying {
 public:
  std::int64_t place(std::int64_t bytes) {
    const std::int64_t at = next_;
    next_ = (next_ + bytes + 15) / 16 * 16;
    return at;
  }

  [[nodiscard]] std::int64_t bytes() const { return next_; }

 private:
  std::int64_t next_ = 0;
};

Int32* numbers_at(char* block, std::int64_t place) {
  return reinterpret_cast<Int32*>(block + place);
}

/// The rows of the table of words that tokens before `first` have.
std::vector<Int8> rows_before(const training::PackedBatch& batch,
                              std::int64_t first_token,
                              const packed::ModelPlan& plan) {
  std::vector<Int8> seen(plan.pieces.size(), 0);
  for (std::int64_t token = 0; token < first_token; ++token) {
    const std::int32_t id = batch.ids[static_cast<std::size_t>(token)];
    seen[static_cast<std::size_t>(plan.row_of[static_cast<std::size_t>(id)])] = 1;
  }
  return seen;
}

}  // namespace

BatchPlaces places_for(const BatchExtent& extent) {
  constexpr std::int64_t number = sizeof(Int32);
  Laying laying;
  BatchPlaces places;
  laying.place(sizeof(StepHeader));
  places.words = laying.place(number * extent.tokens);
  places.types = laying.place(number * extent.tokens);
  places.example_of = laying.place(number * extent.tokens);
  places.position_of = laying.place(number * extent.tokens);
  places.offsets = laying.place(number * (extent.examples + 1));
  places.labels = laying.place(number * extent.examples);
  places.gradient_row = laying.place(number * extent.tokens);
  places.gradient_adds = laying.place(number * extent.tokens);
  places.gradient_begin = laying.place(number * (extent.tokens + 1));
  places.gradient_tokens = laying.place(number * extent.tokens);
  places.has_gradient = laying.place(extent.table_rows);
  places.bytes = laying.bytes();
  return places;
}

BatchView view_at(const BatchPlaces& places, Address block) {
  const auto numbers = [&](std::int64_t place) {
    return Ptr<const Int32>(block + static_cast<Address>(place));
  };
  return {.header = Ptr<const StepHeader>(block),
          .words = numbers(places.words),
          .types = numbers(places.types),
          .example_of = numbers(places.example_of),
          .position_of = numbers(places.position_of),
          .offsets = numbers(places.offsets),
          .labels = numbers(places.labels),
          .gradient_row = numbers(places.gradient_row),
          .gradient_adds = numbers(places.gradient_adds),
          .gradient_begin = numbers(places.gradient_begin),
          .gradient_tokens = numbers(places.gradient_tokens),
          .has_gradient = Ptr<const Int8>(block + static_cast<Address>(places.has_gradient))};
}

std::int64_t bucket_of(std::int64_t tokens) {
  constexpr std::int64_t least = 64;
  const auto power = static_cast<std::int64_t>(std::bit_floor(static_cast<std::uint64_t>(tokens)));
  const std::int64_t step = std::max(least, power / 8);
  return (tokens + step - 1) / step * step;
}

std::int64_t tokens_of(const training::PackedBatch& batch, const BatchPart& part) {
  return batch.offsets[static_cast<std::size_t>(part.first + part.examples)] -
         batch.offsets[static_cast<std::size_t>(part.first)];
}

namespace {

void write_tokens(const training::PackedBatch& batch,
                  const BatchPart& part,
                  const packed::ModelPlan& plan,
                  const BatchPlaces& places,
                  char* block) {
  Int32* const words = numbers_at(block, places.words);
  Int32* const types = numbers_at(block, places.types);
  Int32* const example_of = numbers_at(block, places.example_of);
  Int32* const position_of = numbers_at(block, places.position_of);
  Int32* const offsets = numbers_at(block, places.offsets);
  Int32 token = 0;
  for (std::int64_t i = 0; i < part.examples; ++i) {
    const auto example = static_cast<std::size_t>(part.first + i);
    offsets[i] = token;
    numbers_at(block, places.labels)[i] = batch.labels[example];
    const std::int32_t first = batch.offsets[example];
    for (std::int32_t position = 0; first + position < batch.offsets[example + 1]; ++position) {
      const std::int32_t id = batch.ids[static_cast<std::size_t>(first + position)];
      words[token] = plan.row_of[static_cast<std::size_t>(id)];
      TARAMA_ASSERT(words[token] >= 0, "the learner was told every piece in the data");
      types[token] = position >= batch.second_starts[example] ? 1 : 0;
      example_of[token] = static_cast<Int32>(i);
      position_of[token] = position;
      ++token;
    }
  }
  offsets[part.examples] = token;
}

/// Returns how many rows there are.
Int32 write_gradient_rows(const training::PackedBatch& batch,
                          const BatchPart& part,
                          const packed::ModelPlan& plan,
                          std::int64_t padding_piece,
                          const BatchPlaces& places,
                          char* block) {
  const std::int64_t first_token = batch.offsets[static_cast<std::size_t>(part.first)];
  const std::int64_t tokens = tokens_of(batch, part);
  const Int32* const words = numbers_at(block, places.words);
  std::vector<Int32> order;
  for (Int32 token = 0; token < tokens; ++token) {
    if (plan.pieces[static_cast<std::size_t>(words[token])] != padding_piece) {
      order.push_back(token);
    }
  }
  std::ranges::stable_sort(order, {}, [&](Int32 token) { return words[token]; });
  const std::vector<Int8> written = rows_before(batch, first_token, plan);
  Int32* const begin = numbers_at(block, places.gradient_begin);
  Int32 rows = 0;
  for (std::size_t i = 0; i < order.size(); ++i) {
    numbers_at(block, places.gradient_tokens)[i] = order[i];
    const Int32 row = words[order[i]];
    if (i == 0 || row != words[order[i - 1]]) {
      numbers_at(block, places.gradient_row)[rows] = row;
      numbers_at(block, places.gradient_adds)[rows] = written[static_cast<std::size_t>(row)];
      begin[rows++] = static_cast<Int32>(i);
    }
  }
  begin[rows] = static_cast<Int32>(order.size());
  return rows;
}

}  // namespace

void write_part(const training::PackedBatch& batch,
                const BatchPart& part,
                const packed::ModelPlan& plan,
                std::int64_t padding_piece,
                const StepScalars& scalars,
                const BatchPlaces& places,
                char* block) {
  write_tokens(batch, part, plan, places, block);
  const PhiloxKey key = key_of(scalars.seed);
  StepHeader header{};
  header.tokens = static_cast<Int32>(tokens_of(batch, part));
  header.examples = static_cast<Int32>(part.examples);
  header.first_example = static_cast<Int32>(part.first);
  header.examples_of_batch = static_cast<Int32>(batch.examples());
  header.gradient_rows = write_gradient_rows(batch, part, plan, padding_piece, places, block);
  header.step = static_cast<Word>(scalars.step);
  header.key[0] = key[0];
  header.key[1] = key[1];
  header.lr = static_cast<float>(scalars.lr);
  std::memcpy(block, &header, sizeof(header));
  std::vector<Int8> has_gradient = rows_before(batch, batch.tokens(), plan);
  if (padding_piece >= 0 && static_cast<std::size_t>(padding_piece) < plan.row_of.size()) {
    const std::int32_t padding = plan.row_of[static_cast<std::size_t>(padding_piece)];
    if (padding >= 0) {
      has_gradient[static_cast<std::size_t>(padding)] = 0;
    }
  }
  std::memcpy(block + places.has_gradient, has_gradient.data(), has_gradient.size());
}

}  // namespace tarama::cuda
