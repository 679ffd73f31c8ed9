// The canonical text of a run, and its hash.
#include "core/sweep/run_key.hpp"

#include "core/sweep/enum_names.hpp"
#include "core/sweep/fingerprint.hpp"
#include "core/sweep/numerics_version.hpp"

#include <fmt/format.h>

#include <bit>
#include <string_view>

namespace tarama {

namespace {

/// "name=value" lines. A value that is the default writes nothing.
class CanonicalText {
 public:
  void add(std::string_view name, double value, double default_value) {
    if (value != default_value) {
      // By its bits: no rounding on the way; and 0 + -0 is 0, so that both zeros are one.
      add_line(name, fmt::format("{:016x}", std::bit_cast<std::uint64_t>(value + 0.0)));
    }
  }

  void add(std::string_view name, std::int64_t value, std::int64_t default_value) {
    if (value != default_value) {
      add_line(name, fmt::format("{}", value));
    }
  }

  template <class Enum>
  requires std::is_enum_v<Enum>

  void add(std::string_view name, Enum value, Enum default_value) {
    if (value != default_value) {
      add_line(name, name_of(value));
    }
  }

  void add_line(std::string_view name, std::string_view value) {
    text_ += fmt::format("{}={}\n", name, value);
  }

  [[nodiscard]] const std::string& text() const { return text_; }

 private:
  std::string text_;
};

void add_training(const TrainingSettings& training, CanonicalText& text) {
  const TrainingSettings defaults;
  text.add("lr", training.lr, defaults.lr);
  text.add("warmup", training.warmup, defaults.warmup);
  text.add("epochs", training.epochs, defaults.epochs);
  text.add("batch_size", training.batch_size, defaults.batch_size);
  text.add("schedule", training.schedule, defaults.schedule);
  text.add("t_total", training.t_total, defaults.t_total);
  text.add("weight_decay", training.weight_decay, defaults.weight_decay);
  text.add("max_grad_norm", training.max_grad_norm, defaults.max_grad_norm);
  text.add("norm", training.norm, defaults.norm);
  text.add("dropout", training.dropout, defaults.dropout);
  text.add("precision", training.precision, defaults.precision);
  if (training.learner) {
    text.add_line("learner", name_of(*training.learner));
  }
}

void add_model(const ModelSpec& model, CanonicalText& text) {
  constexpr std::int64_t unset = 0;
  text.add("layers", model.layers.value_or(unset), unset);
  if (!model.path.empty()) {
    return;  // the rest is the folder's, and so in its fingerprint
  }
  const std::int64_t hidden = model.hidden.value_or(unset);
  text.add("hidden", hidden, unset);
  text.add("heads", model.heads.value_or(unset), unset);
  text.add("intermediate", model.intermediate.value_or(4 * hidden), 4 * hidden);
}

}  // namespace

std::string run_key(const RunKeyInput& input) {
  CanonicalText text;
  text.add_line("numerics", fmt::format("{}", numerics_version_of(input.learner)));
  // The word is that of the keys from before there were two learners.
  text.add_line("trainer", input.learner);
  text.add_line("seed", fmt::format("{}", input.seed));
  text.add_line("data", input.data_fingerprint);
  text.add_line("model", input.model_fingerprint);
  add_training(input.training, text);
  add_model(input.model, text);
  if (!input.params.empty()) {
    text.add_line("params", input.params);
  }
  return Fingerprint().update(text.text()).hex();
}

}  // namespace tarama
