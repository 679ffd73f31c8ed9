// See stored_weights.hpp.
#include "input/model/stored_weights.hpp"

#include "core/bytes/json_extent.hpp"
#include "input/files/text_file.hpp"
#include "input/model/tensor_names.hpp"
#include "input/model/torch_file.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <system_error>
#include <utility>

namespace tarama::input {
namespace {

namespace fs = std::filesystem;

constexpr std::array weights_names = {"model.safetensors",
                                      "model.safetensors.index.json",
                                      "pytorch_model.bin",
                                      "pytorch_model.bin.index.json"};
// Of other libraries, to say what there is instead.
constexpr std::array foreign_names = {"tf_model.h5",
                                      "flax_model.msgpack",
                                      "model.onnx",
                                      "bert_model.ckpt.index",
                                      "rust_model.ot",
                                      "adapter_model.safetensors",
                                      "adapter_model.bin"};
constexpr std::size_t most_shards = 1000;

bool is_index(const fs::path& file) {
  return file.extension() == ".json";
}

Result<StoredTensors> read_one_file(const fs::path& file) {
  return file.extension() == ".safetensors" ? read_safetensors_header(file) : read_torch_file(file);
}

/// Which shard holds which tensor, by the index.
using ShardOfTensor = std::map<std::string, std::string>;

/// Shards lie beside their index: a name with a path in it could reach anywhere.
bool is_plain_name(std::string_view name) {
  return !name.empty() && name.front() != '.' && name.find('/') == std::string_view::npos;
}

Result<ShardOfTensor> read_shard_index(const fs::path& path) {
  constexpr std::uint64_t largest_index = std::uint64_t{64} << 20U;  // a line a tensor
  Result<std::string> bytes = read_bytes(path, largest_index);
  if (!bytes) {
    return bytes.error();
  }
  const std::string text = text_of(std::move(*bytes)).text;
  if (const auto flaw = beyond({}, text)) {
    return Error{Errc::invalid_config, fmt::format("{}: {}", path.string(), *flaw)};
  }
  const auto index = nlohmann::json::parse(text, nullptr, false);
  const auto unsound = [&] {
    return Error{Errc::invalid_config,
                 fmt::format("{}: expected an object 'weight_map' of tensors and the files beside "
                             "it that hold them",
                             path.string())};
  };
  if (!index.is_object() || !index.contains("weight_map") || !index["weight_map"].is_object()) {
    return unsound();
  }
  ShardOfTensor shards;
  for (const auto& [tensor, shard] : index["weight_map"].items()) {
    if (!shard.is_string() || !is_plain_name(shard.get<std::string>())) {
      return unsound();
    }
    shards[tensor] = shard.get<std::string>();
  }
  return shards;
}

/// What else is in a folder without weights.
std::string others_in(const fs::path& folder) {
  std::error_code ignored;
  for (const char* const name : foreign_names) {
    if (fs::exists(folder / name, ignored)) {
      return fmt::format("; {} is there, of another library", name);
    }
  }
  return "";
}

Result<StoredTensors> read_shards(const WeightsFiles& where) {
  const Result<ShardOfTensor> shards = read_shard_index(where.named);
  if (!shards) {
    return shards.error();
  }
  std::map<std::string, std::size_t> numbers;
  std::vector<StoredTensors> of_files;
  for (const fs::path& file : where.files) {
    Result<StoredTensors> tensors = read_one_file(file);
    if (!tensors) {
      return tensors.error();
    }
    numbers[file.filename()] = of_files.size();
    of_files.push_back(std::move(*tensors));
  }
  StoredTensors all;
  for (const auto& [name, shard] : *shards) {
    const auto known = numbers.find(shard);
    if (known == numbers.end()) {
      return Error{Errc::io, fmt::format("{}: changed while it was read", where.named.string())};
    }
    const std::size_t number = known->second;
    const auto found = of_files[number].find(name);
    if (found == of_files[number].end()) {
      return Error{Errc::invalid_config,
                   fmt::format("{}: has no tensor '{}', which {} says to be there",
                               where.files[number].string(),
                               name,
                               where.named.filename().string())};
    }
    found->second.file = number;
    all.insert(*found);
  }
  return all;
}

}  // namespace

Result<WeightsFiles> find_weights_files(const fs::path& folder) {
  std::error_code ignored;  // a file that cannot be asked for cannot be opened later either
  const auto* const found = std::ranges::find_if(
      weights_names, [&](const char* name) { return fs::exists(folder / name, ignored); });
  if (found == weights_names.end()) {
    return Error{Errc::not_found,
                 fmt::format("{}: there is no model.safetensors and no pytorch_model.bin{}",
                             folder.string(),
                             others_in(folder))};
  }
  WeightsFiles where{folder / *found, {}};
  if (!is_index(where.named)) {
    where.files = {where.named};
    return where;
  }
  const Result<ShardOfTensor> shards = read_shard_index(where.named);
  if (!shards) {
    return shards.error();
  }
  for (const auto& [tensor, shard] : *shards) {
    where.files.push_back(folder / shard);
  }
  std::ranges::sort(where.files);
  const auto repeated = std::ranges::unique(where.files);
  where.files.erase(repeated.begin(), repeated.end());
  if (where.files.empty() || where.files.size() > most_shards) {
    return Error{Errc::invalid_config,
                 fmt::format("{}: names {} files, expected 1 to {}",
                             where.named.string(),
                             where.files.size(),
                             most_shards)};
  }
  return where;
}

Result<StoredWeights> read_stored_weights(const fs::path& folder) {
  Result<WeightsFiles> where = find_weights_files(folder);
  if (!where) {
    return where.error();
  }
  Result<StoredTensors> tensors =
      is_index(where->named) ? read_shards(*where) : read_one_file(where->files.front());
  if (!tensors) {
    return tensors.error();
  }
  Result<StoredTensors> named = named_as_in_model(std::move(*tensors));
  if (!named) {
    return in_context(where->named.string(), named.error());
  }
  return StoredWeights{std::move(*where), std::move(*named)};
}

}  // namespace tarama::input
