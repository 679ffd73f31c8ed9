// The weights of a Hugging Face folder, in whichever of their forms they are there: one file or
// shards with an index, as safetensors or as torch.save wrote them. Tells the tensors' places;
// their values are read by folder_weights.
#pragma once

#include "core/sweep/result.hpp"
#include "input/model/safetensors.hpp"

#include <filesystem>
#include <string>
#include <vector>

namespace tarama::input {

struct WeightsFiles {
  std::filesystem::path named;               // what messages name: the file, or the index of shards
  std::vector<std::filesystem::path> files;  // that hold tensors; StoredTensor::file counts in them
};

struct StoredWeights {
  WeightsFiles where;
  StoredTensors tensors;  // by their names in the model: see tensor_names.hpp
};

/// safetensors before pytorch_model.bin, one file before shards, as `transformers` chooses. The
/// message for a folder without any says what else is there.
[[nodiscard]] Result<WeightsFiles> find_weights_files(const std::filesystem::path& folder);

/// Headers and pickles alone, no values. A shard that the index names must be there and hold what
/// the index says of it.
[[nodiscard]] Result<StoredWeights> read_stored_weights(const std::filesystem::path& folder);

}  // namespace tarama::input
