#!/usr/bin/env python3
"""Runs whole sweeps with Hugging Face + Optuna and with `tarama run`, in turns, and prints one table:
both walls, their ratio, both results' accuracies.

usage: compare.py [--programs FOLDER --python PROGRAM] [OPTION…]
  --programs FOLDER  where tarama is, and --python the Python with torch, transformers and optuna;
                     without them only the other options are checked
  --data FOLDER      learn CoLA (in_domain_train.tsv, in_domain_dev.tsv), or a folder's train.tsv and
                     eval.tsv of label<TAB>sentence, instead of the sweep files' definitions of WordNet
  --pairs N          each sweep so often on each side, with the seeds 1 to N (default 3)
  --only NAME        only this sweep: small or minilm
  --rows N           N training rows alone, to see that both sides work
  --bertadam         the other side with the rules of tarama's optimizer (bert_trial.py), for accuracies
  --keep FILE        keep all that was measured as JSON; peers_table.py prints its table again

Both sides get one core a run and as many runs at a time as there are cores. A wall is that of the
whole program, from its start to its end. The other side begins each second pair.

TARAMA_MINILM_DIR names the weights and the vocabulary. The table goes to stdout, progress to stderr.
Exit codes: 0 done, 1 a side failed or the two did not do the same work, 2 usage.
"""
import argparse
import json
import os
import pathlib
import signal
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
sys.path += [str(HERE), str(HERE.parent.parent / "tools")]

import labelled_files  # noqa: E402
from bench_table import machine_of  # noqa: E402
from peers_table import FORM, table  # noqa: E402

SWEEPS = ("small", "minilm")


class SideError(Exception):
    """A side failed, or did other work than the other; the message is for a person."""


def refuse(reason, remedy):
    print(f"bench: {reason}\nbench: remedy: {remedy}", file=sys.stderr)
    sys.exit(2)


def say(text):
    print(f"bench: {text}", file=sys.stderr, flush=True)


# ---- one side, once -----------------------------------------------------------------------------

def environment():
    """What both sides are started in: the same CPU, no network, compiled Python files welcome."""
    mine = {**os.environ, "CUDA_VISIBLE_DEVICES": "", "HF_HUB_OFFLINE": "1", "TRANSFORMERS_VERBOSITY": "error"}
    mine.pop("PYTHONDONTWRITEBYTECODE", None)
    return mine


def run(command):
    """(the JSON document on stdout, seconds of wall) of a program; its stderr is shown as it comes."""
    started = time.monotonic()
    with tempfile.TemporaryFile("w+", encoding="utf-8") as out:
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=out, stderr=subprocess.PIPE,
                                   text=True, errors="replace", env=environment())
        try:
            for line in process.stderr:
                say(f"  {line.rstrip()}")
            status = process.wait()
        except BaseException:  # whoever ends this program does not mean to leave a sweep at work
            process.terminate()
            process.wait()
            raise
        wall = time.monotonic() - started
        if status != 0:
            raise SideError(f"{pathlib.Path(command[0]).name} {pathlib.Path(command[1]).name} failed "
                            f"(exit {status}); its words stand above")
        out.seek(0)
        return json.loads(out.read()), wall


def run_peer(options, sweep_file, folder):
    command = [options.python, HERE / "optuna_sweep.py", sweep_file, folder / "study.db", "--jobs", str(cores())]
    result, wall = run([str(part) for part in command] + (["--bertadam"] if options.bertadam else []))
    return {"wall_seconds": wall, **result}


def run_tarama(options, sweep_file, folder):
    tarama, store = str(options.programs / "tarama"), str(folder / "store")
    outcome, wall = run([tarama, "run", str(sweep_file), "--json", "--store", store])
    listed, _ = run([tarama, "list", str(outcome["sweep"]), "--json", "--store", store])
    runs = [{"params": one["params"], "accuracy": one["metric"], "steps": one["planned_steps"]}
            for one in listed["runs"]]
    return {"wall_seconds": wall, "runs": runs}


def cores():
    return len(os.sched_getaffinity(0))


# ---- pairs --------------------------------------------------------------------------------------

def sweep_of(name, options, folder):
    """The sweep file's document, ready for both sides: absolute paths, the data that was chosen."""
    document = json.loads(os.path.expandvars((HERE / f"{name}.json").read_text(encoding="utf-8")))
    data = document["data"]
    for key in ("train", "eval"):
        data[key] = str((HERE / data[key]).resolve())
    if options.data:
        data.update(labelled_files.found_in(options.data))
    label = labelled_files.name_of(data)
    if options.rows:
        document["data"] = labelled_files.some_rows(data, options.rows, folder)
    return document, label


