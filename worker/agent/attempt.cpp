// One attempt from its job to its end: inputs, checkpoint, training, model.
#include "worker/agent/attempt.hpp"

#include "core/sweep/enum_names.hpp"
#include "core/training/run_length.hpp"
#include "failpoints/failpoint.hpp"
#include "input/model/save_model_folder.hpp"
#include "input/prepare.hpp"
#include "worker/agent/await_room.hpp"
#include "worker/agent/newer_attempt.hpp"
#include "worker/agent/prediction_message.hpp"
#include "worker/agent/program_attempt.hpp"
#include "worker/agent/resume_plan.hpp"
#include "worker/agent/run_log.hpp"
#include "worker/agent/start_state.hpp"
#include "worker/checkpoints/checkpoint_policy.hpp"
#include "worker/checkpoints/checkpoint_store.hpp"
#include "worker/training/complaint.hpp"

#include <fmt/format.h>

#include <chrono>
#include <cstdio>
#include <exception>
#include <new>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace tarama {

namespace {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;

fs::path checkpoint_folder(const AgentOptions& options, RunId run) {
  return options.store / "checkpoints" / fmt::format("{}", run);
}

fs::path model_folder(const AgentOptions& options, RunId run) {
  return options.store / "models" / fmt::format("{}", run);
}

/// The first line of every log.
void say_header(const RunLog& log,
                const JobSpec& job,
                const std::string& device,
                const std::string& start) {
  const TrainingSettings& training = job.training;
  log.say(
      fmt::format("run {}, attempt {}: lr {}, warmup {}, epochs {}, batch_size {}, schedule {}, "
                  "t_total {}, weight_decay {}, max_grad_norm {}, norm {}, dropout {}, precision "
                  "{}, seed {}; by {} on {}; {}",
                  job.run,
                  job.attempt,
                  training.lr,
                  training.warmup,
                  training.epochs,
                  training.batch_size,
                  name_of(training.schedule),
                  name_of(training.t_total),
                  training.weight_decay,
                  training.max_grad_norm,
                  name_of(training.norm),
                  training.dropout,
                  name_of(training.precision),
                  job.seed,
                  job.learner,
                  device,
                  start));
}

protocol::Finished finished(const JobSpec& job, AttemptEnd end) {
  protocol::Finished result;
  result.run = job.run;
  result.attempt = job.attempt;
  result.end = end;
  return result;
}

protocol::Finished failed(const JobSpec& job, FailureClass failure, const std::string& message) {
  protocol::Finished result = finished(job, AttemptEnd::failed);
  result.failure = failure;
  result.message = message;
  return result;
}

/// One attempt, and all that its parts need of the world.
struct AttemptAtHand {
  AttemptSession& session;
  const AttemptContext& context;
  const RunLog& log;

  [[nodiscard]] const JobSpec& job() const { return session.job(); }
};

/// Others only lose time without it.
void keep_for_others(const AttemptAtHand& attempt, const TrainerState& state) {
  if (const auto kept = keep_state(attempt.context.options.store, attempt.job(), state); !kept) {
    attempt.log.say(fmt::format(
        "runs that begin as this one train its steps themselves, for its state cannot be kept: {}",
        kept.error().message));
  }
}

/// Passes rows on, and decides on checkpoints.
class Observer : public TrainObserver {
 public:
  Observer(const AttemptAtHand& attempt,
           const TokenizedData& data,
           std::string arithmetic,
           std::int64_t run_steps,
           std::int64_t steps_done)
      : attempt_(attempt),
        data_(data),
        arithmetic_(std::move(arithmetic)),
        run_steps_(run_steps),
        steps_done_(steps_done),
        policy_(attempt.job().keep.checkpoints, Clock::now()) {}

  void on_note(const std::string& note) override { attempt_.log.say(note); }

  void on_step(const StepRow& row) override {
    steps_done_ = row.step + 1;
    attempt_.session.send(row);
  }

  void on_eval(const EvalRow& row) override { attempt_.session.send(row); }

