// One step: forward, loss, backward, update.
#include "worker/torch/bert_learner.hpp"

#include "core/sweep/assert.hpp"
#include "core/training/classification_metrics.hpp"
#include "worker/torch/bert_adam.hpp"
#include "worker/torch/bert_model.hpp"
#include "worker/torch/bert_parameters.hpp"
#include "worker/torch/padded_batch.hpp"

#include <fmt/format.h>

#include <ATen/ATen.h>
#include <ATen/autocast_mode.h>
#include <c10/core/GradMode.h>
#include <cmath>
#include <cstddef>
#include <optional>
#include <stdexcept>
#include <utility>

namespace tarama::torch_trainer {
namespace {

using training::BatchOutcome;
using training::LearnerSpec;
using training::PackedBatch;
using training::StepOutcome;

/// bf16 for the operations that LibTorch's autocast lists, while it lives; parameters, softmax,
/// loss and optimizer stay in float32. Does nothing for fp32.
class Autocast {
 public:
  Autocast(Precision precision, at::DeviceType device)
      : is_on_(precision == Precision::bf16), device_(device) {
    if (is_on_) {
      at::autocast::set_autocast_dtype(device_, at::kBFloat16);
      at::autocast::set_autocast_enabled(device_, true);
      at::autocast::increment_nesting();
    }
  }

  ~Autocast() {
    if (is_on_) {
      at::autocast::decrement_nesting();
      // The cache holds this step's bf16 copies of the parameters; the next step's differ.
      at::autocast::clear_cache();
      at::autocast::set_autocast_enabled(device_, false);
    }
  }

  Autocast(const Autocast&) = delete;
  Autocast& operator=(const Autocast&) = delete;

 private:
  bool is_on_;
  at::DeviceType device_;
};

BertAdamOptions optimizer_options(const LearnerSpec& spec, double weight_decay) {
  BertAdamOptions options;
  options.lr = spec.training.lr;
  options.lr_factor = [schedule = spec.schedule](std::int64_t updates) {
    return lr_factor(schedule, updates);
  };
  options.weight_decay = weight_decay;
  options.max_grad_norm = spec.training.max_grad_norm;
  return options;
}

const NamedArray& array_named(const std::map<std::string, NamedArray>& arrays,
                              const std::string& name) {
  const auto found = arrays.find(name);
  if (found == arrays.end()) {
    throw std::invalid_argument(fmt::format("the array '{}' is missing", name));
  }
  return found->second;
}

}  // namespace

struct BertLearner::Parts {
  LearnerSpec spec;
  std::string device;
  BertParameters parameters;
  BertAdamGroup decayed;
  BertAdamGroup spared;
  std::optional<StepOutcome> learnt;  // enqueued, and not collected yet

  /// The group of a parameter, and its place there: both groups are in the parameters' order.
  template <class Visit>  // void(std::size_t parameter, BertAdamGroup& group, std::size_t place)
  void for_each_parameter(Visit visit) {
    std::size_t decayed_so_far = 0;
    std::size_t spared_so_far = 0;
    for (std::size_t i = 0; i < parameters.specs.size(); ++i) {
      if (is_decayed(parameters.specs[i].role)) {
        visit(i, decayed, decayed_so_far++);
      } else {
        visit(i, spared, spared_so_far++);
      }
    }
  }

  [[nodiscard]] BatchOutcome outcome_of(const at::Tensor& logits, const at::Tensor& loss) const {
    return {loss.item<double>(), likeliest_classes(to_array(logits).values, spec.config.classes)};
  }
};

BertLearner::BertLearner(const LearnerSpec& spec,
                         const ModelWeights& weights,
                         const std::string& device)
    : parts_(std::make_unique<Parts>()) {
  parts_->spec = spec;
  parts_->device = device;
  parts_->parameters = make_parameters(spec.config, weights, device, FloatType::float32);
  parts_->decayed.options = optimizer_options(spec, spec.training.weight_decay);
  parts_->spared.options = optimizer_options(spec, 0);
  for (std::size_t i = 0; i < parts_->parameters.specs.size(); ++i) {
    add_parameter(is_decayed(parts_->parameters.specs[i].role) ? parts_->decayed : parts_->spared,
                  parts_->parameters.tensors[i]);
  }
}

BertLearner::~BertLearner() = default;

void BertLearner::enqueue(PackedBatch packed, std::int64_t step) {
  Parts& parts = *parts_;
  const PaddedBatch batch = pad(packed);
  for (at::Tensor& parameter : parts.parameters.tensors) {
    parameter.mutable_grad() = at::Tensor();
  }
  at::Tensor logits;
  at::Tensor loss;
  {
    const Autocast autocast(parts.spec.training.precision, c10::Device(parts.device).type());
    logits =
        logits_of(parts.parameters,
                  parts.spec.config,
                  batch,
                  {.rate = parts.spec.training.dropout, .seed = parts.spec.seed, .step = step});
    loss = loss_of(logits, batch);
  }
  parts.learnt = {step, parts.outcome_of(logits, loss)};
  if (std::isfinite(parts.learnt->batch.loss)) {
    loss.backward();
    torch_trainer::step(parts.decayed);
    torch_trainer::step(parts.spared);
  }
}

StepOutcome BertLearner::collect() {
  TARAMA_ASSERT(parts_->learnt.has_value(), "a step is collected once, after it was enqueued");
  return *std::exchange(parts_->learnt, std::nullopt);
}

BatchOutcome BertLearner::evaluate(const PackedBatch& packed) {
  // In float32 whatever the run's precision: these are the numbers that the saved model gives.
  const c10::NoGradGuard no_grad;
  const PaddedBatch batch = pad(packed);
  const at::Tensor logits = logits_of(parts_->parameters, parts_->spec.config, batch, Dropout{});
  return parts_->outcome_of(logits, loss_of(logits, batch));
}

double BertLearner::lr_at(std::int64_t step) const {
  return parts_->spec.training.lr * lr_factor(parts_->spec.schedule, step);
}

ModelWeights BertLearner::weights() {
  ModelWeights weights;
  for (std::size_t i = 0; i < parts_->parameters.specs.size(); ++i) {
    weights.emplace(parts_->parameters.specs[i].name, to_array(parts_->parameters.tensors[i]));
  }
  return weights;
}

std::map<std::string, NamedArray> BertLearner::arrays() {
  std::map<std::string, NamedArray> arrays;
  parts_->for_each_parameter([&](std::size_t i, BertAdamGroup& group, std::size_t place) {
    const std::string& name = parts_->parameters.specs[i].name;
    arrays.emplace("parameter/" + name, to_array(parts_->parameters.tensors[i]));
    arrays.emplace("next_m/" + name, to_array(group.next_m[place]));
    arrays.emplace("next_v/" + name, to_array(group.next_v[place]));
  });
  return arrays;
}

void BertLearner::restore(const std::map<std::string, NamedArray>& arrays, std::int64_t updates) {
  parts_->for_each_parameter([&](std::size_t i, BertAdamGroup& group, std::size_t place) {
    const std::string& name = parts_->parameters.specs[i].name;
    copy_into(parts_->parameters.tensors[i], array_named(arrays, "parameter/" + name));
    copy_into(group.next_m[place], array_named(arrays, "next_m/" + name));
    copy_into(group.next_v[place], array_named(arrays, "next_v/" + name));
    group.updates[place] = updates;
  });
}

}  // namespace tarama::torch_trainer
