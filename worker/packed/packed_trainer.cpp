// From a job to its learner; predictions.
#include "worker/packed/packed_trainer.hpp"

#include "core/sweep/numerics_version.hpp"
#include "worker/packed/kernels/kernel_table.hpp"
#include "worker/packed/packed_learner.hpp"
#include "worker/training/learner_trainer.hpp"
#include "worker/training/predicting.hpp"
#include "worker/training/used_rows.hpp"

#include <fmt/format.h>

#include <memory>
#include <mutex>
#include <utility>
#include <vector>

#if defined(__GLIBC__)
#include <gnu/libc-version.h>
#endif

namespace tarama {
namespace {

class PackedTrainer : public training::LearnerTrainer {
 public:
  [[nodiscard]] std::string_view kind() const override { return "packed"; }

  [[nodiscard]] std::string arithmetic(const TrainJob& job) const override;

  void let_go() override { take_spare().reset(); }

  [[nodiscard]] std::vector<float> predict(const ModelConfig& config,
                                           const ModelWeights& weights,
                                           const TokenizedSplit& split) override;

 protected:
  [[nodiscard]] std::unique_ptr<training::Learner> make_learner(
      const training::LearnerSpec& spec, const ModelWeights& weights) override {
    std::unique_ptr<packed::PackedLearner> learner = take_spare();
    if (learner != nullptr && learner->is_sized_for(spec)) {
      learner->begin_anew(spec, weights);
      return learner;
    }
    learner.reset();  // first, so that there is never memory for two
    return std::make_unique<packed::PackedLearner>(spec, weights, packed_kernels());
  }

  void keep_learner(std::unique_ptr<training::Learner> learner) override {
    const std::lock_guard lock(mutex_);
    spare_.reset(
        static_cast<packed::PackedLearner*>(learner.release()));  // as make_learner made it
  }

  [[nodiscard]] std::vector<std::int64_t> state_shape(const TrainJob& job,
                                                      const Parameter& parameter) const override;

 private:
  [[nodiscard]] std::unique_ptr<packed::PackedLearner> take_spare() {
    const std::lock_guard lock(mutex_);
    return std::move(spare_);
  }

  // Of the run before, one however many slots there are: runs of a sweep mostly need the same
  // buffers, and to take and give back their pages costs as much as loading what they hold.
  std::mutex mutex_;  // of the next
  std::unique_ptr<packed::PackedLearner> spare_;
};

std::vector<std::int64_t> PackedTrainer::state_shape(const TrainJob& job,
                                                     const Parameter& parameter) const {
  return training::shape_of_used_rows(job, parameter);
}

std::string PackedTrainer::arithmetic(const TrainJob& /*job*/) const {
#if defined(__GLIBC__)
  const std::string library = fmt::format("glibc {}", gnu_get_libc_version());
#else
  const std::string library = "another C library";
#endif
  return fmt::format("packed {}; kernels for {} by compiler {} with '{}', {}",
                     numerics_version_of("packed"),
                     packed_kernels(),
                     __VERSION__,
                     TARAMA_COMPILED_WITH,
                     library);
}

std::vector<float> PackedTrainer::predict(const ModelConfig& config,
                                          const ModelWeights& weights,
                                          const TokenizedSplit& split) {
  packed::PackedLearner learner(
      training::spec_for_predicting(config, split), weights, packed_kernels());
  return training::probabilities_of(split, config.classes, [&](const training::PackedBatch& batch) {
    return learner.scores(batch);
  });
}

}  // namespace

std::unique_ptr<Trainer> make_packed_trainer() {
  return std::make_unique<PackedTrainer>();
}

std::string packed_kernels() {
  return std::string(packed::kernels().name);
}

}  // namespace tarama
