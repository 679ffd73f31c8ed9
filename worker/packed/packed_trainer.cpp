// From a job to its learner; predictions.
#include "worker/packed/packed_trainer.hpp"

#include "core/sweep/numerics_version.hpp"
#include "worker/packed/kernels/kernel_table.hpp"
#include "worker/packed/packed_learner.hpp"
#include "worker/training/learner_trainer.hpp"
#include "worker/training/predicting.hpp"
#include "worker/training/used_rows.hpp"

#include <fmt/format.h>

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

  [[nodiscard]] std::vector<float> predict(const ModelConfig& config,
                                           const ModelWeights& weights,
                                           const TokenizedSplit& split) override;

 protected:
  [[nodiscard]] std::unique_ptr<training::Learner> make_learner(
      const training::LearnerSpec& spec, const ModelWeights& weights) override {
    return std::make_unique<packed::PackedLearner>(spec, weights, packed_kernels());
  }

  [[nodiscard]] std::vector<std::int64_t> state_shape(const TrainJob& job,
                                                      const Parameter& parameter) const override;
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
