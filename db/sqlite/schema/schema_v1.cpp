// Version 1 of the schema. The tables are tarama's own business and may change; the views are
// the contract that docs/SCHEMA.md lists (view_reference.cpp says what each column means).
#include "db/sqlite/schema/schema.hpp"

namespace tarama::db {

// Notes on the shape:
// - Numbers that training yields may be NULL: SQL has no NaN, JSON has neither NaN nor infinity.
// - `step_row` and `eval_row` are keyed by attempt as well, so that what an older attempt sends
//   late never overwrites; the views choose the attempt that counts.
// - A run's metric and a level's statistics are written in the transaction that makes the run
//   `succeeded`, from its rows: `succeeded` is final, so they cannot go stale; and a standard
//   deviation needs a square root, which SQLite has only when built with its math functions.
// - Long texts are the last columns of `sweep`, so that the others are read without them.
// - run_by_level covers both counts, by level and by sweep (docs/PERFORMANCE.md, `store/account`).
const char* const schema_v1 = R"sql(
CREATE TABLE sweep (
  sweep_id INTEGER PRIMARY KEY,
  name TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('running', 'paused', 'finished', 'cancelled')),
  metric_name TEXT NOT NULL,
  metric_goal TEXT NOT NULL CHECK (metric_goal IN ('maximize', 'minimize')),
  metric_take TEXT NOT NULL CHECK (metric_take IN ('last', 'best')),
  max_concurrent INTEGER NOT NULL,
  max_restarts INTEGER NOT NULL,
  time_limit INTEGER,
  devices TEXT NOT NULL,
  trainer TEXT NOT NULL,
  host TEXT NOT NULL,
  driver TEXT NOT NULL,
  version TEXT NOT NULL,
  submitted_at INTEGER NOT NULL,
  ended_at INTEGER,
  yaml TEXT NOT NULL,
  spec TEXT NOT NULL,
  prepared TEXT NOT NULL
) STRICT;
CREATE INDEX sweep_by_name ON sweep (name);