  void on_predictions(const Predictions& predictions) override {
    auto message = prediction_message(predictions, data_);
    if (message) {
      attempt_.session.send(std::move(*message));
    } else {
      attempt_.log.say(message.error().message);  // the run is as good without
    }
  }

  bool wants_checkpoint(bool is_epoch_end) override {
    if (is_epoch_end && steps_done_ == run_steps_) {
      // For the run itself there is nothing left that a checkpoint could save.
      is_for_others_ = attempt_.job().keeps.has_value();
      return is_for_others_;
    }
    return policy_.is_due(
        is_epoch_end ? CheckpointPolicy::Moment::epoch_end : CheckpointPolicy::Moment::mid_epoch,
        Clock::now());
  }

  void save_checkpoint(TrainerState state) override {
    const JobSpec& job = attempt_.job();
    // What is cancelled is not gone on with, and its user waits for the device.
    if (is_given_up() || attempt_.session.stop_cause() == StopCause::cancelled) {
      return;
    }
    state.arithmetic = arithmetic_;
    if (std::exchange(is_for_others_, false)) {
      return keep_for_others(attempt_, state);
    }
    const auto saved = tarama::save_checkpoint(
        checkpoint_folder(attempt_.context.options, job.run), job.run_key, job.attempt, state);
    if (saved) {
      policy_.written(Clock::now());
    } else {
      policy_.failed(Clock::now());
      // A checkpoint only saves time; without it the run is as good as before.
      attempt_.log.say(fmt::format("no checkpoint at step {}, training goes on: {}",
                                   state.steps_done,
                                   saved.error().message));
    }
  }

  // Asked after each step and each batch of an evaluation: whoever asks gets on.
  bool should_stop() override {
    attempt_.session.sign_of_progress();
    return attempt_.session.stop_cause().has_value();
  }

 private:
  /// Nobody will go on from here: the run is cancelled, or a newer attempt trains it.
  bool is_given_up() {
    const JobSpec& job = attempt_.job();
    if (has_newer_attempt(attempt_.context.options.store, job.run, job.attempt)) {
      attempt_.log.say("a newer attempt of this run has begun: this one ends");
      attempt_.session.ask_to_stop(StopCause::cancelled);
    }
    return attempt_.session.stop_cause() == StopCause::cancelled;
  }

