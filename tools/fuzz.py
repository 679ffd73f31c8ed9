#!/usr/bin/env python3
"""Runs libFuzzer's program on each parser of bytes from outside, for a while each, on every core one.

usage: fuzz.py --program FILE --corpus DIR --work DIR [--minutes N | --seconds N] [TARGET]

New inputs that reach new code gather in WORK/corpus and are used by the next call; what makes a parser
fail stays in WORK/found/TARGET: put it, cut down, into fuzz/corpus/TARGET with the mending. Exit 0:
nothing found; 1: something, named on stdout.
"""
import argparse
import concurrent.futures
import os
import pathlib
import subprocess
import sys


def fuzz(options, target):
    """libFuzzer's own limits: a parser that takes 5 s for an input, or 1 GiB of memory, has failed."""
    seeds, grown, found = (options.corpus / target, options.work / "corpus" / target,
                           options.work / "found" / target)
    grown.mkdir(parents=True, exist_ok=True)
    found.mkdir(parents=True, exist_ok=True)
    done = subprocess.run(
        [options.program, grown, seeds, f"-max_total_time={options.seconds}", "-timeout=5", "-rss_limit_mb=1024",
         "-max_len=16384", "-print_final_stats=1", f"-artifact_prefix={found}/"],
        env=dict(os.environ, TARAMA_FUZZ_TARGET=target), text=True, capture_output=True, check=False)
    runs = next((line.rsplit(":", 1)[1].strip() for line in done.stderr.splitlines()
                 if "number_of_executed_units" in line), "?")
    print(f"fuzz: {target}: {runs} inputs in {options.seconds} s: "
          + ("nothing found" if done.returncode == 0 else f"FAILED, see {found}"), flush=True)
    if done.returncode:
        print("\n".join(done.stderr.splitlines()[-40:]))
    return done.returncode == 0


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--program", type=pathlib.Path, required=True)
    parser.add_argument("--corpus", type=pathlib.Path, required=True)
    parser.add_argument("--work", type=pathlib.Path, required=True)
    parser.add_argument("--minutes", type=float, help="for each target")
    parser.add_argument("--seconds", type=int, default=60, help="for each target (60)")
    parser.add_argument("target", nargs="?", help="one alone, by the name of its folder in the corpus")
    options = parser.parse_args()
    if options.minutes is not None:
        options.seconds = int(options.minutes * 60)
    targets = sorted(folder.name for folder in options.corpus.iterdir() if folder.is_dir())
    if options.target is not None and options.target not in targets:
        parser.error(f"there is no target '{options.target}'; there are {', '.join(targets)}")
    wanted = [options.target] if options.target else targets
    with concurrent.futures.ThreadPoolExecutor(len(os.sched_getaffinity(0))) as pool:
        return 0 if all(list(pool.map(lambda target: fuzz(options, target), wanted))) else 1


if __name__ == "__main__":
    sys.exit(main())
