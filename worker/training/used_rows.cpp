// See used_rows.hpp.
#include "worker/training/used_rows.hpp"

#include "worker/training/data_extent.hpp"

#include <iterator>

namespace tarama::training {

std::vector<std::int64_t> shape_of_used_rows(const TrainJob& job, const Parameter& parameter) {
  std::vector<std::int64_t> shape = parameter.shape;
  if (job.data->train.examples() == 0) {
    return shape;  // nothing was ever trained on it
  }
  const TokenizedSplit* const splits[] = {&job.data->train, &job.data->eval, &job.data->test};
  if (parameter.module == Module::word_embeddings) {
    shape.front() = std::ssize(pieces_in(splits));
  } else if (parameter.module == Module::position_embeddings) {
    shape.front() = longest_batch(splits, 1).front();
  }
  return shape;
}

}  // namespace tarama::training
