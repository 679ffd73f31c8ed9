// Data and weights kept from run to run, checked against what was planned.
#include "worker/agent/warm_inputs.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <string>
#include <utility>

namespace tarama {

namespace {

// A sweep has one data set and few shapes of model; what is prepared again comes from the cache
// folder anyway. More would hold memory that the runs need.
constexpr std::size_t entries_kept = 4;

// Short beside the 10 minutes without a sign after which an attempt is held to hang.
constexpr std::chrono::seconds sign_while_waiting{10};

std::string text_of(const std::vector<input::Problem>& problems) {
  std::string text;
  for (const input::Problem& problem : problems) {
    text += fmt::format("{}{}: {}", text.empty() ? "" : "\n", problem.key, problem.message);
  }
  return text;
}

bool is_as_planned(const input::Prepared& prepared, const JobSpec& job) {
  return prepared.data->fingerprint == job.data_fingerprint &&
         prepared.model_fingerprint == job.model_fingerprint;
}

Error not_as_planned(const input::Prepared& prepared, const JobSpec& job) {
  const bool is_data = prepared.data->fingerprint != job.data_fingerprint;
  return Error{Errc::refused,
               fmt::format("the {} changed since the sweep was submitted: their fingerprint is {}, "
                           "it was {}. Restore the files, or submit the sweep again",
                           is_data ? "data files or the vocabulary" : "model's files",
                           is_data ? prepared.data->fingerprint : prepared.model_fingerprint,
                           is_data ? job.data_fingerprint : job.model_fingerprint)};
}

}  // namespace

std::int64_t WarmInputs::preparations() const {
  const std::lock_guard lock(mutex_);
  return preparations_;
}

Result<Inputs> WarmInputs::get(const JobSpec& job, const std::function<void()>& on_text) {
  std::unique_lock lock(mutex_, std::defer_lock);
  while (!lock.try_lock_for(sign_while_waiting)) {
    if (on_text) {
      on_text();  // who prepares gives signs of its own, and is ended where they stop
    }
  }
  const auto found = std::find_if(entries_.begin(), entries_.end(), [&](const Entry& entry) {
    return entry.data == job.data && entry.model == job.model && entry.norm == job.training.norm &&
           entry.sweep_seed == job.sweep_seed;
  });
  if (found != entries_.end()) {
    if (is_as_planned(*found->inputs.prepared, job) &&
        input::model_state(job.model.path) == found->model_state) {
      entries_.splice(entries_.begin(), entries_, found);
      return entries_.front().inputs;
    }
    entries_.erase(found);  // the files changed: what was planned with them is checked again
  }
  std::string state = input::model_state(job.model.path);  // before: a change meanwhile shows later
  auto inputs = prepare(job, on_text);
  if (inputs) {
    entries_.push_front(
        {job.data, job.model, job.training.norm, job.sweep_seed, std::move(state), *inputs});
    entries_.resize(std::min(entries_.size(), entries_kept));
  }
  return inputs;
}

Result<Inputs> WarmInputs::prepare(const JobSpec& job, const std::function<void()>& on_text) {
  ++preparations_;
  const input::PrepareOutcome outcome = input::prepare({.data = job.data,
                                                        .model = job.model,
                                                        .norm = job.training.norm,
                                                        .sweep_seed = job.sweep_seed,
                                                        .cache = cache_,
                                                        .on_text = on_text});
  if (!outcome.prepared) {
    return Error{Errc::invalid_config, text_of(outcome.problems)};
  }
  if (!is_as_planned(*outcome.prepared, job)) {
    return not_as_planned(*outcome.prepared, job);
  }
  Inputs inputs{outcome.prepared, nullptr};
  if (!job.model.path.empty()) {
    auto weights = input::load_weights(job.model, outcome.prepared->config);
    if (!weights) {
      return weights.error();
    }
    inputs.weights = std::move(*weights);
  }
  return inputs;
}

}  // namespace tarama
