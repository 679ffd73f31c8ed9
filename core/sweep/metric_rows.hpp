// The rows that training yields: one per optimizer step, one per evaluation. The same types
// travel from the trainer over the wire into the store.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

namespace tarama {

/// One optimizer update. `step` counts from 0 over the whole run, `epoch` from 1.
struct StepRow {
  std::int64_t step = 0;
  std::int64_t epoch = 1;
  double lr = 0;             // the rate that was applied
  double loss = 0;           // mean over the batch, before the update
  double flat_accuracy = 0;  // share of the batch whose argmax is the label
  std::int64_t examples = 0;
  std::int64_t tokens = 0;  // without padding
  std::int64_t at = 0;      // milliseconds since the epoch, the worker's clock

  friend bool operator==(const StepRow&, const StepRow&) = default;
};

enum class Split { eval, test };

/// One evaluation: after each epoch on `eval`, once at the run's end on `test`.
struct EvalRow {
  std::int64_t epoch = 1;  // from 1
  Split split = Split::eval;
  std::int64_t step = 0;                // the last completed step
  double loss = 0;                      // mean over examples
  double flat_accuracy = 0;             // over all examples
  double batch_mean_flat_accuracy = 0;  // mean of the batches', as the recipe computes it
  double mcc = 0;                       // Matthews correlation, multi-class form; 0 if undefined
  double macro_f1 = 0;                  // mean over the classes of F1; 0 for an absent class
  double majority_accuracy = 0;         // the share of the commonest label
  std::int64_t examples = 0;

  friend bool operator==(const EvalRow&, const EvalRow&) = default;
};

inline constexpr std::size_t longest_metric_name = 200;  // in bytes

/// What a program reported under a name of its own.
struct ReportedRow {
  static constexpr std::int64_t no_epoch = -1;

  std::string name;
  std::int64_t step = 0;  // from 0, as the program counts; not planned
  std::int64_t epoch = no_epoch;
  double value = 0;
  std::int64_t at = 0;  // milliseconds since the epoch, the worker's clock

  friend bool operator==(const ReportedRow&, const ReportedRow&) = default;
};

}  // namespace tarama