def check_same_work(sweep, peer, ours):
    """Both must have trained every point of the grid once, on the same tokens."""
    done = [sorted((sorted(run["params"].items()), run["steps"]) for run in side["runs"]) for side in (peer, ours)]
    if done[0] != done[1]:
        raise SideError(f"{sweep['name']}: Optuna's trials {done[0]} are not tarama's runs {done[1]}")
    if peer["train_tokens"] != sweep["train_tokens"]:
        raise SideError(f"{sweep['name']}: an epoch has {peer['train_tokens']} tokens for transformers, "
                        f"{sweep['train_tokens']} for tarama")


def run_pair(options, document, seed, is_peer_first):
    """{peer: …, tarama: …} of one seed."""
    pair = {"seed": seed}
    sides = [("peer", run_peer, "Hugging Face + Optuna"), ("tarama", run_tarama, "tarama")]
    for side, start, name in sides if is_peer_first else reversed(sides):
        say(f"{document['name']}, pair {seed} of {options.pairs}: {name}")
        with tempfile.TemporaryDirectory(prefix="tarama-peers-") as scratch:
            file = pathlib.Path(scratch) / "sweep.json"
            file.write_text(json.dumps({**document, "seed": seed}), encoding="utf-8")
            pair[side] = start(options, file, pathlib.Path(scratch))
        say(f"{document['name']}, pair {seed} of {options.pairs}: {name} took {pair[side]['wall_seconds']:.1f} s")
    return pair


def measure(name, options, measured):
    """Appends a sweep's pairs to `measured`, which is kept after each: hours must not hang on the last."""
    with tempfile.TemporaryDirectory(prefix="tarama-peers-data-") as folder:
        document, label = sweep_of(name, options, pathlib.Path(folder))
        file = pathlib.Path(folder) / "sweep.json"
        file.write_text(json.dumps(document), encoding="utf-8")
        plan, _ = run([str(options.programs / "tarama"), "plan", str(file), "--json", "--store", f"{folder}/store"])
        sweep = {"name": name, "data": label, "runs": plan["runs"], "steps": plan["steps"],
                 "train_tokens": plan["inputs"][0]["train_tokens"], "pairs": []}
        measured["sweeps"].append(sweep)
        for seed in range(1, options.pairs + 1):
            pair = run_pair(options, document, seed, is_peer_first=seed % 2 == 1)
            check_same_work(sweep, pair["peer"], pair["tarama"])
            sweep["pairs"].append(pair)
            measured["versions"].update(pair["peer"].pop("versions"))
            if options.keep:
                options.keep.write_text(json.dumps(measured, indent=1) + "\n", encoding="utf-8")


# ---- options ------------------------------------------------------------------------------------

def options_of(arguments):
    class Parser(argparse.ArgumentParser):
        def error(self, message):
            refuse(message, "./dev bench --peers [--data FOLDER] [--pairs N] [--only small|minilm] [--rows N] "
                   "[--bertadam] [--keep FILE]")

    def count(text):
        if not text.isdecimal() or int(text) < 1:
            raise argparse.ArgumentTypeError(f"'{text}' is no whole number from 1")
        return int(text)

    parser = Parser(usage=argparse.SUPPRESS, add_help=False, allow_abbrev=False)
    parser.add_argument("--programs", type=pathlib.Path)
    parser.add_argument("--python", type=pathlib.Path)
    parser.add_argument("--data", type=pathlib.Path)
    parser.add_argument("--pairs", type=count, default=3)
    parser.add_argument("--only", choices=SWEEPS)
    parser.add_argument("--rows", type=count)
    parser.add_argument("--bertadam", action="store_true")
    parser.add_argument("--keep", type=pathlib.Path)
    options = parser.parse_args(arguments)
    if options.keep and not options.keep.absolute().parent.is_dir():
        refuse(f"--keep {options.keep}: there is no folder {options.keep.parent}", "make it first")
    try:
        _ = options.data and labelled_files.found_in(options.data)
    except labelled_files.DataError as error:
        refuse(f"--data: {error}", "name a folder with these files, or leave it out for WordNet's definitions")
    return options


def main():
    options = options_of(sys.argv[1:])
    if options.programs is None or options.python is None:
        return 0
    if "TARAMA_MINILM_DIR" not in os.environ:
        refuse("TARAMA_MINILM_DIR is not set", "./dev fetch-model says where MiniLM-L6 is")
    version = subprocess.run([options.programs / "tarama", "--version"], stdout=subprocess.PIPE, text=True, check=True)
    measured = {"form": FORM, "machine": machine_of([]), "rows": options.rows, "jobs": cores(),
                "bertadam": options.bertadam, "versions": {"tarama": version.stdout.split()[-1]}, "sweeps": []}
    try:
        for name in [options.only] if options.only else SWEEPS:
            measure(name, options, measured)
    except SideError as error:
        say(error)
        return 1
    print(table(measured))
    return 0


if __name__ == "__main__":
    # As by Ctrl-C: the sweep at work is ended, and the folders go.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)
