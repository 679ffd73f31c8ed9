// See prepared_summary.hpp.
#include "orchestrator/sweeps/prepared_summary.hpp"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

namespace tarama::orchestrator {
namespace {

using nlohmann::ordered_json;

ordered_json json_of(const LevelInputs& variant) {
  return {{"data_fingerprint", variant.data_fingerprint},
          {"model_fingerprint", variant.model_fingerprint},
          {"train_examples", variant.train_examples},
          {"eval_examples", variant.eval_examples},
          {"test_examples", variant.test_examples},
          {"train_tokens", variant.train_tokens},
          {"classes", variant.classes},
          {"parameters", variant.parameters},
          {"layers", variant.layers},
          {"hidden", variant.hidden},
          {"cut_texts", variant.cut_texts}};
}

/// Throws nlohmann's exceptions; the caller catches.
LevelInputs variant_from_json(const ordered_json& object) {
  return {.data_fingerprint = object.at("data_fingerprint").get<std::string>(),
          .model_fingerprint = object.at("model_fingerprint").get<std::string>(),
          .train_examples = object.at("train_examples").get_ref<const std::int64_t&>(),
          .eval_examples = object.at("eval_examples").get_ref<const std::int64_t&>(),
          .test_examples = object.at("test_examples").get_ref<const std::int64_t&>(),
          .train_tokens = object.at("train_tokens").get_ref<const std::int64_t&>(),
          .classes = object.at("classes").get_ref<const std::int64_t&>(),
          .parameters = object.at("parameters").get_ref<const std::int64_t&>(),
          .layers = object.at("layers").get_ref<const std::int64_t&>(),
          .hidden = object.at("hidden").get_ref<const std::int64_t&>(),
          .cut_texts = object.at("cut_texts").get_ref<const std::int64_t&>()};
}

}  // namespace

std::string to_json(const PreparedSummary& summary) {
  ordered_json variants = ordered_json::array();
  for (const LevelInputs& variant : summary.variants) {
    variants.push_back(json_of(variant));
  }
  const ordered_json document = {{"variants", std::move(variants)},
                                 {"variant_of_level", summary.variant_of_level}};
  return document.dump();
}

Result<PreparedSummary> prepared_summary_from_json(const std::string& text) {
  PreparedSummary summary;
  try {
    const ordered_json document = ordered_json::parse(text);
    for (const ordered_json& variant : document.at("variants")) {
      summary.variants.push_back(variant_from_json(variant));
    }
    summary.variant_of_level = document.at("variant_of_level").get<std::vector<std::int64_t>>();
  } catch (const ordered_json::exception& error) {
    return Error{Errc::corrupt,
                 fmt::format("the summary of prepared inputs does not decode: {}", error.what())};
  }
  return summary;
}

}  // namespace tarama::orchestrator
