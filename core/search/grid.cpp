// From points to levels: what each value sets.
#include "core/search/grid.hpp"

#include "core/search/restarts.hpp"
#include "core/sweep/enum_names.hpp"
#include "core/sweep/parameter_value.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <limits>
#include <optional>
#include <string_view>
#include <utility>
#include <variant>

namespace tarama {

namespace {

bool set(const ParameterValue& value, double& target) {
  const std::optional<double> number = number_of(value);
  if (number) {
    target = *number;
  }
  return number.has_value();
}

template <class Held, class Target>
bool set_held(const ParameterValue& value, Target& target) {
  const auto* const held = std::get_if<Held>(&value);
  if (held != nullptr) {
    target = *held;
  }
  return held != nullptr;
}

template <class Enum, std::size_t count, class Target>
bool set_named(const ParameterValue& value,
               const std::array<NamedValue<Enum>, count>& table,
               Target& target) {
  const auto* const name = std::get_if<std::string>(&value);
  const std::optional<Enum> named = name != nullptr ? value_named(table, *name) : std::nullopt;
  if (named) {
    target = *named;
  }
  return named.has_value();
}

bool apply_to_training(std::string_view key,
                       const ParameterValue& value,
                       TrainingSettings& training) {
  return (key == "lr" && set(value, training.lr)) ||
         (key == "warmup" && set(value, training.warmup)) ||
         (key == "epochs" && set_held<std::int64_t>(value, training.epochs)) ||
         (key == "batch_size" && set_held<std::int64_t>(value, training.batch_size)) ||
         (key == "schedule" && set_named(value, schedule_names, training.schedule)) ||
         (key == "t_total" && set_named(value, t_total_names, training.t_total)) ||
         (key == "weight_decay" && set(value, training.weight_decay)) ||
         (key == "max_grad_norm" && set(value, training.max_grad_norm)) ||
         (key == "norm" && set_named(value, norm_names, training.norm)) ||
         (key == "dropout" && set(value, training.dropout)) ||
         (key == "precision" && set_named(value, precision_names, training.precision)) ||
         (key == "learner" && set_named(value, learner_names, training.learner));
}

bool apply_to_model(std::string_view key, const ParameterValue& value, ModelSpec& model) {
  return (key == "path" && set_held<std::string>(value, model.path)) ||
         (key == "layers" && set_held<std::int64_t>(value, model.layers)) ||
         (key == "hidden" && set_held<std::int64_t>(value, model.hidden)) ||
         (key == "heads" && set_held<std::int64_t>(value, model.heads)) ||
         (key == "intermediate" && set_held<std::int64_t>(value, model.intermediate)) ||
         (key == "vocab" && set_held<std::string>(value, model.vocab)) ||
         (key == "vocab_size" && set_held<std::int64_t>(value, model.vocab_size)) ||
         (key == "lowercase" && set_held<bool>(value, model.lowercase));
}

/// What makes the settings none that a run could be trained with; the widest ranges that
/// CONFIG.md gives.
std::optional<std::string> misfit(const TrainingSettings& training) {
  constexpr std::int64_t most = 1'000'000;
  const auto is_out = [](double value, double low, double below) {
    return !(value >= low && value < below);  // NaN is out
  };
  constexpr double huge = std::numeric_limits<double>::max();
  if (training.epochs < 1 || training.epochs > most) {
    return fmt::format("epochs: {} is not in 1..{}", training.epochs, most);
  }
  if (training.batch_size < 1 || training.batch_size > most) {
    return fmt::format("batch_size: {} is not in 1..{}", training.batch_size, most);
  }
  if (is_out(training.lr, 0, huge) || is_out(training.weight_decay, -huge, huge) ||
      is_out(training.max_grad_norm, -huge, huge)) {
    return fmt::format("lr {}, weight_decay {} or max_grad_norm {} is out of range",
                       training.lr,
                       training.weight_decay,
                       training.max_grad_norm);
  }
  if (is_out(training.warmup, 0, 1) || is_out(training.dropout, 0, 1)) {
    return fmt::format(
        "warmup {} or dropout {} is not in [0, 1)", training.warmup, training.dropout);
  }
  return std::nullopt;
}

constexpr std::array<std::string_view, 3> leading_keys = {"lr", "warmup", "epochs"};

void set_level_params(const std::vector<Axis>& axes, const Point& point, Level& level) {
  level.params = {{"lr", level.training.lr},
                  {"warmup", level.training.warmup},
                  {"epochs", level.training.epochs}};
  for (std::size_t axis = 0; axis < axes.size(); ++axis) {
    if (point[axis] && std::ranges::find(leading_keys, axes[axis].key) == leading_keys.end()) {
      level.params.emplace_back(axes[axis].key, *point[axis]);
    }
  }
}

/// What the values mean is the program's affair.
Level program_level(const SweepSpec& spec, const Point& point, std::size_t number) {
  Level level{
      .id = LevelId{static_cast<std::int64_t>(number)}, .params = {}, .training = {}, .model = {}};
  for (std::size_t axis = 0; axis < point.size(); ++axis) {
    if (point[axis]) {
      level.params.emplace_back(spec.parameters[axis].key, *point[axis]);
    }
  }
  return level;
}

}  // namespace

bool apply_parameter(const std::string& key,
                     const ParameterValue& value,
                     TrainingSettings& training,
                     ModelSpec& model) {
  return apply_to_training(key, value, training) || apply_to_model(key, value, model);
}

Result<Level> level_at(const SweepSpec& spec, const Point& point, std::size_t number) {
  if (spec.program) {
    return program_level(spec, point, number);
  }
  Level level{.id = LevelId{static_cast<std::int64_t>(number)},
              .params = {},
              .training = spec.training,
              .model = spec.model};
  for (std::size_t axis = 0; axis < point.size(); ++axis) {
    const std::string& key = spec.parameters[axis].key;
    if (point[axis] && !apply_parameter(key, *point[axis], level.training, level.model)) {
      return Error{Errc::invalid_argument,
                   fmt::format("parameters.{}: this tarama does not know the key, or not the value "
                               "{}; submit with the version that serves",
                               key,
                               json_of(*point[axis]))};
    }
  }
  if (const auto flaw = misfit(level.training)) {
    return Error{Errc::invalid_argument, *flaw};
  }
  set_level_params(spec.parameters, point, level);
  return level;
}

Result<std::vector<Level>> expand_levels(const SweepSpec& spec) {
  const std::int64_t count = most_points(spec);
  if (count > 0 && (spec.replicates < 1 || count > most_runs / spec.replicates)) {
    return Error{Errc::invalid_argument,
                 fmt::format("the sweep has {} levels with {} replicates; expected 1 to {} runs",
                             count,
                             spec.replicates,
                             most_runs)};
  }
  std::vector<Level> levels;
  std::optional<Error> error;
  visit_points(spec, [&](const Point& point) {
    const std::size_t number = levels.size() + 1;
    Result<Level> level = level_at(spec, at_first_rung(spec, point, number), number);
    if (level) {
      levels.push_back(std::move(*level));
    } else {
      error = level.error();
    }
    return level.has_value();
  });
  if (error) {
    return *error;
  }
  return levels;
}

std::vector<PlannedRun> expand_runs(const SweepSpec& spec, const std::vector<Level>& levels) {
  std::vector<PlannedRun> runs;
  runs.reserve(levels.size() * static_cast<std::size_t>(spec.replicates));
  for (const Level& level : levels) {
    for (std::int64_t replicate = 0; replicate < spec.replicates; ++replicate) {
      runs.push_back({level.id, replicate, spec.seed + replicate});
    }
  }
  return runs;
}

std::int64_t count_levels(const SweepSpec& spec) {
  const auto is_plain = [](const Axis& axis) { return axis.when.empty(); };
  const std::int64_t most = most_points(spec);
  if (spec.method == Method::grid && std::ranges::all_of(spec.parameters, is_plain)) {
    return most;
  }
  std::int64_t count = 0;
  visit_points(spec, [&](const Point&) { return ++count < most_runs; });
  return count;
}

}  // namespace tarama
