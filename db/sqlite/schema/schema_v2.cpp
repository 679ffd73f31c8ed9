// Version 2 of the schema: what version 1 (schema_v1.cpp) lacks, and the tables and views that take
// the place of its own. The tables are tarama's own business and may change; the views are the
// contract that docs/SCHEMA.md lists (view_reference.cpp says what each column means).
#include "db/sqlite/schema/schema.hpp"

namespace tarama::db {

// Notes on the shape:
// - A level's settings are JSON, so that a new setting needs no migration; those that the views
//   show are virtual columns over it, which take no room and are computed where they are read. A
//   number in them compares equal to the same number in a query: SQLite reads both. lr, warmup and
//   epochs may be NULL: other trainers may have none.
// - A level carries what the check of its data and model has shown; where version 1 did not say it,
//   `numerics` is NULL, and the level cannot be loaded. The sweep's file is kept to be
//   shown and submitted again, and never expanded again.
// - The partial indexes over what is open let a start find it without looking at what is over,
//   however much that is.
// - `duty` and `change` count without ever giving a number again, hence AUTOINCREMENT.
// - Names of metrics stand once, in metric_name: a row of `metric` is small.
// - Where an attempt took over another run's state (from_run, from_step), whoever does so copies
//   that run's rows as well: the views know nothing of it.
// - A `curve` repeats what the rows of a succeeded run say, for pictures (stored_curve.hpp):
// without
//   it, the rows are read.
// - In `prediction.classes` and `label.labels` each example has as many bytes, little-endian, as
// the
//   length of the labels by their number says; `class_name.code` is a class in the same bytes. The
//   examples of a split stand in rows of predictions_per_row (schema.hpp), the last shorter. Labels
//   and names belong to the data, whatever sweeps train on it.
const char* const schema_v2_tables = R"sql(
DROP VIEW account;
DROP VIEW levels;
DROP VIEW results;
DROP VIEW evals;
DROP VIEW steps;
DROP VIEW counting_attempt;

CREATE TABLE submission (
  identity TEXT NOT NULL,
  sweep_id INTEGER NOT NULL REFERENCES sweep,
  at INTEGER NOT NULL,
  yaml TEXT NOT NULL,
  PRIMARY KEY (identity, sweep_id)
) STRICT;

CREATE TABLE new_level (
  sweep_id INTEGER NOT NULL REFERENCES sweep,
  level_id INTEGER NOT NULL,
  params TEXT NOT NULL,
  lr REAL,
  warmup REAL,
  epochs INTEGER,
  learner TEXT NOT NULL,
  numerics INTEGER,
  steps_per_run INTEGER NOT NULL,
  mean REAL,
  sd REAL,
  minimum REAL,
  maximum REAL,
  data_fingerprint TEXT NOT NULL,
  model_fingerprint TEXT NOT NULL,
  train_examples INTEGER NOT NULL,
  eval_examples INTEGER NOT NULL,
  test_examples INTEGER NOT NULL,
  train_tokens INTEGER NOT NULL,
  classes INTEGER NOT NULL,
  parameters INTEGER NOT NULL,
  layers INTEGER NOT NULL,
  hidden INTEGER NOT NULL,
  cut_texts INTEGER NOT NULL,
  settings TEXT NOT NULL CHECK (json_valid(settings)),
  batch_size INTEGER AS (settings ->> '$.training.batch_size'),
  schedule TEXT AS (settings ->> '$.training.schedule'),
  t_total TEXT AS (settings ->> '$.training.t_total'),
  weight_decay REAL AS (settings ->> '$.training.weight_decay'),
  max_grad_norm REAL AS (settings ->> '$.training.max_grad_norm'),
  norm TEXT AS (settings ->> '$.training.norm'),
  dropout REAL AS (settings ->> '$.training.dropout'),
  precision TEXT AS (settings ->> '$.training.precision'),
  PRIMARY KEY (sweep_id, level_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE new_run (
  run_id INTEGER PRIMARY KEY,
  sweep_id INTEGER NOT NULL REFERENCES sweep,
  level_id INTEGER NOT NULL,
  replicate INTEGER NOT NULL,
  seed INTEGER NOT NULL,
  run_key TEXT NOT NULL,
  planned_steps INTEGER NOT NULL,
  planned_evals INTEGER NOT NULL,
  state TEXT NOT NULL DEFAULT 'pending' CHECK (state IN
    ('pending', 'leased', 'running', 'cancelling', 'succeeded', 'stopped', 'failed', 'cancelled')),
  attempt INTEGER NOT NULL DEFAULT 0,
  failed_attempts INTEGER NOT NULL DEFAULT 0,
  failure_class TEXT,
  message TEXT NOT NULL DEFAULT '',
  is_held INTEGER NOT NULL DEFAULT 0,
  losses_in_row INTEGER NOT NULL DEFAULT 0,
  metric REAL,
  flat_accuracy REAL,
  eval_loss REAL,
  mcc REAL,
  UNIQUE (sweep_id, run_key),
  FOREIGN KEY (sweep_id, level_id) REFERENCES level
) STRICT;

ALTER TABLE sweep ADD COLUMN pause_reason TEXT NOT NULL DEFAULT '';
ALTER TABLE attempt ADD COLUMN session TEXT;
ALTER TABLE attempt ADD COLUMN from_run INTEGER;
ALTER TABLE attempt ADD COLUMN from_step INTEGER;

CREATE TABLE session (
  session TEXT PRIMARY KEY,
  token TEXT,
  launcher TEXT,
  device TEXT,
  host TEXT,
  pid INTEGER,
  started_at INTEGER,
  ended_at INTEGER,
  message TEXT,
  worker INTEGER,
  process TEXT
) STRICT, WITHOUT ROWID;

CREATE TABLE quarantine (
  device TEXT NOT NULL,
  began_at INTEGER NOT NULL,
  ended_at INTEGER,
  reason TEXT NOT NULL,
  failed_tries INTEGER NOT NULL,
  PRIMARY KEY (device, began_at)
) STRICT, WITHOUT ROWID;

CREATE TABLE device_reading (
  device TEXT NOT NULL,
  at INTEGER NOT NULL,
  busy_percent INTEGER,
  celsius INTEGER,
  watts REAL,
  used_bytes INTEGER,
  memory_bytes INTEGER,
  PRIMARY KEY (device, at)
) STRICT, WITHOUT ROWID;

CREATE TABLE duty (
  duty_id INTEGER PRIMARY KEY AUTOINCREMENT,
  kind TEXT NOT NULL,
  sweep_id INTEGER NOT NULL REFERENCES sweep,
  run_id INTEGER REFERENCES run,
  detail TEXT NOT NULL
) STRICT;

CREATE TABLE change (
  seq INTEGER PRIMARY KEY AUTOINCREMENT,
  at INTEGER NOT NULL,
  kind TEXT NOT NULL,
  json TEXT NOT NULL
) STRICT;

CREATE TABLE refinement (
  sweep_id INTEGER NOT NULL REFERENCES sweep,
  stage INTEGER NOT NULL CHECK (stage >= 1),
  within REAL,
  budget INTEGER,
  first INTEGER NOT NULL,
  most INTEGER NOT NULL,
  confidence REAL NOT NULL,
  runs_before INTEGER NOT NULL,
  asked_at INTEGER NOT NULL,
  ended_at INTEGER,
  outcome TEXT NOT NULL DEFAULT '',
  level_id INTEGER,
  PRIMARY KEY (sweep_id, stage)
) STRICT, WITHOUT ROWID;

CREATE TABLE look (
  sweep_id INTEGER NOT NULL REFERENCES sweep,
  stage INTEGER NOT NULL,
  level_id INTEGER NOT NULL,
  seeds INTEGER NOT NULL,
  PRIMARY KEY (sweep_id, stage, level_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE rung (
  sweep_id INTEGER NOT NULL REFERENCES sweep,
  bracket INTEGER NOT NULL CHECK (bracket >= 0),
  rung INTEGER NOT NULL CHECK (rung >= 0),
  place INTEGER NOT NULL CHECK (place >= 1),
  run_id INTEGER NOT NULL REFERENCES run,
  step INTEGER NOT NULL,
  value REAL,
  decision TEXT NOT NULL CHECK (decision IN ('goes_on', 'stopped', 'freed')),
  PRIMARY KEY (sweep_id, bracket, rung, place),
  UNIQUE (run_id, rung)
) STRICT, WITHOUT ROWID;

CREATE TABLE metric_name (
  name_id INTEGER PRIMARY KEY,
  name TEXT NOT NULL UNIQUE
) STRICT;

CREATE TABLE metric (
  run_id INTEGER NOT NULL,
  attempt INTEGER NOT NULL CHECK (attempt >= 1),
  name_id INTEGER NOT NULL REFERENCES metric_name,
  step INTEGER NOT NULL CHECK (step >= 0),
  epoch INTEGER,
  value REAL,
  at INTEGER,
  PRIMARY KEY (run_id, attempt, name_id, step)
) STRICT, WITHOUT ROWID;

CREATE TABLE curve (
  run_id INTEGER NOT NULL,
  number TEXT NOT NULL,
  steps_per_point INTEGER NOT NULL CHECK (steps_per_point >= 1),
  first_step INTEGER NOT NULL CHECK (first_step >= 0),
  points BLOB NOT NULL,
  PRIMARY KEY (run_id, number, steps_per_point, first_step)
) STRICT;

CREATE TABLE prediction (
  run_id INTEGER NOT NULL,
  attempt INTEGER NOT NULL CHECK (attempt >= 1),
  epoch INTEGER NOT NULL CHECK (epoch >= 1),
  split TEXT NOT NULL,
  first_example INTEGER NOT NULL CHECK (first_example >= 0),
  classes BLOB NOT NULL,
  PRIMARY KEY (run_id, attempt, epoch, split, first_example)
) STRICT;

CREATE TABLE label (
  data_fingerprint TEXT NOT NULL,
  split TEXT NOT NULL,
  first_example INTEGER NOT NULL CHECK (first_example >= 0),
  examples INTEGER NOT NULL CHECK (examples >= 1),
  labels BLOB NOT NULL,
  PRIMARY KEY (data_fingerprint, split, first_example)
) STRICT;

CREATE TABLE class_name (
  data_fingerprint TEXT NOT NULL,
  code BLOB NOT NULL,
  name TEXT NOT NULL,
  PRIMARY KEY (data_fingerprint, code)
) STRICT, WITHOUT ROWID;
)sql";

const char* const schema_v2_end = R"sql(
INSERT INTO new_run (run_id, sweep_id, level_id, replicate, seed, run_key, planned_steps,
  planned_evals, state, attempt, failed_attempts, failure_class, message, is_held, metric,
  flat_accuracy, eval_loss, mcc)
SELECT run_id, sweep_id, level_id, replicate, seed, run_key, planned_steps, planned_evals, state,
  attempt, failed_attempts, failure_class, message, is_held, metric, flat_accuracy, eval_loss, mcc
FROM run;
DROP TABLE run;
ALTER TABLE new_run RENAME TO run;
DROP TABLE level;
ALTER TABLE new_level RENAME TO level;
ALTER TABLE sweep DROP COLUMN devices;
ALTER TABLE sweep DROP COLUMN prepared;

CREATE INDEX run_by_level ON run (sweep_id, level_id, state);
CREATE INDEX succeeded_run ON run (run_key) WHERE state = 'succeeded';
CREATE INDEX open_run ON run (sweep_id)
  WHERE state IN ('pending', 'leased', 'running', 'cancelling');
CREATE INDEX open_sweep ON sweep (sweep_id) WHERE state IN ('running', 'paused');

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

-- The steps of a program are not planned, and nobody knows from which one an attempt goes on before it
-- has reported: from its lowest step on its rows take the place of all that older ones reported.
CREATE VIEW reported AS
SELECT m.run_id, m.attempt, m.step, m.epoch, n.name, m.value, m.at
FROM (SELECT a.run_id, a.attempt,
        ifnull((SELECT min(b.step) FROM metric AS b
                WHERE b.run_id = a.run_id AND b.attempt > a.attempt), 9223372036854775807)
          AS until_step
      FROM attempt AS a) AS c
CROSS JOIN metric AS m ON m.run_id = c.run_id AND m.attempt = c.attempt AND m.step < c.until_step
JOIN metric_name AS n ON n.name_id = m.name_id;

CREATE VIEW metrics AS
SELECT run_id, step, epoch, 'train.loss' AS name, loss AS value FROM steps
UNION ALL SELECT run_id, step, epoch, 'train.flat_accuracy', flat_accuracy FROM steps
UNION ALL SELECT run_id, step, epoch, 'lr', lr FROM steps
UNION ALL SELECT run_id, step, epoch, split || '.loss', loss FROM evals
UNION ALL SELECT run_id, step, epoch, split || '.flat_accuracy', flat_accuracy FROM evals
UNION ALL SELECT run_id, step, epoch, split || '.mcc', mcc FROM evals
UNION ALL SELECT run_id, step, epoch, split || '.macro_f1', macro_f1 FROM evals
UNION ALL
SELECT run_id, step, epoch, name, value FROM reported;

CREATE VIEW results AS
SELECT r.run_id, r.sweep_id, s.name AS sweep, r.state, r.failure_class, r.attempt AS attempts,
  l.lr, l.warmup, l.epochs, l.norm, r.seed, l.batch_size, l.schedule, l.t_total, l.weight_decay,
  l.max_grad_norm, l.dropout, l.precision, nullif(l.layers, 0) AS layers,
  nullif(l.hidden, 0) AS hidden, r.level_id, r.replicate, l.params, r.metric, r.flat_accuracy,
  r.eval_loss, r.mcc,
  (SELECT sum(a.train_seconds) FROM attempt AS a WHERE a.run_id = r.run_id) AS train_seconds,
  (SELECT a.device FROM attempt AS a WHERE a.run_id = r.run_id
   ORDER BY a.attempt DESC LIMIT 1) AS device,
  r.run_key, l.learner, l.numerics,
  (SELECT a.from_run FROM attempt AS a WHERE a.run_id = r.run_id AND a.attempt = r.attempt
     AND a.from_step >= r.planned_steps) AS taken_from,
  (SELECT group_concat(DISTINCT a.message) FROM attempt AS a WHERE a.run_id = r.run_id
     AND a.outcome IN ('succeeded', 'stopped') AND a.message <> '') AS note
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
  l.mean, l.sd, l.minimum, l.maximum, l.steps_per_run, l.learner, l.numerics,
  (SELECT count(*) FROM run AS r WHERE r.sweep_id = l.sweep_id AND r.level_id = l.level_id
     AND r.state = 'stopped') AS stopped
FROM level AS l;

CREATE VIEW account AS
SELECT s.sweep_id, count(r.state) AS planned,
  count(CASE r.state WHEN 'pending' THEN 1 END) AS pending,
  count(CASE r.state WHEN 'leased' THEN 1 END) AS leased,
  count(CASE r.state WHEN 'running' THEN 1 WHEN 'cancelling' THEN 1 END) AS running,
  count(CASE r.state WHEN 'succeeded' THEN 1 END) AS succeeded,
  count(CASE r.state WHEN 'failed' THEN 1 END) AS failed,
  count(CASE r.state WHEN 'cancelled' THEN 1 END) AS cancelled,
  count(CASE r.state WHEN 'stopped' THEN 1 END) AS stopped
FROM sweep AS s LEFT JOIN run AS r ON r.sweep_id = s.sweep_id
GROUP BY s.sweep_id;

-- An attempt that succeeds says all that its run keeps, so that those of earlier ones count for
-- nothing.
CREATE VIEW predictions AS
WITH RECURSIVE place (i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM place WHERE i < 1999)
SELECT p.run_id, p.epoch, p.split, p.first_example + place.i AS example,
  predicted.name AS predicted, actual.name AS label
FROM run AS r
JOIN level AS l ON l.sweep_id = r.sweep_id AND l.level_id = r.level_id
CROSS JOIN prediction AS p ON p.run_id = r.run_id AND p.attempt = r.attempt
CROSS JOIN label AS t ON t.data_fingerprint = l.data_fingerprint AND t.split = p.split
  AND t.first_example = p.first_example
CROSS JOIN place ON place.i < t.examples
CROSS JOIN class_name AS predicted ON predicted.data_fingerprint = l.data_fingerprint
  AND predicted.code = substr(p.classes, place.i * (length(t.labels) / t.examples) + 1,
                              length(t.labels) / t.examples)
CROSS JOIN class_name AS actual ON actual.data_fingerprint = l.data_fingerprint
  AND actual.code = substr(t.labels, place.i * (length(t.labels) / t.examples) + 1,
                         length(t.labels) / t.examples)
WHERE r.state = 'succeeded';

CREATE VIEW quarantines AS
SELECT device, began_at, ended_at, reason, failed_tries FROM quarantine;

CREATE VIEW device_readings AS
SELECT device, at, busy_percent, celsius, watts, used_bytes, memory_bytes FROM device_reading;

-- A device is known from the first attempt on it.
CREATE VIEW devices AS
SELECT d.*, r.at AS read_at, r.busy_percent, r.celsius, r.watts, r.used_bytes, r.memory_bytes
FROM (
SELECT a.device, count(*) AS attempts,
  count(CASE a.outcome WHEN 'succeeded' THEN 1 END) AS succeeded,
  count(CASE WHEN a.outcome NOT IN ('succeeded', 'stopped', 'cancelled') THEN 1 END) AS failed,
  sum(a.train_seconds) AS train_seconds, max(a.leased_at) AS last_used_at,
  (SELECT q.began_at FROM quarantine AS q WHERE q.device = a.device AND q.ended_at IS NULL
   ORDER BY q.began_at DESC LIMIT 1) AS quarantined_since
FROM attempt AS a
WHERE a.device IS NOT NULL
GROUP BY a.device
) AS d
LEFT JOIN device_reading AS r ON r.device = d.device
  AND r.at = (SELECT max(newest.at) FROM device_reading AS newest WHERE newest.device = d.device);

-- A stage with a budget promises nothing, and so spends none of the error that is allowed.
CREATE VIEW refinements AS
SELECT sweep_id, stage, within, budget, first, most,
  CASE WHEN within IS NULL THEN 0.0 ELSE 1 - confidence END AS alpha,
  runs_before, asked_at, ended_at, outcome, level_id AS reached
FROM refinement;

CREATE VIEW looks AS
SELECT sweep_id, stage, level_id, seeds FROM look;

CREATE VIEW rungs AS
SELECT sweep_id, bracket, rung, place, run_id, step, value, decision FROM rung;

CREATE VIEW changes AS
SELECT seq, at, kind, json FROM change;
)sql";

}  // namespace tarama::db
