// One step: layout, forward, loss, backward, update.
#include "worker/packed/packed_learner.hpp"

#include "core/sweep/assert.hpp"
#include "core/training/classification_metrics.hpp"
#include "worker/packed/flush_denormals.hpp"
#include "worker/packed/kernels/kernel_table.hpp"
#include "worker/packed/model/bert_adam.hpp"
#include "worker/packed/model/cross_entropy.hpp"
#include "worker/packed/model/packed_bert.hpp"
#include "worker/packed/model/parameter_tables.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <optional>
#include <span>
#include <stdexcept>
#include <utility>

namespace tarama::packed {
namespace {

using training::BatchOutcome;
using training::LearnerSpec;
using training::PackedBatch;
using training::StepOutcome;

const KernelTable<float>& table_named(std::string_view name) {
  const KernelTable<float>* const table = kernels_named(name);
  TARAMA_ASSERT(table != nullptr, "the caller names kernels that this processor has");
  return *table;
}

}  // namespace

struct PackedLearner::Parts {
  Parts(const LearnerSpec& its_spec, const KernelTable<float>& its_kernels)
      : spec(its_spec),
        kernels(its_kernels),
        capacity(capacity_for(spec.longest_batch, kernels.padded)),
        plan(plan_model(spec.config, spec.pieces, capacity.longest)),
        tables(plan, kernels),
        gradients(plan.elements),
        d_scores(capacity.examples * spec.config.classes),
        optimizer(plan, kernels),
        model(spec.config, plan, capacity, kernels) {}

  LearnerSpec spec;
  const KernelTable<float>& kernels;
  Capacity capacity;
  ModelPlan plan;
  ParameterTables<float> tables;
  Buffer<float> gradients;
  Buffer<float> d_scores;
  BertAdam<float> optimizer;
  PackedBert<float> model;
  TokenLayout layout;
  std::int64_t updates = 0;
  std::optional<StepOutcome> learnt;  // enqueued, and not collected yet

  [[nodiscard]] double lr_at(std::int64_t step) const {
    return spec.training.lr * lr_factor(spec.schedule, step);
  }

  std::span<const float> forward(const PackedBatch& batch, const Dropout& dropout) {
    lay_out(batch.ids, batch.offsets, batch.second_starts, plan.row_of, kernels.padded, layout);
    TARAMA_ASSERT(is_within(layout, capacity), "no batch is larger than the learner was told");
    return model.forward(layout, dropout, tables.values());
  }

  [[nodiscard]] BatchOutcome outcome_of(std::span<const float> scores, double loss) const {
    return {loss, likeliest_classes(scores, spec.config.classes)};
  }

  void update(std::int64_t step) {
    optimizer.update({.lr = lr_at(step),
                      .weight_decay = spec.training.weight_decay,
                      .max_grad_norm = spec.training.max_grad_norm},
                     layout.words,
                     gradients.data(),
                     tables.values());
    ++updates;
  }

  /// The rates of all updates so far.
  [[nodiscard]] std::vector<float> rates() const {
    std::vector<float> all;
    for (std::int64_t step = 0; step < updates; ++step) {
      all.push_back(static_cast<float>(lr_at(step)));
    }
    return all;
  }

  /// The rows of a slot that the data use, from one of the arrays by the plan.
  [[nodiscard]] NamedArray rows_of(const Slot& slot, const float* by_plan) const {
    const float* const first = by_plan + slot.offset;
    return {rows_shape(slot), std::vector<float>(first, first + slot.elements())};
  }

