#!/usr/bin/env python3
"""One of bench/peers' sweeps as users of Hugging Face and Optuna run it: a study over the grid, kept
in SQLite, every trial a process of its own with one thread, some of them at a time.

usage: optuna_sweep.py SWEEP STUDY --jobs N [--bertadam]
  SWEEP       the sweep file, as compare.py wrote it: paths absolute
  STUDY       the database to make
  --bertadam  as bert_trial.py takes it

A line per trial goes to stderr; stdout gets one JSON document: versions, runs (params, accuracy,
steps, losses) and train_tokens. Exit 1: a trial failed, the reason on stderr.
"""
import argparse
import importlib.metadata
import json
import math
import os
import pathlib
import platform
import subprocess
import sys
import threading

import optuna

TRIAL = pathlib.Path(__file__).resolve().with_name("bert_trial.py")


class ParallelGridSampler(optuna.samplers.GridSampler):
    """Threads that begin trials at once would pick among the same unvisited points, and some point
    would be trained twice and another never."""

    def __init__(self, grid):
        super().__init__(grid)
        self._picking = threading.Lock()

    def before_trial(self, study, trial):
        with self._picking:
            super().before_trial(study, trial)


def train(sweep_file, params, flags):
    """What bert_trial.py says of this point of the grid."""
    options = [f"--{name}={value}" for name, value in params.items()] + flags
    done = subprocess.run([sys.executable, TRIAL, sweep_file, *options], stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, check=False,
                          env={**os.environ, "OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"})
    if done.returncode != 0:
        raise RuntimeError(f"{' '.join(options)}: exit {done.returncode}: {done.stderr.strip()[-1000:]}")
    return json.loads(done.stdout.splitlines()[-1])


def run_study(sweep_file, database, jobs, flags):
    """The finished study of the whole grid; `flags` go to every trial."""
    axes = json.loads(sweep_file.read_text(encoding="utf-8"))["parameters"]
    grid = {name: axis["values"] for name, axis in axes.items()}
    study = optuna.create_study(storage=f"sqlite:///{database}", direction="maximize",
                                sampler=ParallelGridSampler(grid))
    count = math.prod(map(len, grid.values()))

    def objective(trial):
        params = {name: trial.suggest_categorical(name, values) for name, values in grid.items()}
        outcome = train(sweep_file, params, flags)
        for epoch, accuracy in enumerate(outcome["accuracies"], 1):
            trial.report(accuracy, epoch)
        for name in ("steps", "losses", "train_tokens"):
            trial.set_user_attr(name, outcome[name])
        return outcome["accuracies"][-1]

    def say(_, trial):
        point = " · ".join(f"{name} {value}" for name, value in trial.params.items())
        seconds = (trial.datetime_complete - trial.datetime_start).total_seconds()
        print(f"trial {trial.number + 1} of {count}  {point}  {trial.value:.4f}  in {seconds:.1f} s",
              file=sys.stderr, flush=True)

    study.optimize(objective, n_trials=count, n_jobs=jobs, callbacks=[say])
    return study


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("sweep", type=pathlib.Path)
    parser.add_argument("study", type=pathlib.Path)
    parser.add_argument("--jobs", type=int, required=True)
    parser.add_argument("--bertadam", action="store_true")
    options = parser.parse_args()
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    try:
        study = run_study(options.sweep, options.study, options.jobs, ["--bertadam"] if options.bertadam else [])
    except RuntimeError as error:
        print(f"optuna_sweep: {error}", file=sys.stderr)
        return 1
    runs = [{"params": trial.params, "accuracy": trial.value, "steps": trial.user_attrs["steps"],
             "losses": trial.user_attrs["losses"]} for trial in study.trials]
    print(json.dumps({
        "versions": {"Python": platform.python_version(),
                     **{name: importlib.metadata.version(name) for name in ("torch", "transformers", "optuna")}},
        "runs": runs, "train_tokens": study.trials[0].user_attrs["train_tokens"]}))
    return 0


if __name__ == "__main__":
    sys.exit(main())
