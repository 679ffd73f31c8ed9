#!/usr/bin/env python3
"""A soak: sweeps of scripted runs, and a few real ones, under random faults, held against undisturbed ones.

usage: soak.py --programs DIR [--minutes N] [--seed S] [--runs N] [--real N] [--plan] [--keep]

The seed, printed at the start, gives the plan of faults: what, when, on which victim and for how long
(--plan prints it and ends). How far the sweep is when a fault comes is up to the machine. Faults are
kills of workers and of the orchestrator, SIGSTOP of each and of all at once (a machine that sleeps),
half frames and connections that say nothing, a foreign write lock on the database, a full disk (where a
tmpfs may be mounted), orders to pause and to go on, and the same file submitted again.

Held at the end: the account, every step of every run once and with the bits of the undisturbed sweep,
a sound database, no process and no temporary file left. Exit 0: all of that holds; 1: it does not, and
the store stays for a look.
"""
import argparse
import collections
import json
import os
import pathlib
import random
import shutil
import signal
import socket
import sqlite3
import struct
import subprocess
import sys
import tempfile
import time

WORDS = "call free win now lunch later home prize see you ok urgent text back love claim".split()
BITS = ("SELECT r.lr, r.warmup, r.epochs, r.seed, t.step, t.lr, t.loss, t.flat_accuracy "
        "FROM steps AS t JOIN results AS r USING (run_id) WHERE r.sweep_id = ? ORDER BY 1, 2, 3, 4, 5")
FAULTS = {  # how often, beside one another
    "kill_worker": 8, "kill_orchestrator": 4, "stop_worker": 2, "stop_orchestrator": 1, "sleep_machine": 1,
    "torn_frames": 2, "silent_peers": 1, "foreign_lock": 1, "full_disk": 1, "pause": 1, "submit_again": 1,
}
Fault = collections.namedtuple("Fault", "at kind victim seconds")


def plan_of(seed, minutes):
    """Moments of faults, in seconds from the start."""
    rng = random.Random(seed)
    plan, at = [], 1.0
    while at < minutes * 60:
        kind = rng.choices(list(FAULTS), FAULTS.values())[0]
        plan.append(Fault(round(at, 2), kind, rng.randrange(1000), round(rng.uniform(0.2, 4), 2)))
        at += rng.uniform(0.2, 3)
    return plan


def write_texts(folder, rng):
    for name, count in (("train.tsv", 200), ("eval.tsv", 80)):
        rows = (f"{'spam' if rng.random() < .4 else 'ham'}\t{i} {' '.join(rng.choices(WORDS, k=9))}\n"
                for i in range(count))
        (folder / name).write_text("label\ttext\n" + "".join(rows), encoding="utf-8")


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
        self.environment = dict(os.environ, TARAMA_WORKER=self.worker)

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
                self.process = subprocess.Popen([self.tarama, "serve", "--store", str(self.folder)],
                                                stdout=self.log, stderr=self.log, env=self.environment)
            if self.command("status", "--json", accept=None).returncode == 0:
                return
            time.sleep(0.1)
        raise Failure("no orchestrator answers within 60 s")

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


def send_signal(pids, what):
    for pid in pids:
        try:
            os.kill(pid, what)
        except ProcessLookupError:
            pass


def stand_still(pids, seconds):
    send_signal(pids, signal.SIGSTOP)
    time.sleep(seconds)
    send_signal(pids, signal.SIGCONT)


def connect(store):
    peer = socket.socket(socket.AF_UNIX)
    peer.settimeout(2)
    peer.connect(str(store.folder / "control.sock"))
    return peer


def talk_nonsense(store, fault):
    """Half frames, frames of noise, and lengths that nobody keeps."""
    rng = random.Random(fault.victim)
    for _ in range(50):
        try:
            peer = connect(store)
            promised = rng.choice([0, 10, 1000, 64 << 20, 2**32 - 1])
            header = struct.pack("<IHH", promised, rng.choice([1, 4, 999]), rng.randrange(40))
            peer.sendall((header + rng.randbytes(rng.randrange(200)))[:rng.randrange(1, 208)])
            peer.close()
        except OSError:
            pass  # hung up on, which is its right


def stay_silent(store, fault):
    peers = []
    try:
        for _ in range(300):
            peers.append(connect(store))
    except OSError:
        pass
    time.sleep(fault.seconds)
    for peer in peers:
        peer.close()


def hold_write_lock(store, fault):
    database = sqlite3.connect(store.folder / "tarama.db", isolation_level=None, timeout=5)
    try:
        database.execute("BEGIN IMMEDIATE")
        time.sleep(fault.seconds)
        database.execute("ROLLBACK")
    except sqlite3.OperationalError:
        pass  # the orchestrator was faster for 5 s
    finally:
        database.close()


def fill_disk(store, fault):
    filler = store.folder.parent / "filler"
    try:
        with open(filler, "wb", buffering=0) as file:
            while True:
                file.write(b"x" * 65536)
    except OSError:
        pass
    time.sleep(fault.seconds)
    filler.unlink(missing_ok=True)


