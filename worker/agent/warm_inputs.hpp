// Data and weights of the runs of a worker, prepared once and kept from run to run: what makes
// it a warm worker. They are shared read-only, so that no run's state reaches the next one.
#pragma once

#include "core/sweep/job_spec.hpp"
#include "core/sweep/result.hpp"
#include "core/training/model_config.hpp"
#include "input/prepare.hpp"

#include <cstdint>
#include <filesystem>
#include <functional>
#include <list>
#include <memory>
#include <mutex>

namespace tarama {

struct Inputs {
  std::shared_ptr<const input::Prepared> prepared;
  std::shared_ptr<const ModelWeights> weights;  // null: from scratch
};

/// For any thread; one prepares at a time, so that attempts that begin together do it once: the
/// others wait for it.
class WarmInputs {
 public:
  /// `cache`: the store's folder for tokenized data.
  explicit WarmInputs(std::filesystem::path cache) : cache_(std::move(cache)) {}

  /// Prepares what is not in memory. An error, for a person, if files are missing or wrong, or
  /// are not those that the sweep was submitted with.
  /// `on_text` is called for each text on the way, and now and then while another attempt prepares.
  [[nodiscard]] Result<Inputs> get(const JobSpec& job, const std::function<void()>& on_text = {});

  /// How often files were read.
  [[nodiscard]] std::int64_t preparations() const;

 private:
  struct Entry {
    DataSpec data;
    ModelSpec model;
    Norm norm = Norm::post;
    std::int64_t sweep_seed = 1;
    std::string model_state;  // of when the weights were loaded: they are mapped
    Inputs inputs;
  };

  [[nodiscard]] Result<Inputs> prepare(const JobSpec& job,
                                       const std::function<void()>& on_text);  // with the lock held

  const std::filesystem::path cache_;
  mutable std::timed_mutex mutex_;  // of all below
  std::list<Entry> entries_;        // the last used first
  std::int64_t preparations_ = 0;
};

}  // namespace tarama
