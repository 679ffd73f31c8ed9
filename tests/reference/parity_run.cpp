// Trains a reference model through the trainer's own parts and collects what is compared.
#include "tests/reference/parity_run.hpp"

#include "core/sweep/enum_names.hpp"
#include "core/training/classification_metrics.hpp"
#include "worker/torch/bert_adam.hpp"
#include "worker/torch/bert_model.hpp"

#include <gtest/gtest.h>

#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <algorithm>
#include <cmath>
#include <iostream>
#include <limits>
#include <span>
#include <stdexcept>
#include <tuple>

namespace tarama::test {
namespace {

using torch_trainer::BertAdamGroup;
using torch_trainer::BertParameters;
using torch_trainer::FloatType;
using torch_trainer::PaddedBatch;

std::vector<double> flat_values(const at::Tensor& tensor) {
  const at::Tensor values = tensor.detach().to(at::kDouble).contiguous();
  const double* const first = values.const_data_ptr<double>();
  return {first, first + values.numel()};
}

std::vector<double> flat_rows(const nlohmann::json& rows) {
  std::vector<double> values;
  for (const auto& row : rows) {
    values.insert(values.end(), row.begin(), row.end());
  }
  return values;
}

double largest_of(const std::map<std::string, double>& values) {
  double largest = 0;
  for (const auto& [name, value] : values) {
    largest = std::max(largest, value);
  }
  return largest;
}

std::vector<double> leads_of(const at::Tensor& logits) {
  const at::Tensor highest = std::get<0>(at::topk(logits, /*k=*/2));
  return flat_values(highest.select(1, 0) - highest.select(1, 1));
}

double norm_of(const at::Tensor& tensor) {
  return tensor.detach().to(at::kDouble).norm().item<double>();
}

BertAdamGroup make_group(const ParitySettings& settings, double weight_decay) {
  BertAdamGroup group;
  group.options.lr = settings.lr;
  group.options.lr_factor = [schedule = settings.schedule](std::int64_t updates) {
    return lr_factor(schedule, updates);
  };
  group.options.weight_decay = weight_decay;
  group.options.max_grad_norm = settings.max_grad_norm;
  return group;
}

/// The largest |actual - expected|, for the log; each number is its own expectation.
class Comparison {
 public:
  Comparison(std::string kind, Tolerance tolerance)
      : kind_(std::move(kind)), tolerance_(tolerance) {}

  ~Comparison() {
    std::cout << "  " << kind_ << ": differs by at most " << largest_ << ", " << largest_share_
              << " of what is allowed\n";
  }

  Comparison(const Comparison&) = delete;
  Comparison& operator=(const Comparison&) = delete;

  void expect(double actual, double expected, const std::string& what) {
    const double allowed = tolerance_.relative * (std::abs(expected) + tolerance_.scale);
    EXPECT_NEAR(actual, expected, allowed) << kind_ << " " << what;
    largest_ = std::max(largest_, std::abs(actual - expected));
    largest_share_ = std::max(largest_share_, std::abs(actual - expected) / allowed);
  }

  void expect_all(const std::vector<double>& actual, const std::vector<double>& expected) {
    ASSERT_EQ(actual.size(), expected.size()) << kind_;
    for (std::size_t i = 0; i < actual.size(); ++i) {
      expect(actual[i], expected[i], "number " + std::to_string(i));
    }
  }

  void expect_all(const std::map<std::string, double>& actual,
                  const std::map<std::string, double>& expected) {
    ASSERT_EQ(actual.size(), expected.size()) << kind_;
    for (const auto& [name, value] : expected) {
      ASSERT_TRUE(actual.contains(name)) << kind_ << " of " << name;
      expect(actual.at(name), value, "of " + name);
    }
  }

