// The tables of names, one for each enum of a sweep.
#include "core/sweep/enum_names.hpp"

#include "core/sweep/assert.hpp"

namespace tarama {

namespace {

template <class Enum, std::size_t count>
std::string_view name_in(const std::array<NamedValue<Enum>, count>& table, Enum value) {
  for (const NamedValue<Enum>& entry : table) {
    if (entry.value == value) {
      return entry.name;
    }
  }
  TARAMA_ASSERT(false, "every enumerator stands in its table of names");
  return "";
}

}  // namespace

std::string_view name_of(Schedule value) {
  return name_in(schedule_names, value);
}

std::string_view name_of(TTotal value) {
  return name_in(t_total_names, value);
}

std::string_view name_of(Norm value) {
  return name_in(norm_names, value);
}

std::string_view name_of(Precision value) {
  return name_in(precision_names, value);
}

std::string_view name_of(Method value) {
  return name_in(method_names, value);
}

std::string_view name_of(Distribution value) {
  return name_in(distribution_names, value);
}

std::string_view name_of(LearnerName value) {
  return name_in(learner_names, value);
}

std::string_view name_of(MetricName value) {
  return value == MetricName::reported ? "reported" : name_in(metric_names, value);
}

std::string_view text_of(const Metric& metric) {
  return metric.name == MetricName::reported ? std::string_view(metric.program_name)
                                             : name_of(metric.name);
}

std::string_view name_of(MetricsFrom value) {
  return name_in(metrics_from_names, value);
}

std::string_view name_of(Goal value) {
  return name_in(goal_names, value);
}

std::string_view name_of(Take value) {
  return name_in(take_names, value);
}

std::string_view name_of(KeepModels value) {
  return name_in(keep_models_names, value);
}

std::string_view name_of(KeepCheckpoints value) {
  return name_in(keep_checkpoints_names, value);
}

std::string_view name_of(KeepPredictions value) {
  return name_in(keep_predictions_names, value);
}

std::string_view name_of(Quotes value) {
  return name_in(quotes_names, value);
}

std::string_view name_of(Encoding value) {
  return name_in(encoding_names, value);
}

std::string_view name_of(Share value) {
  return name_in(share_names, value);
}

std::string_view name_of(OrderBy value) {
  return name_in(order_names, value);
}

std::string_view name_of(RungDecision value) {
  return name_in(rung_decision_names, value);
}

std::string_view name_of(Split value) {
  return name_in(split_names, value);
}

std::optional<Schedule> schedule_named(std::string_view name) {
  return value_named(schedule_names, name);
}

std::optional<TTotal> t_total_named(std::string_view name) {
  return value_named(t_total_names, name);
}

std::optional<Norm> norm_named(std::string_view name) {
  return value_named(norm_names, name);
}

std::optional<Precision> precision_named(std::string_view name) {
  return value_named(precision_names, name);
}

std::optional<LearnerName> learner_named(std::string_view name) {
  return value_named(learner_names, name);
}

std::optional<MetricName> metric_named(std::string_view name) {
  return value_named(metric_names, name);
}

std::optional<Goal> goal_named(std::string_view name) {
  return value_named(goal_names, name);
}

std::optional<Take> take_named(std::string_view name) {
  return value_named(take_names, name);
}

std::optional<KeepModels> keep_models_named(std::string_view name) {
  return value_named(keep_models_names, name);
}

std::optional<KeepCheckpoints> keep_checkpoints_named(std::string_view name) {
  return value_named(keep_checkpoints_names, name);
}

std::optional<KeepPredictions> keep_predictions_named(std::string_view name) {
  return value_named(keep_predictions_names, name);
}

std::optional<Share> share_named(std::string_view name) {
  return value_named(share_names, name);
}

std::optional<RungDecision> rung_decision_named(std::string_view name) {
  return value_named(rung_decision_names, name);
}

std::optional<Split> split_named(std::string_view name) {
  return value_named(split_names, name);
}

}  // namespace tarama
