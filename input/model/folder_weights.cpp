// See folder_weights.hpp and, for load_weights, prepare.hpp.
#include "input/model/folder_weights.hpp"

#include "core/sweep/fingerprint.hpp"
#include "core/training/architecture.hpp"
#include "core/training/share_array.hpp"
#include "input/files/file_fingerprint.hpp"
#include "input/files/mapped_file.hpp"
#include "input/model/folder_config.hpp"
#include "input/model/folder_tokenizer.hpp"
#include "input/model/stored_weights.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <optional>
#include <set>
#include <string_view>
#include <system_error>
#include <vector>

namespace tarama::input {
namespace {

constexpr std::size_t most_tensors_shown = 5;  // of a folder whose every tensor is wrong

/// The stored tensor of a parameter, by any of its names; end() where there is none.
StoredTensors::const_iterator find_tensor(const StoredTensors& tensors,
                                          const ModelConfig& config,
                                          const Parameter& parameter) {
  for (const std::string& name : names_in_files(architecture_of(config.norm), parameter)) {
    if (const auto found = tensors.find(name); found != tensors.end()) {
      return found;
    }
  }
  return tensors.end();
}

/// The stored tensors of a module that a model has once: all of them, or none.
std::vector<StoredTensors::const_iterator> find_module(const StoredTensors& tensors,
                                                       const ModelConfig& config,
                                                       Module module) {
  std::vector<StoredTensors::const_iterator> all;
  for (const Parameter& parameter : parameters_of(config)) {
    if (parameter.module != module) {
      continue;
    }
    all.push_back(find_tensor(tensors, config, parameter));
    if (all.back() == tensors.end()) {
      return {};
    }
  }
  return all;
}

/// How many classes the stored classifier tells apart; 0 where there is none of this hidden size.
std::int64_t stored_classes(const StoredTensors& tensors, const ModelConfig& config) {
  const auto stored = find_module(tensors, config, Module::classifier);
  if (stored.size() != 2) {
    return 0;
  }
  const auto& weight = stored[0]->second.shape;
  const auto& bias = stored[1]->second.shape;
  const bool is_sound = weight.size() == 2 && weight[1] == config.hidden && bias.size() == 1 &&
                        bias[0] == weight[0] && weight[0] > 0;
  return is_sound ? weight[0] : 0;
}

/// Whether the file leaves a parameter to the seed: its module may be missing and is, or is a
/// classifier of other classes.
bool starts_from_seed(const StoredTensors& tensors,
                      const ModelConfig& config,
                      const Parameter& parameter) {
  if (!may_start_from_seed(parameter.module)) {
    return false;
  }
  if (find_module(tensors, config, parameter.module).empty()) {
    return true;
  }
  const std::int64_t classes = stored_classes(tensors, config);
  return parameter.module == Module::classifier && classes != 0 && classes != config.classes;
}

std::string shape_text(const std::vector<std::int64_t>& shape) {
  return fmt::format("[{}]", fmt::join(shape, ", "));
}

/// Why the stored tensor of a parameter cannot be read; nullopt where it can.
std::optional<std::string> misfit(const StoredTensors& tensors,
                                  const ModelConfig& config,
                                  const Parameter& parameter) {
  const auto found = find_tensor(tensors, config, parameter);
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
    return fmt::format("tensor '{}' is stored as {}, expected F32, F64, F16 or BF16",
                       found->first,
                       found->second.type);
  }
  return std::nullopt;
}

/// What stands before the names of a BERT within something larger; empty where there is none.
std::string unknown_prefix(const StoredTensors& tensors) {
  constexpr std::string_view landmark = "embeddings.word_embeddings.weight";
  for (const auto& [name, tensor] : tensors) {
    if (name.ends_with(landmark)) {
      return name.substr(0, name.size() - landmark.size());
    }
  }
  return "";
}

/// What peft saves beside the model whose weights it changes.
void warn_of_adapter(const std::filesystem::path& folder, Findings& findings) {
  std::error_code ignored;
  for (const char* const name : {"adapter_model.safetensors", "adapter_model.bin"}) {
    if (std::filesystem::exists(folder / name, ignored)) {
      findings.warn("adapter_ignored",
                    "model.path",
                    fmt::format("{}: an adapter lies beside the weights, and is not applied; save "
                                "the model with it by merge_and_unload()",
                                (folder / name).string()));
    }
  }
}

/// Config, vocabulary and weights, those that a fingerprint is of.
Result<std::vector<std::filesystem::path>> files_of_model(const std::filesystem::path& folder) {
  const Result<WeightsFiles> weights = find_weights_files(folder);
  if (!weights) {
    return weights.error();
  }
  std::vector<std::filesystem::path> files = {config_file(folder), vocabulary_file(folder)};
  if (weights->files != std::vector{weights->named}) {
    files.push_back(weights->named);
  }
  files.insert(files.end(), weights->files.begin(), weights->files.end());
  return files;
}

void warn_of_new_parts(const StoredTensors& tensors,
                       const std::string& file,
                       const ModelConfig& config,
                       Findings& findings) {
  if (find_module(tensors, config, Module::pooler).empty()) {
    findings.warn("pooler_initialised",
                  "model.path",
                  fmt::format("{}: has no pooler; it starts from each run's seed", file));
  }
  const std::int64_t classes = stored_classes(tensors, config);
  if (classes != 0 && classes != config.classes) {
    findings.warn("classifier_replaced",
                  "model.path",
                  fmt::format("{}: its classifier is for {} classes and the data have {}; a new "
                              "one starts from each run's seed",
                              file,
                              classes,
                              config.classes));
  }
}

}  // namespace