def commit_fault(store, fault, has_small_disk):
    workers = store.processes()
    if fault.kind == "kill_worker" and workers:
        send_signal([workers[fault.victim % len(workers)]], signal.SIGKILL)
    elif fault.kind == "stop_worker" and workers:
        stand_still([workers[fault.victim % len(workers)]], fault.seconds)
    elif fault.kind == "kill_orchestrator":
        store.process.kill()
        store.process.wait()
        time.sleep(fault.seconds if fault.victim % 3 == 0 else 0)
        store.serve()
    elif fault.kind == "stop_orchestrator":
        stand_still([store.process.pid], fault.seconds)
    elif fault.kind == "sleep_machine":
        stand_still([store.process.pid, *workers], fault.seconds)
    elif fault.kind == "torn_frames":
        talk_nonsense(store, fault)
    elif fault.kind == "silent_peers":
        stay_silent(store, fault)
    elif fault.kind == "foreign_lock":
        hold_write_lock(store, fault)
    elif fault.kind == "full_disk" and has_small_disk:
        fill_disk(store, fault)
    elif fault.kind == "pause":
        store.command("pause", "last", accept=None)
        time.sleep(fault.seconds)
        store.command("resume", "last", accept=None)
    elif fault.kind == "submit_again":
        store.command("submit", store.sweep, accept=None)


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
        self.options, self.folder, self.rounds = options, folder, 0
        self.wild = folder / "small"
        self.wild.mkdir()
        self.has_small_disk = subprocess.run(
            ["mount", "-t", "tmpfs", "-o", "size=96m", "tmpfs", str(self.wild)], capture_output=True,
            check=False).returncode == 0
        write_texts(folder, random.Random(7))
        self.store = self.make_store("store", "tarama-worker-fake", "20ms", self.wild)
        self.real = self.make_store("real", "tarama-worker", "0ms", folder) if options.real else None

    def make_store(self, name, worker, step_time, parent):
        script = self.folder / f"{name}.json"
        script.write_text(json.dumps({"step_time": step_time, "noise": 0.01, "default_mean": 0.5}))
        store = Store(self.options.programs, parent / name, worker, self.folder / f"{name}.yaml")
        store.environment["TARAMA_FAKE_SCRIPT"] = str(script)
        return store

    def begin_round(self):
        """Another sweep on the same store: other seeds, so that none of its runs is known."""
        self.rounds += 1
        lrs = max(2, self.options.runs // 6)
        self.store.sweep.write_text(json.dumps(sweep_document(self.rounds, lrs)))
        self.store.command("submit", self.store.sweep)

    def run(self, plan):
        self.store.serve()
        self.begin_round()
        if self.real:
            self.real.sweep.write_text(json.dumps(sweep_document(1, max(2, self.options.real // 6))))
            self.real.serve()
            self.real.command("submit", self.real.sweep)
        counts, started = collections.Counter(), time.monotonic()
        for number, fault in enumerate(plan):
            if time.monotonic() - started > self.options.minutes * 60:
                break  # faults that last delay those behind them
            time.sleep(max(0, started + fault.at - time.monotonic()))
            target = self.real if self.real and number % 5 == 4 else self.store
            commit_fault(target, fault, self.has_small_disk and target is self.store)
            counts[fault.kind] += 1
            planned, _, succeeded = self.store.account(self.rounds)
            if planned == succeeded:
                self.begin_round()
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

    def end(self):
        for store in filter(None, (self.store, self.real)):
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
    plan = plan_of(seed, options.minutes)
    print(f"soak: seed {seed}, {options.minutes:g} min, {len(plan)} faults planned", flush=True)
    if options.plan:
        for fault in plan:
            print(f"{fault.at:8.2f} s  {fault.kind:18} victim {fault.victim:3}  {fault.seconds} s")
        return 0
    folder = pathlib.Path(tempfile.mkdtemp(prefix="tarama-soak-"))
    soak = Soak(options, folder)
    try:
        counts = soak.run(plan)
        runs = sum(soak.check(soak.store, sweep) for sweep in range(1, soak.rounds + 1))
        soak.check_end(soak.store)
        if soak.real:
            runs += soak.check(soak.real, 1)
            soak.check_end(soak.real)
    except (Failure, subprocess.TimeoutExpired, sqlite3.Error) as failure:
        shutil.copytree(soak.wild, folder / "kept", ignore=shutil.ignore_patterns("*.sock"), dirs_exist_ok=True)
        soak.end()
        print(f"soak: FAILED with seed {seed}: {failure}\nsoak: the stores are in {folder}", flush=True)
        return 1
    soak.end()
    faults = ", ".join(f"{count} {kind}" for kind, count in sorted(counts.items()))
    disk = "" if soak.has_small_disk else "; no tmpfs could be mounted, so no disk was filled"
    print(f"soak: {runs} runs in {soak.rounds} sweeps, steps equal to the undisturbed ones', nothing left; "
          f"{faults}{disk}", flush=True)
    if not options.keep:
        shutil.rmtree(folder, ignore_errors=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
