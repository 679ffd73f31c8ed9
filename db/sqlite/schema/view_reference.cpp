// The words of docs/SCHEMA.md. After a change: TARAMA_UPDATE_DOCS=1 with the test
// SchemaPage.IsWhatTheReferenceSays writes the page.
#include "db/sqlite/schema/view_reference.hpp"

#include <fmt/format.h>

#include <iterator>

namespace tarama::db {

namespace {

ViewReference results() {
  return {
      "results",
      "one run",
      {{"run_id", "INTEGER", "the run's id, unique in the store"},
       {"sweep_id", "INTEGER", "the sweep's id"},
       {"sweep", "TEXT", "the sweep's name"},
       {"state",
        "TEXT",
        "pending, leased, running, cancelling, succeeded, stopped (by the search method, before "
        "its "
        "last step), failed or cancelled"},
       {"failure_class",
        "TEXT",
        "why it failed: diverged, out_of_memory, crashed, exited, hung, time_limit, bad_data, "
        "disk_full, bad_report, lost, device_error or program_error; NULL: it has not"},
       {"attempts", "INTEGER", "executions so far, 0 before the first"},
       {"lr",
        "REAL",
        "the highest learning rate, before warm-up and decay; NULL: its trainer has none"},
       {"warmup", "REAL", "share of the run's steps, in [0, 1)"},
       {"epochs", "INTEGER", "passes over the training data"},
       {"norm", "TEXT", "post or pre: where LayerNorm stands"},
       {"seed", "INTEGER", "of weights, shuffles and dropout"},
       {"batch_size", "INTEGER", "examples per step"},
       {"schedule", "TEXT", "how the rate changes over the run"},
       {"t_total", "TEXT", "auto: the schedule spans the run's steps; none: it is not applied"},
       {"weight_decay", "REAL", "per step, times the rate"},
       {"max_grad_norm", "REAL", "of each parameter tensor; 0 or less: not clipped"},
       {"dropout", "REAL", "share dropped, in [0, 1)"},
       {"precision", "TEXT", "fp32 or bf16"},
       {"layers", "INTEGER", "of the model; NULL: not known"},
       {"hidden", "INTEGER", "width of the model; NULL: not known"},
       {"level_id", "INTEGER", "the run's level; runs of one level differ in their seed alone"},
       {"replicate", "INTEGER", "its number within the level, from 0"},
       {"params", "TEXT", "JSON object: what the sweep varies, by name"},
       {"metric",
        "REAL",
        "the sweep's metric on the split `eval`, of the last epoch or of the best one, as the "
        "sweep says; of a program what it reported under that name; NULL until the run has "
        "succeeded"},
       {"flat_accuracy", "REAL", "share in [0, 1], of the epoch that `metric` takes; NULL as it"},
       {"eval_loss", "REAL", "mean over examples, natural logarithm, of the same epoch"},
       {"mcc", "REAL", "Matthews correlation in [-1, 1], of the same epoch"},
       {"train_seconds", "REAL", "seconds of training, over all attempts; NULL: none ended yet"},
       {"device", "TEXT", "of the newest attempt; NULL before the first"},
       {"run_key", "TEXT", "hash of parameters, settings, data, model and learner"},
       {"learner", "TEXT", "what trains it: packed, torch, fake or program"},
       {"numerics",
        "INTEGER",
        "version of the learner's arithmetic; runs of one version and learner give the same bits"},
       {"taken_from",
        "INTEGER",
        "the run of another sweep whose rows it took over instead of training; NULL: it trained"},
       {"note", "TEXT", "to be said of its numbers: batches computed in parts; NULL: nothing"}},
      "Which runs came out best?",
      "SELECT run_id, lr, warmup, epochs, seed, metric FROM results\n"
      "WHERE state = 'succeeded' ORDER BY metric DESC LIMIT 10"};
}

ViewReference steps() {
  return {"steps",
          "one optimizer step of a run, each once, whatever was retried or resumed",
          {{"run_id", "INTEGER", "the run's id"},
           {"step", "INTEGER", "from 0, over the whole run"},
           {"epoch", "INTEGER", "from 1"},
           {"lr", "REAL", "the rate that was applied"},
           {"loss",
            "REAL",
            "mean over the batch, natural logarithm, before the update; NULL: not finite"},
           {"flat_accuracy", "REAL", "share of the batch in [0, 1] whose class was predicted"},
           {"examples", "INTEGER", "in the batch"},
           {"tokens", "INTEGER", "in the batch, without padding"},
           {"at", "INTEGER", "milliseconds since 1970-01-01 UTC, by the worker's clock"}},
          "How did the loss of run 1 fall, 20 steps at a time?",
          "SELECT min(step) AS from_step, avg(loss) AS loss FROM steps\n"
          "WHERE run_id = 1 GROUP BY step / 20 ORDER BY from_step"};
}

ViewReference evals() {
  return {
      "evals",
      "one evaluation of a run: after each epoch on `eval`, once at the end on `test`",
      {{"run_id", "INTEGER", "the run's id"},
       {"epoch", "INTEGER", "from 1"},
       {"split", "TEXT", "eval or test"},
       {"step", "INTEGER", "the last completed step, from 0"},
       {"loss", "REAL", "mean over examples, natural logarithm; NULL: not finite"},
       {"flat_accuracy", "REAL", "share of all examples in [0, 1] whose class was predicted"},
       {"batch_mean_flat_accuracy",
        "REAL",
        "mean of the batches' flat accuracies, as the published recipe computes it"},
       {"mcc", "REAL", "Matthews correlation in [-1, 1], multi-class form; 0: undefined"},
       {"macro_f1",
        "REAL",
        "mean over the classes of F1, in [0, 1]; a class that neither labels nor predictions have "
        "counts as 0"},
       {"majority_accuracy",
        "REAL",
        "share of the commonest label: what guessing it always would reach"},
       {"examples", "INTEGER", "in the split"}},
      "Does another epoch still help?",
      "SELECT e.epoch, avg(e.flat_accuracy) AS flat_accuracy, avg(e.loss) AS loss\n"
      "FROM evals AS e JOIN results AS r USING (run_id)\n"
      "WHERE e.split = 'eval' AND r.epochs = 4 GROUP BY e.epoch"};
}

ViewReference levels() {
  return {"levels",
          "one level of a sweep: parameters without the seed",
          {{"sweep_id", "INTEGER", "the sweep's id"},
           {"level_id", "INTEGER", "from 1 within its sweep"},
           {"params", "TEXT", "JSON object: what the sweep varies, by name"},
           {"lr", "REAL", "the highest learning rate"},
           {"warmup", "REAL", "share of the run's steps, in [0, 1)"},
           {"epochs", "INTEGER", "passes over the training data"},
           {"norm", "TEXT", "post or pre"},
           {"planned", "INTEGER", "runs (replicates)"},
           {"succeeded", "INTEGER", "runs"},
           {"failed", "INTEGER", "runs, diverged ones included"},
           {"mean", "REAL", "of the metric over succeeded runs; NULL: none yet"},
           {"sd", "REAL", "its standard deviation (n - 1); NULL: fewer than two runs"},
           {"minimum", "REAL", "the lowest metric; NULL: none yet"},
           {"maximum", "REAL", "the highest metric; NULL: none yet"},
           {"steps_per_run", "INTEGER", "optimizer steps of each run: what the level costs"},
           {"learner", "TEXT", "what trains it: packed, torch or fake"},
           {"numerics",
            "INTEGER",
            "version of the learner's arithmetic: across two of them, means do not compare"},
           {"stopped", "INTEGER", "runs that were given up early: no results"}},
          "Which level is best, and how much do its runs differ?",
          "SELECT lr, warmup, epochs, mean, sd, succeeded FROM levels\n"
          "WHERE sweep_id = 1 ORDER BY mean DESC LIMIT 5"};
}

ViewReference account() {
  return {
      "account",
      "one sweep: where all its planned runs are now; the parts always add up to `planned`",
      {{"sweep_id", "INTEGER", "the sweep's id"},
       {"planned", "INTEGER", "runs"},
       {"pending", "INTEGER", "runs that wait"},
       {"leased", "INTEGER", "runs that a worker has been given and not begun"},
       {"running", "INTEGER", "runs in training; those being cancelled count here"},
       {"succeeded", "INTEGER", "runs"},
       {"failed", "INTEGER", "runs"},
       {"cancelled", "INTEGER", "runs"},
       {"stopped",
        "INTEGER",
        "runs that a rule or the search method ended before their last step"}},
      "How far is everything?",
      "SELECT sweep_id, succeeded + stopped + failed + cancelled AS done, planned FROM account"};
}

ViewReference metrics() {
  return {"metrics",
          "one number of a run at one step, by its name, whatever trained the run: of the built-in "
          "trainers `train.loss`, `train.flat_accuracy` and `lr` of each step, `eval.loss`, "
          "`eval.flat_accuracy`, `eval.mcc` and `eval.macro_f1` of each evaluation, and the same "
          "with `test.`; of a program what it reports",
          {{"run_id", "INTEGER", "the run's id"},
           {"step", "INTEGER", "from 0, over the whole run; of an evaluation the last one before"},
           {"epoch", "INTEGER", "from 1; NULL: the program has not said"},
           {"name", "TEXT", "of the metric"},
           {"value", "REAL", "NULL: not finite"}},
          "How do the runs of a sweep compare after each epoch?",
          "SELECT m.run_id, m.epoch, m.value FROM metrics AS m JOIN results AS r USING (run_id)\n"
          "WHERE r.sweep_id = 1 AND m.name = 'eval.loss' ORDER BY m.run_id, m.step"};
}

ViewReference predictions() {
  return {"predictions",
          "the class that a succeeded run predicted for one example: in the evaluation that "
          "`metric` takes and in the test, or of every epoch or of none, as `keep.predictions` "
          "says; the share of rows that agree is `flat_accuracy` of `evals`",
          {{"run_id", "INTEGER", "the run's id"},
           {"epoch", "INTEGER", "from 1: the one that the evaluation followed"},
           {"split", "TEXT", "eval or test"},
           {"example", "INTEGER", "from 0, in the order of the split's rows in its file"},
           {"predicted", "TEXT", "name of the predicted class"},
           {"label", "TEXT", "name of the class that it has in the data"}},
          "Which examples do most runs of a sweep get wrong?",
          "SELECT p.example, p.label, avg(p.predicted <> p.label) AS wrong\n"
          "FROM predictions AS p JOIN results AS r USING (run_id)\n"
          "WHERE r.sweep_id = 1 AND p.split = 'eval'\n"
          "GROUP BY p.example, p.label ORDER BY wrong DESC LIMIT 10"};
}

ViewReference devices() {
  return {
      "devices",
      "one device that runs were handed to, and what became of them there",
      {{"device", "TEXT", "cpu, cuda:1, …"},
       {"attempts", "INTEGER", "that were handed to a worker on it"},
       {"succeeded", "INTEGER", "of them"},
       {"failed", "INTEGER", "of them, in whatever class"},
       {"train_seconds", "REAL", "seconds of training on it; NULL: none yet"},
       {"last_used_at", "INTEGER", "milliseconds since 1970-01-01 UTC"},
       {"quarantined_since", "INTEGER", "milliseconds since 1970-01-01 UTC; NULL: it is in none"},
       {"read_at",
        "INTEGER",
        "when its driver was last asked for what follows; NULL: never, as of cpu"},
       {"busy_percent", "INTEGER", "share of the last second in which it computed"},
       {"celsius", "INTEGER", "its temperature"},
       {"watts", "REAL", "its power"},
       {"used_bytes", "INTEGER", "of its memory, by everybody"},
       {"memory_bytes", "INTEGER", "of its memory in all"}},
      "On which device do attempts fail?",
      "SELECT device, attempts, failed FROM devices ORDER BY failed DESC"};
}

ViewReference device_readings() {
  return {
      "device_readings",
      "what a GPU's driver told of it at a moment: once a minute while a sweep is open, kept for "
      "14 days. What it does not tell is NULL",
      {{"device", "TEXT", "cuda:1, cuda:1.0 (a part of it), …"},
       {"at", "INTEGER", "milliseconds since 1970-01-01 UTC"},
       {"busy_percent", "INTEGER", "share of the last second in which it computed"},
       {"celsius", "INTEGER", "its temperature"},
       {"watts", "REAL", "its power"},
       {"used_bytes", "INTEGER", "of its memory, by everybody"},
       {"memory_bytes", "INTEGER", "of its memory in all"}},
      "How busy and how hot were the GPUs in the last hour?",
      "SELECT device, avg(busy_percent), max(celsius), avg(watts) FROM device_readings\n"
      "WHERE at > unixepoch('now', '-1 hour') * 1000 GROUP BY device"};
}

ViewReference quarantines() {
  return {"quarantines",
          "one time that a device was given no runs, since too many in a row had failed on it by "
          "what was not their own doing",
          {{"device", "TEXT", "cpu, cuda:1, …"},
           {"began_at", "INTEGER", "milliseconds since 1970-01-01 UTC"},
           {"ended_at", "INTEGER", "milliseconds since 1970-01-01 UTC; NULL: it goes on"},
           {"reason", "TEXT", "the last failure on it"},
           {"failed_tries", "INTEGER", "runs that were to show that it works again, and failed"}},
          "Which devices were given up last night, and why?",
          "SELECT device, reason, (ended_at - began_at) / 60000 AS minutes FROM quarantines\n"
          "ORDER BY began_at DESC LIMIT 10"};
}

ViewReference changes() {
  return {
      "changes",
      "one thing that happened, in order; steps and evaluations are none. The newest 10,000 are "
      "kept: a reader that has followed up to `seq` 41 and finds no 42 but higher ones has "
      "missed some, and reads the other views anew",
      {{"seq", "INTEGER", "its number: rises by one, never given again"},
       {"at", "INTEGER", "milliseconds since 1970-01-01 UTC"},
       {"kind", "TEXT", "what it is about: sweep, run, worker or device"},
       {"json", "TEXT", "JSON object: what it is now, with the keys of docs/JSON.md"}},
      "What happened since change 41?",
      "SELECT seq, kind, json FROM changes WHERE seq > 41 ORDER BY seq"};
}

ViewReference refinements() {
  return {
      "refinements",
      "one stage of replicates that decide themselves (`refine`, `replicates: {...}`)",
      {{"sweep_id", "INTEGER", "the sweep's id"},
       {"stage", "INTEGER", "counts from 1 within the sweep"},
       {"within", "REAL", "until one level is left that is within this of the best"},
       {"budget", "INTEGER", "or: so many further runs, where they tell most"},
       {"first", "INTEGER", "seeds that every level gets before anything is decided"},
       {"most", "INTEGER", "seeds that a level gets at most, of `within`"},
       {"alpha", "REAL", "the error that the stage is allowed; 0 of a budget"},
       {"runs_before", "INTEGER", "that the sweep had when it was asked for"},
       {"asked_at", "INTEGER", "milliseconds since 1970-01-01 UTC"},
       {"ended_at", "INTEGER", "the same; NULL: it goes on"},
       {"outcome", "TEXT", "what came of it"},
       {"reached", "INTEGER", "the level that is within that of the best; NULL: none is known"}},
      "How much of the error has been spent?",
      "SELECT sweep_id, sum(alpha) FROM refinements GROUP BY sweep_id"};
}

ViewReference looks() {
  return {"looks",
          "one decision to give a level no further seed",
          {{"sweep_id", "INTEGER", "the sweep's id"},
           {"stage", "INTEGER", "of `refinements`"},
           {"level_id", "INTEGER", "the level that was dropped"},
           {"seeds", "INTEGER", "that it and its rivals had in common"}},
          "Which levels were given up, and when?",
          "SELECT l.params, k.seeds FROM looks AS k JOIN levels AS l USING (sweep_id, level_id)\n"
          "ORDER BY k.seeds"};
}

ViewReference rungs() {
  return {
      "rungs",
      "one run at one rung, where runs are compared while they train (`rungs`, `method: asha` and "
      "`hyperband`)",
      {{"sweep_id", "INTEGER", "the sweep's id"},
       {"bracket", "INTEGER", "from 0; runs of one bracket are compared among themselves"},
       {"rung", "INTEGER", "from 0, the lowest"},
       {"place",
        "INTEGER",
        "in the order in which the runs of its bracket were decided there, from 1"},
       {"run_id", "INTEGER", "the run"},
       {"step", "INTEGER", "at which it reported the value"},
       {"value", "REAL", "of the sweep's metric; NULL: it was no number"},
       {"decision",
        "TEXT",
        "goes_on, stopped, or freed: it was stopped, and has been asked for all the same"}},
      "How many went on at each rung, and how good were they?",
      "SELECT rung, count(*) AS came, sum(decision = 'goes_on') AS went_on, min(value), "
      "max(value)\n"
      "FROM rungs WHERE sweep_id = 1 GROUP BY rung"};
}

void append_view(std::string& page, const ViewReference& view) {
  auto out = std::back_inserter(page);
  fmt::format_to(out, "\n## {}\nA row is {}.\n\n", view.name, view.row);
  fmt::format_to(out, "| column | type | meaning |\n|---|---|---|\n");
  for (const ColumnReference& column : view.columns) {
    fmt::format_to(out, "| `{}` | {} | {} |\n", column.name, column.type, column.meaning);
  }
  fmt::format_to(out, "\n{}\n```sql\n{};\n```\n", view.question, view.example);
}

}  // namespace

std::span<const ViewReference> view_references() {
  static const std::vector<ViewReference> all = {results(),
                                                 steps(),
                                                 evals(),
                                                 levels(),
                                                 account(),
                                                 metrics(),
                                                 predictions(),
                                                 devices(),
                                                 device_readings(),
                                                 quarantines(),
                                                 refinements(),
                                                 looks(),
                                                 rungs(),
                                                 changes()};
  return all;
}

std::string schema_page() {
  std::string page = R"md(# Tables to query
A store's `tarama.db` is an SQLite database. These views are stable; the tables beneath them may
change with any version. Ask with `tarama query SQL`, or with any program that reads SQLite, also
while an orchestrator is at work: readers and the writer do not wait for each other.
```sh
tarama query 'SELECT * FROM account'
sqlite3 -readonly tarama-store/tarama.db 'SELECT * FROM account'
```
This page is generated from `db/sqlite/schema/view_reference.cpp`.

- A number that training could not give (not a number, infinite, not measured yet) is NULL.
- Step `s` of a run belongs to the newest attempt that started at `s` or before it, so that
  `steps` has each step once. An evaluation counts with the step that it follows.
- When a run is `succeeded`, all its rows are there: `epochs` times the steps of an epoch in
  `steps`, one row per epoch and split in `evals`. The store refuses the state otherwise.
- The views use functions of stock SQLite alone, 3.38 or newer.
- The schema's version stands in `PRAGMA user_version`. A newer tarama brings an older store up
  to date when its orchestrator starts, and keeps a copy of the older one beside it
  (`tarama.db.v1`); an older tarama refuses a newer store.
- New columns come at the end of a view, new views beside these: name the columns that you need.
)md";
  for (const ViewReference& view : view_references()) {
    append_view(page, view);
  }
  return page;
}

}  // namespace tarama::db
