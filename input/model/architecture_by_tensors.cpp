// See architecture_by_tensors.hpp.
#include "input/model/architecture_by_tensors.hpp"

#include "input/model/stored_weights.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string>
#include <string_view>

namespace tarama::input {
namespace {

// All that the embeddings of both architectures hold; LayoutLM and others hold more.
constexpr std::array<std::string_view, 6> known_embeddings = {"word_embeddings.",
                                                              "position_embeddings.",
                                                              "token_type_embeddings.",
                                                              "LayerNorm.",
                                                              "position_ids",
                                                              "token_type_ids"};

/// Whether a tensor stands there, with or without the prefix of a model with a head.
bool holds(const StoredTensors& tensors, const std::string& name) {
  return tensors.contains(name) || tensors.contains("bert." + name);
}

/// A tensor of the embeddings that BERT does not have.
std::optional<std::string> foreign_embedding(const StoredTensors& tensors) {
  for (const auto& [name, tensor] : tensors) {
    std::string_view rest = name;
    rest.remove_prefix(rest.starts_with("bert.") ? 5 : 0);
    if (!rest.starts_with("embeddings.")) {
      continue;
    }
    rest.remove_prefix(std::string_view("embeddings.").size());
    const auto is_known = [&](std::string_view beginning) { return rest.starts_with(beginning); };
    if (!std::ranges::any_of(known_embeddings, is_known)) {
      return name;
    }
  }
  return std::nullopt;
}

}  // namespace

Result<Norm> norm_by_tensors(const std::filesystem::path& folder) {
  const Result<StoredWeights> stored = read_stored_weights(folder);
  if (!stored) {
    return stored.error();
  }
  const StoredTensors& tensors = stored->tensors;
  const auto not_ours = [&](std::string_view why) {
    return Error{Errc::invalid_config,
                 fmt::format("the tensors are not those of BERT or Megatron-BERT: {}", why)};
  };
  if (!holds(tensors, "embeddings.word_embeddings.weight")) {
    return not_ours(tensors.empty() ? "there are none"
                                    : fmt::format("'{}' is one", tensors.begin()->first));
  }
  if (const std::optional<std::string> foreign = foreign_embedding(tensors)) {
    return not_ours(fmt::format("'{}' is one", *foreign));
  }
  const std::string layer = "encoder.layer.0.";
  if (!holds(tensors, layer + "attention.self.query.weight") ||
      !holds(tensors, layer + "intermediate.dense.weight")) {
    return not_ours(fmt::format("'{}attention.self.query.weight' is missing", layer));
  }
  if (holds(tensors, layer + "attention.ln.weight") && holds(tensors, "encoder.ln.weight")) {
    return Norm::pre;
  }
  if (holds(tensors, "embeddings.LayerNorm.weight") ||
      holds(tensors, "embeddings.LayerNorm.gamma")) {
    return Norm::post;
  }
  return not_ours("'embeddings.LayerNorm.weight' is missing");
}

}  // namespace tarama::input
