// The epoch that the metric takes, as far as the rows tell.
#include "worker/training/kept_predictions.hpp"

#include "core/statistics/metric_value.hpp"

namespace tarama::training {

bool keeps_classes(const TrainJob& job,
                   const std::vector<EvalRow>& evals,
                   std::int64_t epoch,
                   Split split) {
  switch (job.keep_predictions) {
    case KeepPredictions::none:
      return false;
    case KeepPredictions::all:
      return true;
    case KeepPredictions::chosen:
      break;
  }
  if (split == Split::test) {
    return true;
  }
  if (job.metric.take == Take::last) {
    return epoch == job.training.epochs;
  }
  const EvalRow* const best = chosen_eval(evals, job.metric);
  return best != nullptr && best->epoch == epoch;
}

}  // namespace tarama::training
