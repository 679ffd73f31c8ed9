// The names of the settings that are one of a fixed set, as they stand in sweep files, JSON and
// SQL. The tables are in declaration order, which is the order in which messages list them.
#pragma once

#include "core/sweep/metric_rows.hpp"
#include "core/sweep/sweep_spec.hpp"

#include <array>
#include <optional>
#include <string_view>
#include <vector>

namespace tarama {

template <class Enum>
struct NamedValue {
  Enum value;
  std::string_view name;
};

inline constexpr std::array schedule_names = {
    NamedValue{Schedule::warmup_linear, "warmup_linear"},
    NamedValue{Schedule::warmup_cosine, "warmup_cosine"},
    NamedValue{Schedule::warmup_constant, "warmup_constant"},
    NamedValue{Schedule::none, "none"},
    NamedValue{Schedule::warmup_cosine_with_hard_restarts, "warmup_cosine_with_hard_restarts"},
    NamedValue{Schedule::warmup_cosine_with_warmup_restarts, "warmup_cosine_with_warmup_restarts"},
};
inline constexpr std::array t_total_names = {NamedValue{TTotal::steps_of_run, "auto"},
                                             NamedValue{TTotal::none, "none"}};
inline constexpr std::array norm_names = {NamedValue{Norm::post, "post"},
                                          NamedValue{Norm::pre, "pre"}};
inline constexpr std::array precision_names = {NamedValue{Precision::fp32, "fp32"},
                                               NamedValue{Precision::bf16, "bf16"}};
inline constexpr std::array method_names = {NamedValue{Method::grid, "grid"},
                                            NamedValue{Method::random, "random"},
                                            NamedValue{Method::sobol, "sobol"},
                                            NamedValue{Method::tpe, "tpe"},
                                            NamedValue{Method::asha, "asha"},
                                            NamedValue{Method::hyperband, "hyperband"}};
inline constexpr std::array distribution_names = {
    NamedValue{Distribution::uniform, "uniform"},
    NamedValue{Distribution::log_uniform, "log_uniform"},
    NamedValue{Distribution::normal, "normal"}};
inline constexpr std::array learner_names = {NamedValue{LearnerName::packed, "packed"},
                                             NamedValue{LearnerName::torch, "torch"}};
/// Those of the built-in trainer, without the "eval." that sweep files write before them.
inline constexpr std::array metric_names = {NamedValue{MetricName::flat_accuracy, "flat_accuracy"},
                                            NamedValue{MetricName::loss, "loss"},
                                            NamedValue{MetricName::mcc, "mcc"},
                                            NamedValue{MetricName::macro_f1, "macro_f1"}};
inline constexpr std::array metrics_from_names = {
    NamedValue{MetricsFrom::standard_output, "stdout"},
    NamedValue{MetricsFrom::file, "file"},
    NamedValue{MetricsFrom::tensorboard, "tensorboard"},
    NamedValue{MetricsFrom::wandb, "wandb"}};
inline constexpr std::array goal_names = {NamedValue{Goal::maximize, "maximize"},
                                          NamedValue{Goal::minimize, "minimize"}};
inline constexpr std::array take_names = {NamedValue{Take::last, "last"},
                                          NamedValue{Take::best, "best"}};
inline constexpr std::array keep_models_names = {NamedValue{KeepModels::none, "none"},
                                                 NamedValue{KeepModels::best, "best"},
                                                 NamedValue{KeepModels::all, "all"}};
inline constexpr std::array keep_checkpoints_names = {
    NamedValue{KeepCheckpoints::none, "none"}, NamedValue{KeepCheckpoints::latest, "latest"}};
inline constexpr std::array keep_predictions_names = {NamedValue{KeepPredictions::chosen, "chosen"},
                                                      NamedValue{KeepPredictions::all, "all"},
                                                      NamedValue{KeepPredictions::none, "none"}};
inline constexpr std::array quotes_names = {NamedValue{Quotes::text, "text"},
                                            NamedValue{Quotes::csv, "csv"}};
inline constexpr std::array encoding_names = {NamedValue{Encoding::utf_8, "utf-8"},
                                              NamedValue{Encoding::latin_1, "latin-1"},
                                              NamedValue{Encoding::utf_16, "utf-16"}};
inline constexpr std::array share_names = {NamedValue{Share::prefixes, "prefixes"},
                                           NamedValue{Share::none, "none"}};
inline constexpr std::array order_names = {NamedValue{OrderBy::longest_first, "longest_first"},
                                           NamedValue{OrderBy::as_listed, "as_listed"},
                                           NamedValue{OrderBy::cheapest_first, "cheapest_first"},
                                           NamedValue{OrderBy::random, "random"}};
inline constexpr std::array rung_decision_names = {NamedValue{RungDecision::goes_on, "goes_on"},
                                                   NamedValue{RungDecision::stopped, "stopped"},
                                                   NamedValue{RungDecision::freed, "freed"}};
inline constexpr std::array split_names = {NamedValue{Split::eval, "eval"},
                                           NamedValue{Split::test, "test"}};

/// The name of a value that its table holds; every enumerator is in its table (a test checks).
[[nodiscard]] std::string_view name_of(Schedule value);
[[nodiscard]] std::string_view name_of(TTotal value);
[[nodiscard]] std::string_view name_of(Norm value);
[[nodiscard]] std::string_view name_of(Precision value);
[[nodiscard]] std::string_view name_of(Method value);
[[nodiscard]] std::string_view name_of(Distribution value);
[[nodiscard]] std::string_view name_of(LearnerName value);
/// Of the built-in trainer's; see text_of.
[[nodiscard]] std::string_view name_of(MetricName value);
/// What the metric is called in the store: "flat_accuracy", or as a program calls it.
[[nodiscard]] std::string_view text_of(const Metric& metric);
[[nodiscard]] std::string_view name_of(MetricsFrom value);
[[nodiscard]] std::string_view name_of(Goal value);
[[nodiscard]] std::string_view name_of(Take value);
[[nodiscard]] std::string_view name_of(KeepModels value);
[[nodiscard]] std::string_view name_of(KeepCheckpoints value);
[[nodiscard]] std::string_view name_of(KeepPredictions value);
[[nodiscard]] std::string_view name_of(Quotes value);
[[nodiscard]] std::string_view name_of(Encoding value);
[[nodiscard]] std::string_view name_of(Share value);
[[nodiscard]] std::string_view name_of(OrderBy value);
[[nodiscard]] std::string_view name_of(RungDecision value);
[[nodiscard]] std::string_view name_of(Split value);

/// The value of a name, by its table: `value_named(norm_names, "pre")`.
template <class Enum, std::size_t count>
[[nodiscard]] constexpr std::optional<Enum> value_named(
    const std::array<NamedValue<Enum>, count>& table, std::string_view name) {
  for (const NamedValue<Enum>& entry : table) {
    if (entry.name == name) {
      return entry.value;
    }
  }
  return std::nullopt;
}

/// All names of a table, for a message that lists what was expected.
template <class Enum, std::size_t count>
[[nodiscard]] std::vector<std::string_view> names_in(
    const std::array<NamedValue<Enum>, count>& table) {
  std::vector<std::string_view> names;
  for (const NamedValue<Enum>& entry : table) {
    names.push_back(entry.name);
  }
  return names;
}

[[nodiscard]] std::optional<Schedule> schedule_named(std::string_view name);
[[nodiscard]] std::optional<TTotal> t_total_named(std::string_view name);
[[nodiscard]] std::optional<Norm> norm_named(std::string_view name);
[[nodiscard]] std::optional<Precision> precision_named(std::string_view name);
[[nodiscard]] std::optional<LearnerName> learner_named(std::string_view name);
[[nodiscard]] std::optional<MetricName> metric_named(std::string_view name);
[[nodiscard]] std::optional<Goal> goal_named(std::string_view name);
[[nodiscard]] std::optional<Take> take_named(std::string_view name);
[[nodiscard]] std::optional<KeepModels> keep_models_named(std::string_view name);
[[nodiscard]] std::optional<KeepCheckpoints> keep_checkpoints_named(std::string_view name);
[[nodiscard]] std::optional<KeepPredictions> keep_predictions_named(std::string_view name);
[[nodiscard]] std::optional<Share> share_named(std::string_view name);
[[nodiscard]] std::optional<RungDecision> rung_decision_named(std::string_view name);
[[nodiscard]] std::optional<Split> split_named(std::string_view name);

}  // namespace tarama