void check_weights(const std::filesystem::path& folder,
                   const ModelConfig& config,
                   Findings& findings) {
  const Result<StoredWeights> stored = read_stored_weights(folder);
  if (!stored) {
    return findings.refuse("model.path", stored.error().message);
  }
  const StoredTensors& tensors = stored->tensors;
  const std::string file = stored->where.named.string();
  std::size_t wrong = 0;
  for (const Parameter& parameter : parameters_of(config)) {
    if (starts_from_seed(tensors, config, parameter)) {
      continue;
    }
    const std::optional<std::string> why = misfit(tensors, config, parameter);
    if (!why || ++wrong > most_tensors_shown) {
      continue;
    }
    findings.refuse("model.path", fmt::format("{}: {}", file, *why));
  }
  if (wrong > most_tensors_shown) {
    findings.refuse("model.path",
                    fmt::format("{}: {} more tensors are missing or of a wrong shape",
                                file,
                                wrong - most_tensors_shown));
    if (const std::string prefix = unknown_prefix(tensors); !prefix.empty()) {
      findings.refuse("model.path",
                      fmt::format("{}: the names of its tensors begin with '{}', expected 'bert.' "
                                  "or nothing there; rename them",
                                  file,
                                  prefix));
    }
  }
  warn_of_new_parts(tensors, file, config, findings);
  warn_of_adapter(folder, findings);
}

TensorCounts count_tensors(const StoredTensors& tensors, const ModelConfig& config) {
  std::set<std::string> used;
  for (const Parameter& parameter : parameters_of(config)) {
    if (const auto found = find_tensor(tensors, config, parameter); found != tensors.end()) {
      used.insert(found->first);
    }
  }
  TensorCounts counts;
  for (const auto& [name, tensor] : tensors) {
    ++counts.stored;
    if (used.contains(name)) {
      ++counts.used;
    } else if (counts.example.empty()) {
      counts.example = name;
    }
  }
  return counts;
}

std::int64_t stored_class_count(const std::filesystem::path& folder, const ModelConfig& config) {
  const Result<StoredWeights> stored = read_stored_weights(folder);
  return stored ? stored_classes(stored->tensors, config) : 0;  // why not is told by check_weights
}

Result<std::shared_ptr<const ModelWeights>> load_weights(const ModelSpec& model,
                                                         const ModelConfig& config) {
  Findings findings;
  check_weights(model.path, config, findings);
  if (!findings.problems.empty()) {
    return Error{Errc::invalid_config, findings.problems.front().message};
  }
  const Result<StoredWeights> stored = read_stored_weights(model.path);
  if (!stored) {
    return stored.error();
  }
  const StoredTensors& tensors = stored->tensors;
  std::vector<std::shared_ptr<const MappedFile>> mapped;
  for (const std::filesystem::path& file : stored->where.files) {
    auto opened = MappedFile::open(file);
    mapped.push_back(opened ? *opened : nullptr);  // a file system without mmap: it is read
  }
  auto weights = std::make_shared<ModelWeights>();
  for (const Parameter& parameter : parameters_of(config)) {
    if (starts_from_seed(tensors, config, parameter)) {
      continue;
    }
    const auto found = find_tensor(tensors, config, parameter);
    if (found == tensors.end() || found->second.shape != parameter.shape) {
      return Error{Errc::io,
                   fmt::format("{}: changed while it was read", stored->where.named.string())};
    }
    const std::size_t file = found->second.file;
    if (auto in_place = mapped[file] ? tensor_in(mapped[file], found->second) : std::nullopt) {
      weights->emplace(parameter.name, std::move(*in_place));
      continue;
    }
    Result<NamedArray> array = read_tensor(stored->where.files[file], found->second);
    if (!array) {
      return array.error();
    }
    weights->emplace(parameter.name, share_array(std::move(*array)));
  }
  return std::shared_ptr<const ModelWeights>(std::move(weights));
}

std::string model_state(const std::filesystem::path& folder) {
  const auto files = files_of_model(folder);
  std::string state;
  for (const std::filesystem::path& file : files ? *files : std::vector<std::filesystem::path>()) {
    state += state_of_file(file) + " ";
  }
  return state;
}

Result<std::string> folder_fingerprint(const std::filesystem::path& folder) {
  const auto files = files_of_model(folder);
  if (!files) {
    return files.error();
  }
  Fingerprint fingerprint;
  for (const std::filesystem::path& file : *files) {
    const Result<std::string> hash = file_fingerprint(file);
    if (!hash) {
      return hash.error();
    }
    fingerprint.field(*hash);
  }
  return fingerprint.hex();
}

}  // namespace tarama::input
