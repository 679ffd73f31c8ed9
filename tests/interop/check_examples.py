#!/usr/bin/env python3
"""Runs one of configs/examples, kills its workers in the middle, and holds the results against an undisturbed run.

usage: check_examples.py --tarama PROGRAM --worker PROGRAM --example NAME [--calm]

The folder is copied, with python/tarama_report.py where the scripts look for it. `python3` of the sweep files is
the Python that runs this, which needs scikit-learn and PyTorch for the examples of these names. Each run's
attempts, failures and numbers are looked at: all runs succeed, both times with the same metric to the last bit,
every step of a run counts once, and at least one run went on as a second attempt. A folder with the sweep file
wandb.yaml of another program is imported first. With --calm nothing is killed:
for runs that are over before one could. Exit 0: so it is; 1: what is not.
"""

import argparse
import json
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
KILLS = 2
PATIENCE = 240  # seconds; an import of PyTorch on a busy machine takes some


class Store:
    def __init__(self, options, folder, name):
        self.program = options.tarama
        self.sweep = folder / "configs" / "examples" / options.example / "sweep.yaml"
        binaries = pathlib.Path(sys.executable).parent
        self.environment = {**os.environ, "TARAMA_WORKER": options.worker, "TARAMA_STORE": str(folder / name),
                            "PATH": f"{binaries}{os.pathsep}{os.environ['PATH']}"}

    def start(self):
        return subprocess.Popen([self.program, "run", str(self.sweep), "--quiet"], env=self.environment,
                                stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)

    def query(self, sql):
        """Rows; None where there is no store yet."""
        done = subprocess.run([self.program, "query", sql, "--format", "json"], env=self.environment,
                              stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
        return json.loads(done.stdout) if done.returncode == 0 else None


def import_sweep(options, folder):
    done = subprocess.run([options.tarama, "import", "wandb", str(folder / "wandb.yaml")], stdin=subprocess.DEVNULL,
                          capture_output=True, text=True, check=False)
    if done.returncode != 0:
        sys.exit(f"import wandb: exit code {done.returncode}\n{done.stderr}")
    (folder / "sweep.yaml").write_text(done.stdout, encoding="utf-8")


def finish(what, running):
    """Its end, which must be a good one."""
    try:
        errors = running.communicate(timeout=PATIENCE)[1]
    except subprocess.TimeoutExpired:
        running.kill()
        sys.exit(f"{what}: it did not end within {PATIENCE} s")
    if running.returncode != 0:
        sys.exit(f"{what}: exit code {running.returncode}\n{errors}")


def kill_workers(store, running):
    """Each time in the middle of a run: one that trains, and where it reports along the way, has reported."""
    killed = set()
    limit = time.monotonic() + PATIENCE
    while len(killed) < KILLS and running.poll() is None and time.monotonic() < limit:
        rows = store.query("SELECT s.pid, r.run_id FROM run AS r JOIN attempt AS a ON a.run_id = r.run_id "
                           "AND a.attempt = r.attempt JOIN session AS s ON s.session = a.session "
                           "WHERE r.state = 'running' AND a.ended_at IS NULL AND s.pid > 0") or []
        for row in rows:
            if row["pid"] not in killed and len(killed) < KILLS:
                killed.add(row["pid"])
                try:
                    os.kill(row["pid"], signal.SIGKILL)
                except ProcessLookupError:
                    pass  # its end came first; another one is killed by the attempts' count below
        time.sleep(0.05)  # the store is asked again and again: no file tells


def results(what, store):
    failed = store.query("SELECT run_id, state, failure_class FROM results WHERE state <> 'succeeded' "
                         "AND failure_class <> 'diverged'")
    if failed:
        sys.exit(f"{what}: {failed}")
    twice = store.query("SELECT run_id, name, step, count(*) AS times FROM metrics GROUP BY 1, 2, 3 HAVING times > 1")
    if twice:
        sys.exit(f"{what}: a step counts twice: {twice[:5]}")
    return store.query("SELECT params, seed, metric FROM results ORDER BY params, seed")


def numbers(store):
    rows = store.query("SELECT r.params, r.seed, m.name, m.step, m.value FROM metrics AS m JOIN results AS r "
                       "ON r.run_id = m.run_id")
    return [(row["params"], row["seed"], row["name"], row["step"], row["value"]) for row in rows]


def main():
    parser = argparse.ArgumentParser()
    for name in ("tarama", "worker", "example"):
        parser.add_argument(f"--{name}", required=True)
    parser.add_argument("--calm", action="store_true")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        example = folder / "configs" / "examples" / options.example
        shutil.copytree(ROOT / "configs" / "examples" / options.example, example)
        if (example / "wandb.yaml").exists():
            import_sweep(options, example)
        shutil.copytree(ROOT / "python", folder / "python")
        calm = Store(options, folder, "calm")
        finish("undisturbed", calm.start())
        if options.calm:
            print(f"{options.example}: {len(results('undisturbed', calm))} runs")
            return
        disturbed = Store(options, folder, "disturbed")
        running = disturbed.start()
        kill_workers(disturbed, running)
        finish("with workers killed", running)
        again = disturbed.query("SELECT count(*) AS runs FROM results WHERE attempts > 1")[0]["runs"]
        if again == 0:
            sys.exit("no run was hit while it trained")
        expected, actual = results("undisturbed", calm), results("with workers killed", disturbed)
        if actual != expected:
            sys.exit(f"the results differ:\n{expected}\n{actual}")
        # A program that goes on from a state of its own may leave a gap, but reports nothing else.
        strange = set(numbers(disturbed)) - set(numbers(calm))
        if strange:
            sys.exit(f"numbers that the undisturbed run does not have: {sorted(strange, key=str)[:5]}")
        print(f"{options.example}: {len(actual)} runs, {again} of them killed and gone on, all as in the undisturbed run")


if __name__ == "__main__":
    main()
