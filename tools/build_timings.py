#!/usr/bin/env python3
"""Prints which units of a build took longest to compile, from ninja's log: seconds on the clock, so
that a busy machine makes them longer, and next to none where ccache had the unit.

usage: build_timings.py BUILD_FOLDER (`./dev build --timings` runs it)
"""
import pathlib
import sys

MOST_SHOWN = 20
BAR_WIDTH = 30


def compile_seconds(log):
    """Each unit that still exists -> the seconds of its newest compilation."""
    seconds = {}
    for line in log.read_text(encoding="utf-8").splitlines():
        if line.startswith("#"):
            continue
        start, end, _, output = line.split("\t")[:4]
        if output.endswith((".o", ".gch")) and (log.parent / output).exists():
            seconds[output] = (int(end) - int(start)) / 1000
    return seconds


def name_of(output):
    """cli/CMakeFiles/tarama_cli.dir/unity_1.cpp.o -> cli/unity_1.cpp"""
    folder, _, file = output.partition("CMakeFiles/")
    target, _, file = file.partition(".dir/")
    if file.endswith(".gch"):
        return f"{target} (precompiled)"
    return folder + file.removesuffix(".o")


def files_of(build, output):
    """The files that a unit of several is made of, for the last column."""
    folder, _, file = output.partition("CMakeFiles/")
    source = build / folder / file.partition(".dir/")[2].removesuffix(".o")
    if not source.name.startswith("unity_") or not source.exists():
        return ""
    names = [line.split('"')[1] for line in source.read_text(encoding="utf-8").splitlines() if '"' in line]
    return f"{len(names)} files: {pathlib.PurePath(names[0]).stem} … {pathlib.PurePath(names[-1]).stem}"


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    build = pathlib.Path(sys.argv[1])
    log = build / ".ninja_log"
    if not log.exists():
        sys.exit(f"build_timings: {log} is not there; build first")
    seconds = compile_seconds(log)
    dearest = sorted(seconds, key=seconds.get, reverse=True)[:MOST_SHOWN]
    width = max((len(name_of(unit)) for unit in dearest), default=0)
    for unit in dearest:
        bar = "█" * max(1, round(BAR_WIDTH * seconds[unit] / max(seconds[dearest[0]], 0.001)))
        line = f"{seconds[unit]:7.1f} s  {name_of(unit):{width}}  {bar:{BAR_WIDTH}}  {files_of(build, unit)}"
        print(line.rstrip())
    print(f"{sum(seconds.values()):7.1f} s  all {len(seconds)} units")


main()