 private:
  std::string kind_;
  Tolerance tolerance_;
  double largest_ = 0;
  double largest_share_ = 0;
};

}  // namespace

ParitySettings parity_settings(const nlohmann::json& run) {
  const auto kind = schedule_named(run.at("schedule").get<std::string>());
  if (!kind) {
    throw std::runtime_error("the vectors name an unknown schedule: " + run.at("schedule").dump());
  }
  const bool is_double = run.value("dtype", "float32") == "float64";
  return {.lr = run.at("lr"),
          .schedule = {.kind = *kind,
                       .warmup = run.at("warmup"),
                       .t_total = run.at("t_total"),
                       .cycles = default_cycles(*kind)},
          .weight_decay = run.at("weight_decay"),
          .max_grad_norm = run.at("max_grad_norm"),
          .steps = run.at("steps").size(),
          .type = is_double ? FloatType::float64 : FloatType::float32};
}

ParityNumbers expected_numbers(const nlohmann::json& run) {
  ParityNumbers numbers;
  for (const auto& step : run.at("steps")) {
    numbers.losses.push_back(step.at("loss"));
    numbers.flat_accuracies.push_back(step.at("flat_accuracy"));
  }
  numbers.logits_before = flat_rows(run.at("logits_before"));
  numbers.logits_after = flat_rows(run.at("logits_after"));
  numbers.gradient_norms = run.at("grad_norm_of").get<std::map<std::string, double>>();
  numbers.parameter_norms_after =
      run.at("parameter_norm_after").get<std::map<std::string, double>>();
  return numbers;
}

std::vector<PaddedBatch> parity_batches(const nlohmann::json& batches) {
  std::vector<PaddedBatch> result;
  for (const auto& batch : batches) {
    TokenizedSplit split;
    for (const std::vector<std::int32_t> ids : batch.at("ids")) {
      split.ids.insert(split.ids.end(), ids.begin(), ids.end());
      split.offsets.push_back(static_cast<std::int64_t>(split.ids.size()));
      split.second_starts.push_back(static_cast<std::int32_t>(ids.size()));
    }
    split.labels = batch.at("labels").get<std::vector<std::int32_t>>();
    result.push_back(torch_trainer::pad(training::pack_in_order(split, 0, split.examples())));
  }
  return result;
}

ParityNumbers train(const ParitySettings& settings,
                    const ModelConfig& config,
                    const ModelWeights& weights,
                    const std::vector<PaddedBatch>& batches) {
  at::set_num_threads(1);
  const BertParameters parameters =
      torch_trainer::make_parameters(config, weights, "cpu", settings.type);
  BertAdamGroup decayed = make_group(settings, settings.weight_decay);
  BertAdamGroup spared = make_group(settings, 0);
  for (std::size_t i = 0; i < parameters.specs.size(); ++i) {
    torch_trainer::add_parameter(is_decayed(parameters.specs[i].role) ? decayed : spared,
                                 parameters.tensors[i]);
  }
  const auto logits_of = [&](const PaddedBatch& batch) {
    return torch_trainer::logits_of(parameters, config, batch, {});
  };

  ParityNumbers numbers;
  numbers.logits_before = flat_values(logits_of(batches.front()));
  for (std::size_t step = 0; step < settings.steps; ++step) {
    const PaddedBatch& batch = batches.at(step);
    for (const at::Tensor& parameter : parameters.tensors) {
      parameter.mutable_grad() = at::Tensor();
    }
    const at::Tensor logits = logits_of(batch);
    const at::Tensor loss = torch_trainer::loss_of(logits, batch);
    const NamedArray scores = torch_trainer::to_array(logits);
    numbers.losses.push_back(loss.item<double>());
    numbers.flat_accuracies.push_back(
        flat_accuracy(likeliest_classes(scores.values, config.classes), batch.labels));
    numbers.leads.push_back(leads_of(logits));
    loss.backward();
    for (std::size_t i = 0; step == 0 && i < parameters.specs.size(); ++i) {
      numbers.gradient_norms[parameters.specs[i].name] = norm_of(parameters.tensors[i].grad());
    }
    torch_trainer::step(decayed);
    torch_trainer::step(spared);
  }
  numbers.logits_after = flat_values(logits_of(batches.front()));
  for (std::size_t i = 0; i < parameters.specs.size(); ++i) {
    numbers.parameter_norms_after[parameters.specs[i].name] = norm_of(parameters.tensors[i]);
  }
  return numbers;
}

/// A lead that is within the tolerance may go to either class on another vector unit.
void expect_accuracies(const ParityNumbers& actual,
                       const ParityNumbers& expected,
                       Tolerance tolerance) {
  ASSERT_EQ(actual.flat_accuracies.size(), expected.flat_accuracies.size());
  double narrowest = std::numeric_limits<double>::infinity();
  for (std::size_t step = 0; step < actual.leads.size(); ++step) {
    const std::vector<double>& leads = actual.leads[step];
    const auto undecided = std::ranges::count_if(
        leads, [&](double lead) { return lead <= tolerance.relative * (1 + tolerance.scale); });
    EXPECT_NEAR(actual.flat_accuracies[step],
                expected.flat_accuracies[step],
                static_cast<double>(undecided) / static_cast<double>(leads.size()))
        << "flat accuracy of step " << step;
    narrowest = std::min(narrowest, std::ranges::min(leads));
  }
  std::cout << "  flat accuracy: the narrowest lead of a class is " << narrowest << "\n";
}

void expect_parity(const ParityNumbers& actual,
                   const ParityNumbers& expected,
                   Tolerance tolerance) {
  expect_accuracies(actual, expected, tolerance);
  Comparison("loss", tolerance).expect_all(actual.losses, expected.losses);
  Comparison("logits before", tolerance).expect_all(actual.logits_before, expected.logits_before);
  Comparison("logits after", tolerance).expect_all(actual.logits_after, expected.logits_after);
  Comparison("gradient norm",
             {.relative = tolerance.gradient_relative,
              .scale = 1e-3 * largest_of(expected.gradient_norms)})
      .expect_all(actual.gradient_norms, expected.gradient_norms);
  Comparison("parameter norm after", tolerance)
      .expect_all(actual.parameter_norms_after, expected.parameter_norms_after);
}

}  // namespace tarama::test
