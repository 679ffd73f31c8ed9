#!/usr/bin/env python3
"""A soak: sweeps of scripted runs, and a few real ones, under random faults, held against undisturbed ones.

usage: soak.py --programs DIR [--minutes N] [--seed S] [--runs N] [--real N] [--plan] [--keep]

The seed, printed at the start, gives the plan of faults: what, when, on which victim and for how long
(--plan prints it and ends). How far the sweep is when a fault comes is up to the machine. Faults are
kills of workers and of the orchestrator, SIGSTOP of each and of all at once (a machine that sleeps),
streams of workers that are cut or end in half a frame, half frames of strangers and connections that
say nothing, a foreign write lock on the database, a full disk (where a tmpfs may be mounted), jumps of
the wall clock (where there is a C compiler), orders to pause and to go on, and the same file submitted
again. Each kind comes at least once, however short the soak is, and only what really happened counts.

Held at the end: the account, every step of every run once and with the bits of the undisturbed sweep,
a store in which `doctor` finds nothing, no process and no temporary file left, and every kind of fault
seen. Exit 0: all of that holds; 1: it does not, and the stores stay for a look.
"""
import argparse
import collections
import json
import os
import pathlib
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time

from soak_faults import FAULTS, Fault, WallClock, Wire, commit_fault, plan_of, send_signal

WORDS = "call free win now lunch later home prize see you ok urgent text back love claim".split()
BITS = ("SELECT r.lr, r.warmup, r.epochs, r.seed, t.step, t.lr, t.loss, t.flat_accuracy "
        "FROM steps AS t JOIN results AS r USING (run_id) WHERE r.sweep_id = ? ORDER BY 1, 2, 3, 4, 5")

def write_texts(folder, rng):
    for name, count in (("train.tsv", 200), ("eval.tsv", 80)):
        rows = (f"{'spam' if rng.random() < .4 else 'ham'}\t{i} {' '.join(rng.choices(WORDS, k=9))}\n"
                for i in range(count))
        (folder / name).write_text("label\ttext\n" + "".join(rows), encoding="utf-8")


MOST_REAL_ROUNDS = 3


class Failure(Exception):
    pass


def need(claim, what):
    if not claim:
        raise Failure(what)


class Store:
    """One store with its orchestrator, which is killed and started again."""

    def __init__(self, programs, folder, worker, sweep):
        self.tarama, self.worker, self.folder = str(programs / "tarama"), str(programs / worker), folder
        self.sweep, self.process, self.log = sweep, None, open(str(folder) + ".log", "ab")
        self.rounds, self.wire, self.clock = 0, None, None
        self.environment = dict(os.environ, TARAMA_WORKER=self.worker)

    def expose(self, clock):
        """From now on its workers speak through a wire, and it and they go by this clock."""
        place = self.sweep.parent
        self.wire = Wire(place / f"{self.folder.name}.wire", self.folder / "control.sock")
        self.clock = clock
        program = place / f"{self.folder.name}-worker"
        program.write_text("#!/bin/sh\n"
                           f"if [ \"$1\" = --connect ]; then shift 2; set -- --connect '{self.wire.path}' \"$@\"; fi\n"
                           f"exec '{self.worker}' \"$@\"\n")
        program.chmod(0o755)
        self.environment["TARAMA_WORKER"] = str(program)

    def command(self, *arguments, accept=(0,), timeout=120):
        done = subprocess.run([self.tarama, *map(str, arguments), "--store", str(self.folder)], text=True,
                              capture_output=True, env=self.environment, timeout=timeout)
        need(accept is None or done.returncode in accept,
             f"tarama {arguments[0]}: exit {done.returncode}: {done.stderr.strip()[-300:]}")
        return done

    def serve(self):
        """Starts an orchestrator and waits until it answers; one that is dying may hold the lock yet."""
        end = time.monotonic() + 60
        while time.monotonic() < end:
            if self.process is None or self.process.poll() is not None:
                clock = self.clock.environment() if self.clock else {}
                self.process = subprocess.Popen([self.tarama, "serve", "--store", str(self.folder)],
                                                stdout=self.log, stderr=self.log,
                                                env=self.environment | clock)
            if self.status():
                return
            time.sleep(0.1)
        raise Failure("no orchestrator answers within 60 s")

    def status(self):
        """None: nobody answers."""
        done = self.command("status", "--json", accept=None)
        return json.loads(done.stdout) if done.returncode == 0 else None

    def processes(self):
        """Of this store, by their command lines: workers first come first."""
        found = []
        for entry in pathlib.Path("/proc").iterdir():
            try:
                words = (entry / "cmdline").read_bytes().split(b"\0") if entry.name.isdigit() else []
            except OSError:
                continue
            if os.fsencode(self.folder) in words and words[0] == os.fsencode(self.worker):
                found.append(int(entry.name))
        return sorted(found)

    def ask(self, query, *values):
        with sqlite3.connect(f"file:{self.folder}/tarama.db?mode=ro", uri=True, timeout=30) as database:
            return database.execute(query, values).fetchall()

    def account(self, sweep):
        row = self.ask("SELECT planned, pending + leased + running + succeeded + stopped + failed + cancelled, "
                       "succeeded FROM account WHERE sweep_id = ?", sweep)[0]
        need(row[0] == row[1], f"the account does not add up: {row}")
        return row

    def stop(self):
        self.command("stop", accept=None)
        try:
            self.process.wait(60)
        except subprocess.TimeoutExpired:
            raise Failure("the orchestrator does not stop within 60 s") from None


