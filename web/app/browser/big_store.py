"""Fills a submitted sweep's runs with made-up rows by SQL: a store of 10,000 runs and 10 million steps in a
minute or two, to measure the page on.

usage: big_store.py DATABASE   (of a store without an orchestrator; its newest sweep)
"""
import math
import random
import sqlite3
import sys

DEVICES = 8


def fill(database):
    db = sqlite3.connect(database, isolation_level=None)
    db.execute("PRAGMA synchronous = OFF")
    sweep = db.execute("SELECT max(sweep_id) FROM sweep").fetchone()[0]
    runs = db.execute("SELECT run_id, level_id, replicate, seed, planned_steps, planned_evals FROM run "
                      "WHERE sweep_id = ? ORDER BY run_id", (sweep,)).fetchall()
    at = db.execute("SELECT submitted_at FROM sweep WHERE sweep_id = ?", (sweep,)).fetchone()[0]
    db.execute("BEGIN")
    for table in ("attempt", "step_row", "eval_row"):
        db.execute(f"DELETE FROM {table} WHERE run_id IN (SELECT run_id FROM run WHERE sweep_id = ?)", (sweep,))
    for place, (run, level, replicate, seed, steps, evals) in enumerate(runs):
        rng = random.Random(run)
        score = 0.6 + 0.25 * math.exp(-((level % 50 - 25) / 12) ** 2) + rng.gauss(0, 0.01)
        failed = rng.random() < 0.01
        start = at + (place // DEVICES) * 4000 + rng.randrange(300)
        ends = start + 3500
        db.execute("INSERT INTO attempt (run_id, attempt, worker_id, device, leased_at, started_at, first_step, "
                   "ended_at, outcome, train_seconds) VALUES (?, 1, 1, ?, ?, ?, 0, ?, ?, 3.5)",
                   (run, f"cuda:{place % DEVICES}", start, start, ends, "out_of_memory" if failed else "succeeded"))
        if failed:
            db.execute("UPDATE run SET state = 'failed', attempt = 1, failed_attempts = 1, failure_class = "
                       "'out_of_memory', message = 'made up' WHERE run_id = ?", (run,))
            continue
        end = 0.2 + (0.9 - score)
        db.executemany(
            "INSERT INTO step_row (run_id, attempt, step, epoch, lr, loss, flat_accuracy, examples, tokens, at) "
            "VALUES (?, 1, ?, 1, ?, ?, ?, 32, 363, ?)",
            ((run, step, 1e-4 * (1 - step / steps), end + math.exp(-5 * step / steps) + rng.random() * 0.2,
              score - 0.4 * math.exp(-5 * step / steps), start + 3 * step) for step in range(steps)))
        for epoch in range(1, evals + 1):
            db.execute("INSERT INTO eval_row (run_id, attempt, epoch, split, step, loss, flat_accuracy, "
                       "batch_mean_flat_accuracy, mcc, macro_f1, majority_accuracy, examples) "
                       "VALUES (?, 1, ?, 'eval', ?, ?, ?, ?, 0.5, 0.5, 0.5, 500)",
                       (run, epoch, steps * epoch // evals - 1, end, score, score))
        db.execute("UPDATE run SET state = 'succeeded', attempt = 1, metric = ?, flat_accuracy = ?, eval_loss = ?, "
                   "mcc = 0.5 WHERE run_id = ?", (score, score, end, run))
    db.execute("UPDATE sweep SET state = 'finished', ended_at = ? WHERE sweep_id = ?", (ends, sweep))
    db.execute("COMMIT")
    print(f"{len(runs)} runs, {db.execute('SELECT count(*) FROM step_row').fetchone()[0]} steps")


fill(sys.argv[1])
