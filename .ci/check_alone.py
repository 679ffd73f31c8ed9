#!/usr/bin/env python3
"""Compiles every C++ file alone, without precompiled headers and with no other file in its unit, so
that none leans on what these bring along. Only as far as errors and the front end's warnings go: the
code itself is made by the build, and that would take twice as long.

usage: check_alone.py BUILD_FOLDER (configured with TARAMA_PCH, TARAMA_UNITY and TARAMA_CCACHE off);
exit 1: the compiler's errors on stdout
"""
import concurrent.futures
import json
import os
import pathlib
import shlex
import subprocess
import sys


def errors_of(entry):
    """What the compiler says about one unit; empty: nothing."""
    arguments = shlex.split(entry["command"])
    output = arguments.index("-o")
    command = arguments[:output] + arguments[output + 2:] + ["-fsyntax-only"]
    result = subprocess.run(command, cwd=entry["directory"], stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                            text=True, check=False)
    return result.stdout or (f"{entry['file']}: exit {result.returncode}\n" if result.returncode else "")


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    units = json.loads((pathlib.Path(sys.argv[1]) / "compile_commands.json").read_text(encoding="utf-8"))
    if any("cmake_pch" in unit["command"] or "unity_" in unit["file"] for unit in units):
        sys.exit(f"check_alone: {sys.argv[1]} has precompiled headers or units of several files")
    jobs = int(os.environ.get("CMAKE_BUILD_PARALLEL_LEVEL") or len(os.sched_getaffinity(0)))
    with concurrent.futures.ThreadPoolExecutor(jobs) as pool:
        found = [text for text in pool.map(errors_of, units) if text]
    print("".join(found), end="")
    print(f"{len(units)} units compiled alone, {len(found)} with findings")
    return bool(found)


sys.exit(main())