  static void set_rows(const Slot& slot,
                       const std::map<std::string, NamedArray>& arrays,
                       const std::string& name,
                       float* by_plan) {
    const auto found = arrays.find(name);
    if (found == arrays.end()) {
      throw std::invalid_argument(fmt::format("the array '{}' is missing", name));
    }
    if (found->second.shape != rows_shape(slot)) {
      throw std::invalid_argument(fmt::format("the array '{}' has shape [{}]; expected [{}]",
                                              name,
                                              fmt::join(found->second.shape, ", "),
                                              fmt::join(rows_shape(slot), ", ")));
    }
    std::copy_n(found->second.values.begin(), slot.elements(), by_plan + slot.offset);
  }
};

PackedLearner::PackedLearner(const LearnerSpec& spec,
                             const ModelWeights& weights,
                             std::string_view kernels)
    : parts_(std::make_unique<Parts>(spec, table_named(kernels))) {
  parts_->tables.set(weights);
}

PackedLearner::~PackedLearner() = default;

bool PackedLearner::is_sized_for(const LearnerSpec& spec) const {
  const LearnerSpec& own = parts_->spec;
  return spec.config == own.config && spec.pieces == own.pieces &&
         spec.longest_batch == own.longest_batch;
}

void PackedLearner::begin_anew(const LearnerSpec& spec, const ModelWeights& weights) {
  TARAMA_ASSERT(is_sized_for(spec), "the caller asked before");
  Parts& parts = *parts_;
  parts.spec = spec;
  parts.updates = 0;
  parts.learnt.reset();
  parts.optimizer.forget();
  parts.tables.set(weights);
}

void PackedLearner::enqueue(PackedBatch batch, std::int64_t step) {
  Parts& parts = *parts_;
  TARAMA_ASSERT(!parts.learnt, "a step is collected before the next is enqueued");
  TARAMA_ASSERT(step == parts.updates, "steps count up by one");
  const FlushDenormals flushed;
  const std::span<const float> scores = parts.forward(
      batch, {.rate = parts.spec.training.dropout, .seed = parts.spec.seed, .step = step});
  const std::span<float> d_scores(parts.d_scores.data(), scores.size());
  const double loss = cross_entropy<float>(scores, batch.labels, d_scores);
  parts.learnt = {step, parts.outcome_of(scores, loss)};
  if (std::isfinite(loss)) {
    parts.model.backward(parts.layout, d_scores, parts.tables.values(), parts.gradients.data());
    parts.update(step);
  }
}

StepOutcome PackedLearner::collect() {
  TARAMA_ASSERT(parts_->learnt.has_value(), "a step is collected once, after it was enqueued");
  return *std::exchange(parts_->learnt, std::nullopt);
}

BatchOutcome PackedLearner::evaluate(const PackedBatch& batch) {
  const FlushDenormals flushed;
  const std::span<const float> scores = parts_->forward(batch, {});
  return parts_->outcome_of(scores, cross_entropy<float>(scores, batch.labels, {}));
}

std::vector<float> PackedLearner::scores(const PackedBatch& batch) {
  const FlushDenormals flushed;
  const std::span<const float> scores = parts_->forward(batch, {});
  return {scores.begin(), scores.end()};
}

double PackedLearner::lr_at(std::int64_t step) const {
  return parts_->lr_at(step);
}

ModelWeights PackedLearner::weights() {
  const FlushDenormals flushed;
  Parts& parts = *parts_;
  return parts.tables.get(parts.rates(), static_cast<float>(parts.spec.training.weight_decay));
}

std::map<std::string, NamedArray> PackedLearner::arrays() {
  Parts& parts = *parts_;
  std::map<std::string, NamedArray> arrays;
  for (const Slot& slot : parts.plan.slots) {
    const std::string& name = slot.parameter.name;
    arrays.emplace("parameter/" + name, parts.rows_of(slot, parts.tables.values()));
    arrays.emplace("next_m/" + name, parts.rows_of(slot, parts.optimizer.next_m.data()));
    arrays.emplace("next_v/" + name, parts.rows_of(slot, parts.optimizer.next_v.data()));
  }
  return arrays;
}

void PackedLearner::restore(const std::map<std::string, NamedArray>& arrays, std::int64_t updates) {
  Parts& parts = *parts_;
  for (const Slot& slot : parts.plan.slots) {
    const std::string& name = slot.parameter.name;
    Parts::set_rows(slot, arrays, "parameter/" + name, parts.tables.values());
    Parts::set_rows(slot, arrays, "next_m/" + name, parts.optimizer.next_m.data());
    Parts::set_rows(slot, arrays, "next_v/" + name, parts.optimizer.next_v.data());
  }
  parts.optimizer.moments_were_set();
  parts.updates = updates;
}

}  // namespace tarama::packed
