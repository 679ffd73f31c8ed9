#!/usr/bin/env python3
"""Opens what `tarama export` writes, and a store itself, with the programs that it is for.

usage: check_exports.py --tarama PROGRAM --worker PROGRAM   (the worker: tarama-worker-fake)

A sweep with diverged runs, text and number parameters and two seeds is run; then
- optuna.load_study reads the journal: parameters, values, states and seeds are those of the view `results`;
- TensorBoard's reader gives the evaluations of the view `evals`, and its plugin HParams the parameters, a
  session group for each level;
- pandas reads the CSV and the JSON lines; DuckDB and pandas read the store's database as it is.

Needs optuna, tensorboard, pandas, duckdb, duckdb-extensions and duckdb-extension-sqlite-scanner. Exit 0: all equal; 1: what differs.
"""

import argparse
import json
import os
import pathlib
import sqlite3
import struct
import subprocess
import sys
import tempfile

import duckdb
import optuna
import pandas
from duckdb_extensions import import_extension
from tensorboard.backend.event_processing.event_multiplexer import EventMultiplexer
from tensorboard.plugins.hparams import plugin_data_pb2

SWEEP = {
    "name": "to export",
    "parameters": {"lr": {"values": [1e-5, 1e-4, 1e-3]}, "warmup": {"values": [0, 0.1]}, "epochs": {"values": [1, 2]},
                   "norm": {"values": ["post", "pre"]}},
    "replicates": 2,
    "data": {"train": "train.tsv", "eval": "eval.tsv", "text": 1, "label": 0},
    "model": {"layers": 1, "hidden": 16, "heads": 2},
    "training": {"batch_size": 16},
    "resources": {"devices": "cpu"},
}
SCRIPT = {"scores": [{"when": {"lr": 1e-4}, "mean": 0.8}],
          "faults": [{"when": {"lr": 1e-3, "norm": "pre", "seed": 2}, "step": 2, "do": "nan"}]}


def tarama(program, folder, worker, *arguments):
    environment = {**os.environ, "TARAMA_WORKER": worker, "TARAMA_FAKE_SCRIPT": str(folder / "script.json"),
                   "TARAMA_STORE": str(folder / "store")}
    done = subprocess.run([program, *arguments], cwd=folder, env=environment, stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, check=False)
    if done.returncode not in (0, 5):
        sys.exit(f"tarama {' '.join(arguments)}: exit code {done.returncode}\n{done.stderr}")
    return done.stdout


def expect(what, actual, expected):
    if actual != expected:
        sys.exit(f"{what}: {actual!r}, expected {expected!r}")


def as_float32(number):
    return struct.unpack("f", struct.pack("f", number))[0]


def check_optuna(folder, rows):
    backend = optuna.storages.journal.JournalFileBackend(str(folder / "study.journal"))
    study = optuna.load_study(study_name=SWEEP["name"], storage=optuna.storages.JournalStorage(backend))
    expect("trials", len(study.trials), len(rows))
    for trial, row in zip(study.trials, rows):
        expect("state", trial.state.name, "COMPLETE" if row["state"] == "succeeded" else "FAIL")
        expect("value", trial.value, row["metric"])
        expect("parameters", trial.params, {key: row[key] for key in SWEEP["parameters"]})
        expect("seed", trial.user_attrs["seed"], row["seed"])
    best = max((row for row in rows if row["metric"] is not None), key=lambda row: row["metric"])
    expect("best value", study.best_value, best["metric"])
    study.trials_dataframe()


def check_tensorboard(folder, rows, evals):
    reader = EventMultiplexer(size_guidance={"scalars": 0, "tensors": 0})
    reader.AddRunsFromDirectory(str(folder / "events"))
    reader.Reload()
    sessions = reader.PluginRunToTagToContent("hparams")
    groups = set()
    for row in rows:
        run = f"run-{row['run_id']:06d}"
        read = [(event.step, event.value) for event in reader.Scalars(run, "eval/flat_accuracy")] \
            if "eval/flat_accuracy" in reader.Runs()[run]["scalars"] else []
        expect(f"evaluations of {run}", read,
               [(step, as_float32(accuracy)) for run_id, step, accuracy in evals if run_id == row["run_id"]])
        start = plugin_data_pb2.HParamsPluginData.FromString(
            sessions[run]["_hparams_/session_start_info"]).session_start_info
        expect(f"lr of {run}", start.hparams["lr"].number_value, row["lr"])
        expect(f"norm of {run}", start.hparams["norm"].string_value, row["norm"])
        groups.add(start.group_name)
    expect("session groups", len(groups), len({row["level_id"] for row in rows}))
    experiment = plugin_data_pb2.HParamsPluginData.FromString(sessions["."]["_hparams_/experiment"]).experiment
    expect("varied", {info.name for info in experiment.hparam_infos}, set(SWEEP["parameters"]))


def check_tables(folder, rows):
    database = folder / "store" / "tarama.db"
    for frame in (pandas.read_csv(folder / "runs.csv"), pandas.read_json(folder / "runs.jsonl", lines=True),
                  pandas.read_sql("SELECT * FROM results ORDER BY run_id", sqlite3.connect(database))):
        expect("rows", len(frame), len(rows))
        expect("lr", list(frame["lr"]), [row["lr"] for row in rows])
    import_extension("sqlite_scanner")
    connection = duckdb.connect()
    connection.execute("LOAD sqlite_scanner")
    for view in ("results", "steps", "evals", "levels", "account", "metrics", "predictions", "changes"):
        connection.execute(f"SELECT count(*) FROM sqlite_scan('{database}', '{view}')").fetchone()
    best = connection.execute("SELECT lr::DOUBLE FROM sqlite_scan(?, 'levels') ORDER BY mean::DOUBLE DESC LIMIT 1",
                              [str(database)]).fetchone()
    expect("the best rate in DuckDB", best, (1e-4,))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--tarama", required=True)
    parser.add_argument("--worker", required=True)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        for part, count in (("train", 64), ("eval", 20)):
            (folder / f"{part}.tsv").write_text(
                "".join(f"{i % 2}\t{'warm' if i % 2 else 'cold'} word {i}\n" for i in range(count)))
        (folder / "sweep.yaml").write_text(json.dumps(SWEEP))
        (folder / "script.json").write_text(json.dumps(SCRIPT))
        tarama(options.tarama, folder, options.worker, "run", "sweep.yaml", "--quiet")
        for path, form in (("study.journal", "optuna"), ("events", "tensorboard"), ("runs.csv", "csv"),
                           ("runs.jsonl", "jsonl")):
            tarama(options.tarama, folder, options.worker, "export", SWEEP["name"], "--format", form, "-o", path)
        rows = json.loads(tarama(options.tarama, folder, options.worker, "query",
                                 "SELECT * FROM results ORDER BY run_id", "--format", "json"))
        evals = json.loads(tarama(options.tarama, folder, options.worker, "query",
                                  "SELECT run_id, step, flat_accuracy FROM evals ORDER BY run_id, epoch",
                                  "--format", "json"))
        expect("runs", len(rows), 48)
        check_optuna(folder, rows)
        check_tensorboard(folder, rows, [tuple(row.values()) for row in evals])
        check_tables(folder, rows)


if __name__ == "__main__":
    main()
