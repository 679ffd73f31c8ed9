// See folder_weights.hpp and, for load_weights, prepare.hpp.
#include "input/model/folder_weights.hpp"

#include "core/sweep/fingerprint.hpp"
#include "input/files/file_fingerprint.hpp"
#include "input/model/safetensors.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string_view>
#include <system_error>

namespace tarama::input {
namespace {

constexpr std::string_view prefix = "bert.";
constexpr std::array<std::string_view, 2> pooler = {"bert.pooler.dense.weight",
                                                    "bert.pooler.dense.bias"};
constexpr std::array<std::string_view, 2> classifier = {"classifier.weight", "classifier.bias"};

constexpr std::size_t most_tensors_shown = 5;  // of a folder whose every tensor is wrong

constexpr std::string_view how_to_convert =
    "convert it with: python3 -c \"from transformers import AutoModel; "
    "AutoModel.from_pretrained('DIR').save_pretrained('DIR')\"";

/// `LayerNorm.weight` and `.bias` as files of before 2020 have them; "" for other names.
std::string former_name(const std::string& name) {
  for (const auto& [now, then] : {std::pair{".weight", ".gamma"}, std::pair{".bias", ".beta"}}) {
    const std::string ending = std::string("LayerNorm") + now;
    if (name.ends_with(ending)) {
      return name.substr(0, name.size() - std::string_view(now).size()) + then;
    }
  }
  return "";
}

/// The stored tensor of a parameter, with the prefix or without; end() where there is none.
StoredTensors::const_iterator find_tensor(const StoredTensors& tensors, const std::string& name) {
  const std::string former = former_name(name);
  for (const std::string& candidate : {name, former}) {
    if (candidate.empty()) {
      continue;
    }
    if (const auto found = tensors.find(candidate); found != tensors.end()) {
      return found;
    }
    if (!candidate.starts_with(prefix)) {
      continue;
    }
    const auto found = tensors.find(candidate.substr(prefix.size()));
    if (found != tensors.end()) {
      return found;
    }
  }
  return tensors.end();
}

bool has_both(const StoredTensors& tensors, const std::array<std::string_view, 2>& names) {
  return std::all_of(names.begin(), names.end(), [&](std::string_view name) {
    return find_tensor(tensors, std::string(name)) != tensors.end();
  });
}

bool is_one_of(std::string_view name, const std::array<std::string_view, 2>& names) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

/// How many classes the stored classifier tells apart; 0 where there is none of this hidden size.
std::int64_t stored_classes(const StoredTensors& tensors, std::int64_t hidden) {
  if (!has_both(tensors, classifier)) {
    return 0;
  }
  const auto& weight = tensors.at(std::string(classifier[0])).shape;
  const auto& bias = tensors.at(std::string(classifier[1])).shape;
  const bool is_sound = weight.size() == 2 && weight[1] == hidden && bias.size() == 1 &&
                        bias[0] == weight[0] && weight[0] > 0;
  return is_sound ? weight[0] : 0;
}

/// Pooler and classifier may start from the seed; nothing else may.
bool starts_from_seed(const StoredTensors& tensors,
                      const ModelConfig& config,
                      std::string_view name) {
  if (is_one_of(name, pooler)) {
    return !has_both(tensors, pooler);
  }
  if (!is_one_of(name, classifier)) {
    return false;
  }
  if (!has_both(tensors, classifier)) {
    return true;
  }
  const std::int64_t classes = stored_classes(tensors, config.hidden);
  return classes != 0 && classes != config.classes;
}

std::string shape_text(const std::vector<std::int64_t>& shape) {
  return fmt::format("[{}]", fmt::join(shape, ", "));
}

/// What is wrong with the stored tensor of a parameter; "" where it can be read.
std::string what_is_wrong(const StoredTensors& tensors, const ParameterShape& parameter) {
  const auto found = find_tensor(tensors, parameter.name);
  if (found == tensors.end()) {
    return fmt::format("has no tensor '{}', expected one of shape {}",
                       parameter.name,
                       shape_text(parameter.shape));
  }
  if (found->second.shape != parameter.shape) {
    return fmt::format("tensor '{}' has shape {}, expected {} by config.json",
                       found->first,
                       shape_text(found->second.shape),
                       shape_text(parameter.shape));
  }
  if (!is_readable_type(found->second.type)) {
    return fmt::format(
        "tensor '{}' is stored as {}, expected F32, F16 or BF16", found->first, found->second.type);
  }
  return "";
}

void warn_of_new_parts(const StoredTensors& tensors,
                       const std::filesystem::path& file,
                       const ModelConfig& config,
                       Findings& findings) {
  if (!has_both(tensors, pooler)) {
    findings.warn("pooler_initialised",
                  "model.path",
                  fmt::format("{}: has no pooler; it starts from each run's seed", file.string()));
  }
  const std::int64_t classes = stored_classes(tensors, config.hidden);
  if (classes != 0 && classes != config.classes) {
    findings.warn("classifier_replaced",
                  "model.path",
                  fmt::format("{}: its classifier is for {} classes and the data have {}; a new "
                              "one starts from each run's seed",
                              file.string(),
                              classes,
                              config.classes));
  }
}

}  // namespace

Result<std::filesystem::path> weights_file_of(const std::filesystem::path& folder) {
  const std::filesystem::path file = folder / "model.safetensors";
  std::error_code ignored;  // a file that cannot be asked for cannot be opened later either
  if (std::filesystem::exists(file, ignored)) {
    return file;
  }
  std::string why = "there is no model.safetensors";
  for (const char* const other :
       {"pytorch_model.bin", "model.safetensors.index.json", "pytorch_model.bin.index.json"}) {
    if (!std::filesystem::exists(folder / other, ignored)) {
      continue;
    }
    std::string command(how_to_convert);
    for (auto at = command.find("DIR"); at != std::string::npos; at = command.find("DIR", at)) {
      command.replace(at, 3, folder.string());
      at += folder.string().size();
    }
    why = fmt::format("has {} and no model.safetensors, which alone is read; {}", other, command);
    break;
  }
  return Error{Errc::not_found, fmt::format("{}: {}", folder.string(), why)};
}

void check_weights(const std::filesystem::path& folder,
                   const ModelConfig& config,
                   Findings& findings) {
  const Result<std::filesystem::path> file = weights_file_of(folder);
  const Result<StoredTensors> tensors =
      file ? read_safetensors_header(*file) : Result<StoredTensors>(file.error());
  if (!tensors) {
    return findings.refuse("model.path", tensors.error().message);
  }
  std::size_t wrong = 0;
  for (const ParameterShape& parameter : parameter_shapes(config)) {
    if (starts_from_seed(*tensors, config, parameter.name)) {
      continue;
    }
    const std::string what = what_is_wrong(*tensors, parameter);
    if (what.empty() || ++wrong > most_tensors_shown) {
      continue;
    }
    findings.refuse("model.path", fmt::format("{}: {}", file->string(), what));
  }
  if (wrong > most_tensors_shown) {
    findings.refuse("model.path",
                    fmt::format("{}: {} more tensors are missing or of a wrong shape",
                                file->string(),
                                wrong - most_tensors_shown));
  }
  warn_of_new_parts(*tensors, *file, config, findings);
}

Result<std::shared_ptr<const ModelWeights>> load_weights(const ModelSpec& model,
                                                         const ModelConfig& config) {
  const Result<std::filesystem::path> file = weights_file_of(model.path);
  if (!file) {
    return file.error();
  }
  Findings findings;
  check_weights(model.path, config, findings);
  if (!findings.problems.empty()) {
    return Error{Errc::invalid_config, findings.problems.front().message};
  }
  const Result<StoredTensors> tensors = read_safetensors_header(*file);
  if (!tensors) {
    return tensors.error();
  }
  auto weights = std::make_shared<ModelWeights>();
  for (const ParameterShape& parameter : parameter_shapes(config)) {
    if (starts_from_seed(*tensors, config, parameter.name)) {
      continue;
    }
    const auto found = find_tensor(*tensors, parameter.name);
    if (found == tensors->end() || found->second.shape != parameter.shape) {
      return Error{Errc::io, fmt::format("{}: changed while it was read", file->string())};
    }
    Result<NamedArray> array = read_tensor(*file, found->second);
    if (!array) {
      return array.error();
    }
    weights->emplace(parameter.name, std::move(*array));
  }
  return std::shared_ptr<const ModelWeights>(std::move(weights));
}

Result<std::string> folder_fingerprint(const std::filesystem::path& folder) {
  const Result<std::filesystem::path> weights = weights_file_of(folder);
  if (!weights) {
    return weights.error();
  }
  Fingerprint fingerprint;
  for (const std::filesystem::path& file :
       {folder / "config.json", folder / "vocab.txt", *weights}) {
    const Result<std::string> hash = file_fingerprint(file);
    if (!hash) {
      return hash.error();
    }
    fingerprint.field(*hash);
  }
  return fingerprint.hex();
}

}  // namespace tarama::input
