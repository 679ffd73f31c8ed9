// Behind the encoder: tanh and dropout of the pooler, loss, likeliest classes, and whether the loss
// is a number.
#pragma once

#include "worker/cuda/kernels/row_values.hpp"
#include "worker/cuda/kernels/step_header.hpp"

namespace tarama::cuda {

/// work(place, element, factor) for each of a row of [examples, hidden], with what dropout
/// multiplies it by; zeros in `out` where the row is behind the batch.
template <class T, class Work>
TARAMA_DEVICE void each_pooled(Block<Nothing>& block,
                               const BatchView& batch,
                               Int32 hidden,
                               const Dropout& dropout,
                               Ptr<T> out,
                               Work work) {
  const Int32 row = block.place().x;
  const StepHeader& step = batch.header[0];
  const MaskRow mask = mask_row(step.key, step.step, dropout, step.first_example + row, 0);
  block.each([&](const Thread& thread, Nothing&) {
    if (row >= step.examples) {
      clear_row(thread, hidden, row, out);
      return;
    }
    each_dropped(thread, hidden, dropout, mask, [&](Int32, Int32 i, float factor) {
      work(static_cast<Int64>(row) * hidden + i, i, factor);
    });
  });
}

/// pooled = tanh(x + bias), dropped = dropped pooled. Rows are examples.
struct Pool {
  struct Args {
    BatchView batch;
    Int32 hidden;
    Ptr<const float> x;
    Ptr<const float> bias;
    Dropout dropout;
    Ptr<float> pooled;
    Ptr<float> dropped;
  };

  using Shared = Nothing;
  using Local = Nothing;
  static constexpr Int32 most_threads = most_row_threads;

  static TARAMA_DEVICE void run(const Args& args, Shared&, Block<Local>& block) {
    each_pooled(block,
                args.batch,
                args.hidden,
                args.dropout,
                args.dropped,
                [&](Int64 at, Int32 i, float factor) {
                  const float pooled = tanhf(args.x[at] + args.bias[i]);
                  args.pooled[at] = pooled;
                  args.dropped[at] = pooled * factor;
                });
  }
};

/// d_x of x, from the gradient of what was dropped.
template <class T>
struct PoolBackward {
  struct Args {
    BatchView batch;
    Int32 hidden;
    Ptr<const float> d_dropped;
    Ptr<const float> pooled;
    Dropout dropout;
    Ptr<T> d_x;
  };

  using Shared = Nothing;
  using Local = Nothing;
  static constexpr Int32 most_threads = most_row_threads;

  static TARAMA_DEVICE void run(const Args& args, Shared&, Block<Local>& block) {
    each_pooled(
        block, args.batch, args.hidden, args.dropout, args.d_x, [&](Int64 at, Int32, float factor) {
          const float pooled = args.pooled[at];
          const float d = args.d_dropped[at] * factor;
          args.d_x[at] = rounded<T>(d * (1.0F - pooled * pooled));
        });
  }
};

/// Loss and likeliest class of each example, and the gradient of its scores; a thread an example.
struct CrossEntropy {
  struct Args {
    BatchView batch;
    Int32 rows;  // of scores, those behind the batch's included
    Int32 classes;
    Ptr<const float> scores;  // [rows, classes], without the bias
    Ptr<const float> bias;
    Ptr<float> d_scores;   // [rows, classes]; may be null
    Ptr<double> losses;    // of the whole batch
    Ptr<Int32> likeliest;  // of the whole batch
  };

  using Shared = Nothing;
  using Local = Nothing;
  static constexpr Int32 most_threads = 32;

  static TARAMA_DEVICE void run(const Args& args, Shared&, Block<Local>& block) {
    const Int32 first = block.place().x * most_threads;
    block.each([&](const Thread& thread, Local&) {
      const Int32 example = first + thread.index;
      if (example < args.batch.header[0].examples) {
        judge(args, example);
      } else if (example < args.rows && args.d_scores) {
        for (Int32 i = 0; i < args.classes; ++i) {
          args.d_scores[static_cast<Int64>(example) * args.classes + i] = 0;
        }
      }
    });
  }

  static TARAMA_DEVICE void judge(const Args& args, Int32 example) {
    const StepHeader& step = args.batch.header[0];
    const Int64 row = static_cast<Int64>(example) * args.classes;
    Int32 best = 0;
    float most = args.scores[row] + args.bias[0];
    for (Int32 i = 1; i < args.classes; ++i) {
      const float score = args.scores[row + i] + args.bias[i];
      if (score > most) {
        most = score;
        best = i;
      }
    }
    double sum = 0;
    for (Int32 i = 0; i < args.classes; ++i) {
      sum +=
          exp(static_cast<double>(args.scores[row + i] + args.bias[i]) - static_cast<double>(most));
    }
    const Int32 label = args.batch.labels[example];
    const bool has_label = label >= 0 && label < args.classes;  // else there is no loss
    args.losses[step.first_example + example] =
        has_label ? log(sum) + static_cast<double>(most) -
                        static_cast<double>(args.scores[row + label] + args.bias[label])
                  : 0;
    args.likeliest[step.first_example + example] = best;
    if (!args.d_scores) {
      return;
    }
    for (Int32 i = 0; i < args.classes; ++i) {
      const double probability = exp(static_cast<double>(args.scores[row + i] + args.bias[i]) -
                                     static_cast<double>(most)) /
                                 sum;
      args.d_scores[row + i] =
          static_cast<float>((probability - (i == label ? 1.0 : 0.0)) / step.examples_of_batch);
    }
  }
};

/// The batch's loss, in the order of the examples, and whether the run goes on. One block.
struct FinishLoss {
  struct Args {
    BatchView batch;
    Int32 is_training;
    Ptr<const double> losses;
    Ptr<OutcomeHeader> outcome;
  };

  using Shared = Nothing;
  using Local = Nothing;
  static constexpr Int32 most_threads = 32;

  static TARAMA_DEVICE void run(const Args& args, Shared&, Block<Local>& block) {
    block.each([&](const Thread& thread, Local&) {
      if (thread.index != 0) {
        return;
      }
      const Int32 examples = args.batch.header[0].examples_of_batch;
      double loss = 0;
      for (Int32 i = 0; i < examples; ++i) {
        loss += args.losses[i];
      }
      OutcomeHeader& outcome = args.outcome[0];
      outcome.loss = loss / examples;
      outcome.is_finite = is_finite(outcome.loss) ? 1 : 0;
      if (args.is_training != 0 && outcome.is_finite == 0) {
        outcome.has_diverged = 1;
      }
    });
  }
};

}  // namespace tarama::cuda
