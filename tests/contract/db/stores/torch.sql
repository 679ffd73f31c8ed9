PRAGMA foreign_keys=OFF;
BEGIN TRANSACTION;
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
INSERT INTO sweep VALUES(1,'real','finished','loss','minimize','best',0,2,43200000,'["cuda:0"]','torch','here','550.54','0.1.0',1795629386575,1795629386590,replace('name: real\nmetric: {name: eval.loss, goal: minimize, take: best}\nreplicates: 1\nparameters:\n  lr: {values: [3.0e-5, 5.0e-5]}\n  warmup: {values: [0.1]}\n  epochs: {values: [1]}\ntraining: {batch_size: 16}\ndata: {train: train.csv, eval: 0.25, test: test.csv, text: text, label: label, header: true, max_tokens: 16}\nmodel: {layers: 6, hidden: 24, heads: 2}\nresources: {devices: [cpu]}\n','\n',char(10)),'{"name":"real","description":"","metric":{"name":"loss","goal":"minimize","take":"best"},"parameters":[{"key":"lr","values":[3e-05,5e-05]},{"key":"warmup","values":[0.1]},{"key":"epochs","values":[1]}],"replicates":1,"seed":1,"data":{"train":"/data/train.csv","eval":0.25,"test":"/data/test.csv","text":"text","label":"label","header":true,"max_tokens":16},"model":{"path":"/models/small","vocab":"auto","vocab_size":8000,"layers":6,"hidden":24,"heads":2},"training":{"lr":0.0,"warmup":0.0,"epochs":1,"batch_size":16,"schedule":"warmup_linear","t_total":"auto","weight_decay":0.01,"max_grad_norm":1.0,"norm":"post","dropout":0.1,"precision":"fp32"},"resources":{"devices":["cpu"]},"max_concurrent":0,"max_restarts":2,"keep":{"models":"best","checkpoints":"latest"},"on_end":"","time_limit_ms":43200000}','{"variants":[{"data_fingerprint":"f84cf714b4b54aff0d2a6f5a030267b1","model_fingerprint":"0123456789abcdef0123456789abcdef","train_examples":36,"eval_examples":12,"test_examples":11,"train_tokens":209,"classes":2,"parameters":22713986,"layers":6,"hidden":384,"cut_texts":0}],"variant_of_level":[0,0]}');
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
INSERT INTO level VALUES(1,1,'{"lr":3e-05,"warmup":0.1,"epochs":1}',3.0000000000000000758e-05,0.10000000000000000555,1,16,'warmup_linear','auto',0.010000000000000000208,1.0,'post',0.10000000000000000555,'fp32','/models/small',NULL,NULL,NULL,NULL,'auto',8000,0,6,384,3,0.50409790013307564926,NULL,0.50409790013307564926,0.50409790013307564926);
INSERT INTO level VALUES(1,2,'{"lr":5e-05,"warmup":0.1,"epochs":1}',5.0000000000000002393e-05,0.10000000000000000555,1,16,'warmup_linear','auto',0.010000000000000000208,1.0,'post',0.10000000000000000555,'fp32','/models/small',NULL,NULL,NULL,NULL,'auto',8000,0,6,384,3,0.50483240953437091835,NULL,0.50483240953437091835,0.50483240953437091835);
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
INSERT INTO run VALUES(1,1,1,0,1,'95a8f9b9f8531f2a0974e2e7f7c5ea1d',3,2,'succeeded',1,0,NULL,'',0,0.50409790013307564926,0.49590209986692435073,0.50409790013307564926,-0.0081958002661512985298);
INSERT INTO run VALUES(2,1,2,0,1,'eaaf59e18c540a2e0f507542b2704b7e',3,2,'succeeded',1,0,NULL,'',0,0.50483240953437091835,0.49516759046562908164,0.50483240953437091835,-0.0096648190687418367161);
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
INSERT INTO attempt VALUES(1,1,1,'cuda:0',1795629386580,1795629386589,0,1795629386589,'succeeded',NULL,3.6384000000000002656e-05);
INSERT INTO attempt VALUES(2,1,2,'cuda:0',1795629386581,1795629386589,0,1795629386590,'succeeded',NULL,6.5067000000000005692e-05);
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
INSERT INTO step_row VALUES(1,1,0,1,0.0,1.1921808081568976422,0.38973428209353871976,16,89,1795629386589);
INSERT INTO step_row VALUES(1,1,1,1,2.2222222222222223287e-05,0.58356266123401523415,0.419106685496606568,16,96,1795629386589);
INSERT INTO step_row VALUES(1,1,2,1,1.1111111111111111643e-05,0.3306875595527479783,0.46532016911599943798,4,24,1795629386589);
INSERT INTO step_row VALUES(2,1,0,1,0.0,1.2006484047525580738,0.41134697306525302984,16,89,1795629386589);
INSERT INTO step_row VALUES(2,1,1,1,3.7037037037037043329e-05,0.56709099183067657179,0.41814679708581192763,16,96,1795629386589);
INSERT INTO step_row VALUES(2,1,2,1,1.8518518518518521664e-05,0.33152267583803113337,0.46793557199876872898,4,24,1795629386589);
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
INSERT INTO eval_row VALUES(1,1,1,'eval',2,0.50409790013307564926,0.49590209986692435073,0.49590209986692435073,-0.0081958002661512985298,0.49590209986692435073,0.5,12);
INSERT INTO eval_row VALUES(1,1,1,'test',2,0.48987479432202440943,0.51012520567797559056,0.51012520567797559056,0.020250411355951181135,0.51012520567797559056,0.54545454545454541417,11);
INSERT INTO eval_row VALUES(2,1,1,'eval',2,0.50483240953437091835,0.49516759046562908164,0.49516759046562908164,-0.0096648190687418367161,0.49516759046562908164,0.5,12);
INSERT INTO eval_row VALUES(2,1,1,'test',2,0.51111454567180503172,0.48888545432819496827,0.48888545432819496827,-0.022229091343610063447,0.48888545432819496827,0.54545454545454541417,11);
CREATE INDEX sweep_by_name ON sweep (name);
CREATE INDEX run_by_level ON run (sweep_id, level_id, state);
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
COMMIT;
PRAGMA application_id = 1953653101;
PRAGMA user_version = 1;