def sweep_document(round_number, lrs, **more):
    vocabulary = {"vocab": "auto", "vocab_size": 300}
    return {"name": f"soak-{round_number}", "seed": 1000 * round_number, "max_restarts": 500,
            "parameters": {"lr": {"min": 1e-5, "max": 1e-3, "count": lrs}, "warmup": {"values": [0, 0.1]},
                           "epochs": {"values": [1, 2, 3]}},
            "data": {"train": "train.tsv", "eval": "eval.tsv", "text": 1, "label": 0, "header": True,
                     "max_tokens": 32},
            "model": {"layers": 1, "hidden": 32, "heads": 2, "intermediate": 64, **vocabulary},
            "training": {"batch_size": 10}, **more}


class Soak:
    def __init__(self, options, folder):
        self.options, self.folder = options, folder
        self.wild = folder / "small"
        self.wild.mkdir()
        self.has_small_disk = subprocess.run(
            ["mount", "-t", "tmpfs", "-o", "size=96m", "tmpfs", str(self.wild)], capture_output=True,
            check=False).returncode == 0
        self.clock = WallClock(folder)
        write_texts(folder, random.Random(7))
        self.store = self.make_store("store", "tarama-worker-fake", "20ms", self.wild)
        self.real = self.make_store("real", "tarama-worker", "0ms", folder) if options.real else None
        for store in self.stores():
            store.expose(self.clock)

    def stores(self):
        return [store for store in (self.store, self.real) if store]

    def possible_kinds(self):
        """What may be planned here, and what is left out."""
        left_out = {"full_disk": "no tmpfs can be mounted"} if not self.has_small_disk else {}
        if not self.clock.works:
            left_out["clock_jump"] = "there is no C compiler"
        return {kind: weight for kind, weight in FAULTS.items() if kind not in left_out}, left_out

    def make_store(self, name, worker, step_time, parent):
        script = self.folder / f"{name}.json"
        script.write_text(json.dumps({"step_time": step_time, "noise": 0.01, "default_mean": 0.5}))
        store = Store(self.options.programs, parent / name, worker, self.folder / f"{name}.yaml")
        store.environment["TARAMA_FAKE_SCRIPT"] = str(script)
        return store

    def begin_round(self, store):
        """Another sweep on the same store: other seeds, so that none of its runs is known."""
        store.rounds += 1
        runs = self.options.runs if store is self.store else self.options.real
        store.sweep.write_text(json.dumps(sweep_document(store.rounds, max(2, runs // 6))))
        store.command("submit", store.sweep)

    def go_on(self, store):
        """Something is always at work; of the real ones a few are enough."""
        planned, _, succeeded = store.account(store.rounds)
        if planned == succeeded and (store is self.store or store.rounds < MOST_REAL_ROUNDS):
            self.begin_round(store)

    def run(self, plan):
        """Counts of what really happened."""
        for store in self.stores():
            store.serve()
            self.begin_round(store)
        counts, started = collections.Counter(), time.monotonic()
        for number, fault in enumerate(plan):
            late = time.monotonic() - started > self.options.minutes * 60
            if late and counts[fault.kind]:
                continue  # faults that last delay those behind them
            time.sleep(0 if late else max(0, started + fault.at - time.monotonic()))
            target = self.real if self.real and number % 5 == 4 and fault.kind != "full_disk" else self.store
            counts[fault.kind] += commit_fault(target, fault)
            for store in self.stores():
                self.go_on(store)
        for kind in {fault.kind for fault in plan}:
            for attempt in range(5):  # what came at a moment when there was nothing to befall
                if not counts[kind]:
                    counts[kind] += commit_fault(self.store, Fault(0, kind, attempt, 1))
                    self.go_on(self.store)
            need(counts[kind], f"{kind} was planned and never happened")
        return counts

    def check(self, store, sweep):
        done = store.command("wait", sweep, "--timeout", "600s", accept=None, timeout=700)
        planned, _, succeeded = store.account(sweep)
        need(planned == succeeded, f"sweep {sweep}: {succeeded} of {planned} runs succeeded; "
                                   f"wait: {done.returncode} {done.stderr.strip()[-300:]}")
        calm = self.make_store(f"calm-{store.folder.name}-{sweep}", pathlib.Path(store.worker).name, "0ms",
                               self.folder)
        document = sweep_document(sweep, 2)
        lrs = planned // (len(document["parameters"]["warmup"]["values"])
                          * len(document["parameters"]["epochs"]["values"]))
        calm.sweep.write_text(json.dumps(sweep_document(sweep, lrs)))
        calm.command("run", calm.sweep, timeout=600)
        left, right = store.ask(BITS, sweep), calm.ask(BITS, 1)
        need(len(left) == len(right), f"sweep {sweep}: {len(left)} rows of steps, {len(right)} undisturbed")
        need(left == right, f"sweep {sweep}: steps differ from those of the undisturbed sweep")
        return planned

    def check_end(self, store):
        store.stop()
        end = time.monotonic() + 20
        while store.processes() and time.monotonic() < end:
            time.sleep(0.2)
        need(not store.processes(), f"processes are left: {store.processes()}")
        left = [str(file) for pattern in ("*.tmp*", "*.partial") for file in store.folder.rglob(pattern)]
        need(not left, f"temporary files are left: {left[:5]}")
        need(store.ask("PRAGMA integrity_check") == [("ok",)], "the database is not sound")
        whole = subprocess.run([store.tarama, "doctor", "--store", str(store.folder)], text=True,
                               capture_output=True, env=store.environment, check=False)
        need(whole.returncode == 0, f"doctor --store: {whole.stdout.strip()[-500:]}")

    def end(self):
        for store in self.stores():
            if store.process:
                store.process.kill()
                store.process.wait()
            send_signal(store.processes(), signal.SIGKILL)
        if self.has_small_disk:
            subprocess.run(["umount", "-l", str(self.wild)], check=False)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--programs", type=pathlib.Path, required=True, help="the folder with tarama and its workers")
    parser.add_argument("--minutes", type=float, default=10, help="of faults (10)")
    parser.add_argument("--seed", type=int, default=None, help="of the plan of faults; drawn and printed if not given")
    parser.add_argument("--runs", type=int, default=300, help="scripted runs of a sweep, about (300)")
    parser.add_argument("--real", type=int, default=12, help="runs of the real trainer, about; 0: none (12)")
    parser.add_argument("--plan", action="store_true", help="print the plan of faults, and end")
    parser.add_argument("--keep", action="store_true", help="keep the stores, also of a good end")
    options = parser.parse_args()
    options.programs = options.programs.resolve()
    if not (options.programs / "tarama-worker").exists():
        options.real = 0
    seed = options.seed if options.seed is not None else random.SystemRandom().randrange(10**6)
    folder = pathlib.Path(tempfile.mkdtemp(prefix="tarama-soak-"))
    soak = Soak(options, folder)
    kinds, left_out = soak.possible_kinds()
    plan = plan_of(seed, options.minutes, kinds)
    print(f"soak: seed {seed}, {options.minutes:g} min, {len(plan)} faults planned", flush=True)
    for kind, why in left_out.items():
        print(f"soak: {kind} is left out: {why}", flush=True)
    if options.plan:
        for fault in plan:
            print(f"{fault.at:8.2f} s  {fault.kind:18} victim {fault.victim:3}  {fault.seconds} s")
        soak.end()
        shutil.rmtree(folder, ignore_errors=True)
        return 0
    try:
        counts = soak.run(plan)
        runs = {}
        for store in soak.stores():
            runs[store] = sum(soak.check(store, sweep) for sweep in range(1, store.rounds + 1))
            soak.check_end(store)
    except (Failure, subprocess.TimeoutExpired, sqlite3.Error) as failure:
        shutil.copytree(soak.wild, folder / "kept", ignore=shutil.ignore_patterns("*.sock"), dirs_exist_ok=True)
        soak.end()
        print(f"soak: FAILED with seed {seed}: {failure}\nsoak: the stores are in {folder}", flush=True)
        return 1
    soak.end()
    faults = ", ".join(f"{count} {kind}" for kind, count in sorted(counts.items()))
    print(f"soak: {runs[soak.store]} scripted runs in {soak.store.rounds} sweeps and "
          f"{runs[soak.real] if soak.real else 'no'} real ones, steps equal to the undisturbed ones', nothing left; "
          f"{faults}", flush=True)
    if not options.keep:
        shutil.rmtree(folder, ignore_errors=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