  const AttemptAtHand& attempt_;
  const TokenizedData& data_;
  std::string arithmetic_;
  std::int64_t run_steps_;
  std::int64_t steps_done_;
  CheckpointPolicy policy_;
  bool is_for_others_ = false;  // the checkpoint that is due
};

/// Why bits of a checkpoint cannot be gone on from here; nullopt: they can.
std::optional<std::string> misfit_of_arithmetic(const TrainerState& state,
                                                const std::string& arithmetic) {
  return state.arithmetic == arithmetic
             ? std::nullopt
             : std::optional(fmt::format("its numbers come from another arithmetic: it was trained "
                                         "by '{}', this attempt trains by '{}'",
                                         state.arithmetic,
                                         arithmetic));
}

/// The furthest state that can be used; says what it finds damaged or unfit.
StartState load_state(const AttemptAtHand& attempt,
                      const TrainJob& train_job,
                      const std::string& arithmetic,
                      std::int64_t run_steps) {
  StartState start =
      load_start(attempt.context.options.store, attempt.job(), [&](const TrainerState& state) {
        auto why = misfit_of_arithmetic(state, arithmetic);
        why = why ? why : misfit_of_rows(state, run_steps);
        return why ? why : attempt.context.trainer.misfit(train_job, state);
      });
  // An attempt that ended between the last evaluation and its success may not have kept it.
  if (attempt.job().keeps && start.state && is_whole(*start.state, attempt.job(), run_steps)) {
    keep_for_others(attempt, *start.state);
  }
  return start;
}

std::string start_text(const StartState& start, const ResumePlan& plan) {
  if (!start.state) {
    return "starts at step 0";
  }
  return fmt::format("goes on at step {}, {}its rows begin at step {}",
                     start.state->steps_done,
                     start.from ? fmt::format("where run {} ended, ", start.from->run) : "",
                     plan.first_step);
}

/// Tells the orchestrator and the log where the attempt starts.
void announce(const AttemptAtHand& attempt, const StartState& start) {
  const ResumePlan plan = plan_resume(start.state, attempt.job());
  say_header(attempt.log, attempt.job(), attempt.context.options.device, start_text(start, plan));
  for (const std::string& remark : start.remarks) {
    attempt.log.say(remark);
  }
  attempt.session.started(plan.first_step, start.from);
  for (const StepRow& row : plan.steps) {
    attempt.session.send(row);
  }
  for (const EvalRow& row : plan.evals) {
    attempt.session.send(row);
  }
}

Result<void> save_model(const AttemptAtHand& attempt,
                        const input::Prepared& prepared,
                        const ModelWeights& weights) {
  const JobSpec& job = attempt.job();
  return write_once_there_is_room(
      [&] {
        return input::save_model_folder(model_folder(attempt.context.options, job.run),
                                        prepared.config,
                                        weights,
                                        *prepared.data,
                                        job.training.dropout);
      },
      {.wait = [&](auto pause) { return attempt.session.wait_for_room(pause); },
       .say =
           [&](const Error& error) {
             attempt.log.say("the model waits for room on the disk: " + error.message);
           }});
}

/// What is left to do on disk after a success. The checkpoints stay until it is committed: if
/// word of it is lost, the next attempt has nearly nothing to train.
protocol::Finished keep_results(const AttemptAtHand& attempt,
                                const input::Prepared& prepared,
                                const ModelWeights& weights) {
  const JobSpec& job = attempt.job();
  if (has_newer_attempt(attempt.context.options.store, job.run, job.attempt)) {
    return finished(job, AttemptEnd::stopped);  // the model that counts is the newer one's
  }
  if (!weights.empty()) {
    const auto saved = save_model(attempt, prepared, weights);
    if (!saved && attempt.session.stop_cause()) {
      return finished(job, AttemptEnd::stopped);  // the next attempt trains from the checkpoint
    }
    if (!saved) {
      const bool is_full = saved.error().code == Errc::disk_full;
      return failed(job,
                    is_full ? FailureClass::disk_full : FailureClass::exited,
                    "saving the model: " + saved.error().message);
    }
  }
  return finished(job, AttemptEnd::succeeded);
}

/// Whoever set the limit does not want what came after it, were it the whole run.
protocol::Finished overdue(const JobSpec& job) {
  return failed(job, FailureClass::time_limit, "the run took longer than the sweep's time_limit");
}

protocol::Finished result_of(const AttemptAtHand& attempt,
                             const input::Prepared& prepared,
                             const TrainEnd& end) {
  const JobSpec& job = attempt.job();
  const auto with_note = [&](protocol::Finished result) {
    if (result.end != AttemptEnd::failed) {
      result.message = end.note;
    }
    return result;
  };
  switch (end.kind) {
    case TrainEnd::Kind::succeeded:
      return with_note(keep_results(attempt, prepared, end.weights));
    case TrainEnd::Kind::stopped:
      return with_note(finished(job, AttemptEnd::stopped));
    case TrainEnd::Kind::failed:
      return failed(job,
                    end.failure,
                    end.note.empty() ? end.message : fmt::format("{} ({})", end.message, end.note));
  }
  return failed(job, FailureClass::exited, "the trainer's end is none that we know");
}

protocol::Finished train(const AttemptAtHand& attempt, const Inputs& inputs) {
  const JobSpec& job = attempt.job();
  const std::int64_t run_steps = steps_of_run(
      inputs.prepared->data->train.examples(), job.training.batch_size, job.training.epochs);
  TrainJob train_job{.training = job.training,
                     .learner = job.learner,
                     .seed = job.seed,
                     .metric = job.metric,
                     .wants_weights = job.keep.models != KeepModels::none,
                     .keep_predictions = job.keep.predictions,
                     .config = inputs.prepared->config,
                     .data = inputs.prepared->data,
                     .weights = inputs.weights,
                     .resume = {},
                     .attempt = job.attempt.value};
  const std::string arithmetic = attempt.context.trainer.arithmetic(train_job);
  StartState start = load_state(attempt, train_job, arithmetic, run_steps);
  announce(attempt, start);
  Observer observer(attempt,
                    *inputs.prepared->data,
                    arithmetic,
                    run_steps,
                    start.state ? start.state->steps_done : 0);
  train_job.resume = std::move(start.state);
  TARAMA_FAILPOINT("attempt.announced");
  const TrainEnd end = attempt.context.trainer.train(std::move(train_job), observer);
  TARAMA_FAILPOINT("attempt.trained");
  const double seconds = std::chrono::duration<double>(attempt.session.trained()).count();
  const bool is_late = end.kind == TrainEnd::Kind::succeeded
                           ? attempt.session.is_overdue()
                           : end.kind == TrainEnd::Kind::stopped &&
                                 attempt.session.stop_cause() == StopCause::time_limit;
  protocol::Finished result = is_late ? overdue(job) : result_of(attempt, *inputs.prepared, end);
  result.train_seconds = seconds;
  return result;
}

protocol::Finished prepare_and_train(const AttemptAtHand& attempt) {
  const std::string& device = attempt.context.options.device;
  const auto inputs =
      attempt.context.inputs.get(attempt.job(), [&attempt] { attempt.session.sign_of_progress(); });
  if (!inputs) {
    say_header(attempt.log, attempt.job(), device, "cannot start");
    return failed(attempt.job(), FailureClass::bad_data, inputs.error().message);
  }
  if (attempt.session.stop_cause()) {
    say_header(attempt.log, attempt.job(), device, "was stopped before its first step");
    return finished(attempt.job(), AttemptEnd::stopped);
  }
  return train(attempt, *inputs);
}

protocol::Finished run_guarded(const AttemptAtHand& attempt) {
  try {
    return attempt.job().program
               ? run_program_attempt(attempt.session, attempt.context.options, attempt.log)
               : prepare_and_train(attempt);
  } catch (const std::bad_alloc&) {
    return failed(attempt.job(), FailureClass::out_of_memory, "the machine has no memory left");
  } catch (const std::exception& error) {
    return failed(attempt.job(), FailureClass::exited, fmt::format("unexpected: {}", error.what()));
  }
}

void say_end(const AttemptAtHand& attempt, const protocol::Finished& result) {
  switch (result.end) {
    case AttemptEnd::succeeded:
      attempt.log.say(fmt::format("succeeded after {:.3f} s of training", result.train_seconds));
      return;
    case AttemptEnd::stopped:
      attempt.log.say(
          fmt::format("stopped ({}) after {:.3f} s of training",
                      name_of(attempt.session.stop_cause().value_or(StopCause::drained)),
                      result.train_seconds));
      return;
    case AttemptEnd::failed:
      attempt.log.say(fmt::format("failed ({}): {}", name_of(result.failure), result.message));
      return;
  }
}

/// The attempt's own file; where the worker complains if there is none, since a run can do without.
RunLog open_log(const AgentOptions& options, const JobSpec& job) {
  auto log = RunLog::open(run_log_path(options.store, job.run, job.attempt));
  if (!log) {
    complain(log.error().message);
    return RunLog::on_stderr();
  }
  return std::move(*log);
}

}  // namespace

protocol::Finished run_attempt(AttemptSession& session, AttemptContext& context) {
  const RunLog log = open_log(context.options, session.job());
  const ProcessOutput::Share output(context.output, log);
  const AttemptAtHand attempt{session, context, log};
  const protocol::Finished result = run_guarded(attempt);
  TARAMA_FAILPOINT("attempt.over");
  say_end(attempt, result);
  return result;
}

}  // namespace tarama