CREATE TABLE level (
  sweep_id INTEGER NOT NULL REFERENCES sweep,
  level_id INTEGER NOT NULL,
  params TEXT NOT NULL,
  lr REAL NOT NULL,
  warmup REAL NOT NULL,
  epochs INTEGER NOT NULL,
  batch_size INTEGER NOT NULL,
  schedule TEXT NOT NULL,
  t_total TEXT NOT NULL,
  weight_decay REAL NOT NULL,
  max_grad_norm REAL NOT NULL,
  norm TEXT NOT NULL,
  dropout REAL NOT NULL,
  precision TEXT NOT NULL,
  model_path TEXT NOT NULL,
  model_layers INTEGER,
  model_hidden INTEGER,
  model_heads INTEGER,
  model_intermediate INTEGER,
  model_vocab TEXT NOT NULL,
  model_vocab_size INTEGER NOT NULL,
  model_lowercase INTEGER,
  layers INTEGER NOT NULL,
  hidden INTEGER NOT NULL,
  steps_per_run INTEGER NOT NULL,
  mean REAL,
  sd REAL,
  minimum REAL,
  maximum REAL,
  PRIMARY KEY (sweep_id, level_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE run (
  run_id INTEGER PRIMARY KEY,
  sweep_id INTEGER NOT NULL REFERENCES sweep,
  level_id INTEGER NOT NULL,
  replicate INTEGER NOT NULL,
  seed INTEGER NOT NULL,
  run_key TEXT NOT NULL,
  planned_steps INTEGER NOT NULL,
  planned_evals INTEGER NOT NULL,
  state TEXT NOT NULL DEFAULT 'pending' CHECK (state IN
    ('pending', 'leased', 'running', 'cancelling', 'succeeded', 'failed', 'cancelled')),
  attempt INTEGER NOT NULL DEFAULT 0,
  failed_attempts INTEGER NOT NULL DEFAULT 0,
  failure_class TEXT,
  message TEXT NOT NULL DEFAULT '',
  is_held INTEGER NOT NULL DEFAULT 0,
  metric REAL,
  flat_accuracy REAL,
  eval_loss REAL,
  mcc REAL,
  UNIQUE (sweep_id, run_key),
  FOREIGN KEY (sweep_id, level_id) REFERENCES level
) STRICT;
CREATE INDEX run_by_level ON run (sweep_id, level_id, state);

CREATE TABLE attempt (
  run_id INTEGER NOT NULL REFERENCES run,
  attempt INTEGER NOT NULL CHECK (attempt >= 1),
  worker_id INTEGER,
  device TEXT,
  leased_at INTEGER,
  started_at INTEGER,
  first_step INTEGER,
  ended_at INTEGER,
  outcome TEXT,
  message TEXT,
  train_seconds REAL,
  PRIMARY KEY (run_id, attempt)
) STRICT, WITHOUT ROWID;

CREATE TABLE step_row (
  run_id INTEGER NOT NULL,
  attempt INTEGER NOT NULL CHECK (attempt >= 1),
  step INTEGER NOT NULL CHECK (step >= 0),
  epoch INTEGER NOT NULL,
  lr REAL,
  loss REAL,
  flat_accuracy REAL,
  examples INTEGER NOT NULL,
  tokens INTEGER NOT NULL,
  at INTEGER NOT NULL,
  PRIMARY KEY (run_id, attempt, step)
) STRICT, WITHOUT ROWID;

CREATE TABLE eval_row (
  run_id INTEGER NOT NULL,
  attempt INTEGER NOT NULL CHECK (attempt >= 1),
  epoch INTEGER NOT NULL CHECK (epoch >= 1),
  split TEXT NOT NULL CHECK (split IN ('eval', 'test')),
  step INTEGER NOT NULL CHECK (step >= 0),
  loss REAL,
  flat_accuracy REAL,
  batch_mean_flat_accuracy REAL,
  mcc REAL,
  macro_f1 REAL,
  majority_accuracy REAL,
  examples INTEGER NOT NULL,
  PRIMARY KEY (run_id, attempt, epoch, split)
) STRICT, WITHOUT ROWID;

-- The steps that each attempt answers for: from its first step to where a newer attempt began.
-- An attempt that has not started answers for none.
CREATE VIEW counting_attempt AS
SELECT a.run_id, a.attempt, a.first_step AS from_step,
  ifnull((SELECT min(b.first_step) FROM attempt AS b
          WHERE b.run_id = a.run_id AND b.attempt > a.attempt), 9223372036854775807) AS until_step
FROM attempt AS a
WHERE a.first_step IS NOT NULL;

CREATE VIEW steps AS
SELECT c.run_id, s.step, s.epoch, s.lr, s.loss, s.flat_accuracy, s.examples, s.tokens, s.at
FROM counting_attempt AS c CROSS JOIN step_row AS s
  ON s.run_id = c.run_id AND s.attempt = c.attempt
  AND s.step >= c.from_step AND s.step < c.until_step;

-- An evaluation follows its step: an attempt that resumed right behind the last step of an epoch
-- may make that epoch's evaluation (hence from_step - 1). If two attempts made it, the newer one
-- counts.
CREATE VIEW evals AS
SELECT c.run_id, e.epoch, e.split, e.step, e.loss, e.flat_accuracy, e.batch_mean_flat_accuracy,
  e.mcc, e.macro_f1, e.majority_accuracy, e.examples
FROM counting_attempt AS c CROSS JOIN eval_row AS e
  ON e.run_id = c.run_id AND e.attempt = c.attempt
WHERE e.step >= c.from_step - 1 AND e.step < c.until_step
  AND NOT EXISTS (
    SELECT 1 FROM eval_row AS f JOIN attempt AS g ON g.run_id = f.run_id AND g.attempt = f.attempt
    WHERE f.run_id = e.run_id AND f.attempt > e.attempt AND f.epoch = e.epoch
      AND f.split = e.split AND f.step >= g.first_step - 1);

CREATE VIEW results AS
SELECT r.run_id, r.sweep_id, s.name AS sweep, r.state, r.failure_class, r.attempt AS attempts,
  l.lr, l.warmup, l.epochs, l.norm, r.seed, l.batch_size, l.schedule, l.t_total, l.weight_decay,
  l.max_grad_norm, l.dropout, l.precision, nullif(l.layers, 0) AS layers,
  nullif(l.hidden, 0) AS hidden, r.level_id, r.replicate, l.params, r.metric, r.flat_accuracy,
  r.eval_loss, r.mcc,
  (SELECT sum(a.train_seconds) FROM attempt AS a WHERE a.run_id = r.run_id) AS train_seconds,
  (SELECT a.device FROM attempt AS a WHERE a.run_id = r.run_id
   ORDER BY a.attempt DESC LIMIT 1) AS device,
  r.run_key
FROM run AS r
JOIN sweep AS s ON s.sweep_id = r.sweep_id
JOIN level AS l ON l.sweep_id = r.sweep_id AND l.level_id = r.level_id;

CREATE VIEW levels AS
SELECT l.sweep_id, l.level_id, l.params, l.lr, l.warmup, l.epochs, l.norm,
  (SELECT count(*) FROM run AS r
   WHERE r.sweep_id = l.sweep_id AND r.level_id = l.level_id) AS planned,
  (SELECT count(*) FROM run AS r WHERE r.sweep_id = l.sweep_id AND r.level_id = l.level_id
     AND r.state = 'succeeded') AS succeeded,
  (SELECT count(*) FROM run AS r WHERE r.sweep_id = l.sweep_id AND r.level_id = l.level_id
     AND r.state = 'failed') AS failed,
  l.mean, l.sd, l.minimum, l.maximum, l.steps_per_run
FROM level AS l;

CREATE VIEW account AS
SELECT s.sweep_id, count(r.state) AS planned,
  count(CASE r.state WHEN 'pending' THEN 1 END) AS pending,
  count(CASE r.state WHEN 'leased' THEN 1 END) AS leased,
  count(CASE r.state WHEN 'running' THEN 1 WHEN 'cancelling' THEN 1 END) AS running,
  count(CASE r.state WHEN 'succeeded' THEN 1 END) AS succeeded,
  count(CASE r.state WHEN 'failed' THEN 1 END) AS failed,
  count(CASE r.state WHEN 'cancelled' THEN 1 END) AS cancelled
FROM sweep AS s LEFT JOIN run AS r ON r.sweep_id = s.sweep_id
GROUP BY s.sweep_id;
)sql";

}  // namespace tarama::db
