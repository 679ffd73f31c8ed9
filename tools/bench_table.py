#!/usr/bin/env python3
"""Runs the benchmark programs and prints one table of what they measured: the median of several
repetitions, per unit of work; half of the repetitions lie within the ± beside it.

usage: bench_table.py [--programs FOLDER] [OPTION…]
  --programs FOLDER  where tarama-bench and tarama-bench-torch are; without it only the other
                     options are checked
  --only REGEX       only the rows whose name matches
  --full             also the rows that need a store of 10 million steps (half a gigabyte)
  --save FILE        keep the numbers, for --compare
  --compare FILE     beside each time the one of FILE, and their ratio: below 1 is faster now
  --check-page FILE  measure nothing; exit 1 unless the page's table has the rows that the programs
                     list, 77 where they are not built

The table goes to stdout, progress to stderr. Exit codes: 0 done, 1 a measurement failed, 2 usage.
"""
import argparse
import datetime
import json
import os
import pathlib
import platform
import re
import statistics
import subprocess
import sys
import tempfile

PROGRAMS = ("tarama-bench-torch", "tarama-bench")
FORM = "tarama bench 1"  # of a saved file; another number where rows mean something else
HEADINGS = {  # of a row GROUP/WHAT, in the table's order; a group that is not here comes last
    "packed": "Training step of the packed learner, the same batch; floor: its products alone, at this processor's best",
    "step": "Training step of the torch learner: a batch of 32 like CoLA's, one thread",
    "masks": "Dropout masks",
    "shuffle": "Order of an epoch",
    "tokenizer": "Tokenizer, nothing remembered",
    "scheduler": "Scheduler: a sweep from submission to its end, 2 workers",
    "store": "Store: SQLite; questions about 10,000 runs that are over",
    "start": "Start of a program, to its end",
}
FULL_ONLY = re.compile(r"\b10M steps$")
# What Google Benchmark appends to a name; the first two say which clock counts.
SUFFIX = re.compile(r"/(real_time|manual_time|process_time|iterations:\d+|repeats:\d+|min_time:[\d.]+)(?=/|$)")
# The median of 5 short repetitions: on a machine that others use as well, one slow stretch spoils
# one or two of them. With 0.1 s each all rows take two minutes on 2 cores.
REPETITIONS = 5
MIN_SECONDS = 0.1
# Two runs of the same program on a machine that others use differ by as much, however well the
# repetitions of each agree.
LEAST_CHANGE = 0.10
BAR_WIDTH = 20
EXIT_SKIPPED = 77


def refuse(reason, remedy):
    print(f"bench: {reason}\nbench: remedy: {remedy}", file=sys.stderr)
    sys.exit(2)


def say(text):
    print(f"bench: {text}", file=sys.stderr, flush=True)


# ---- measuring ----------------------------------------------------------------------------------

def bare(name):
    return SUFFIX.sub("", name)


def listed(program):
    """Google Benchmark's own names of all rows, in the order in which it runs them."""
    output = subprocess.run([program, "--benchmark_list_tests"], stdout=subprocess.PIPE, text=True, check=True)
    return output.stdout.splitlines()


def measure(program, names, done, total):
    """Google Benchmark's JSON of the rows with these names; a line of progress before each."""
    escaped = (re.sub(r"([.+*?()|^$\[\]{}\\])", r"\\\1", name) for name in names)
    announced = list(dict.fromkeys(map(bare, names)))
    say(f"{done + 1} of {total}: {announced[0]}")
    with tempfile.TemporaryDirectory(prefix="tarama-bench-") as folder, tempfile.TemporaryFile("w+") as errors:
        out = pathlib.Path(folder) / "out.json"
        process = subprocess.Popen(
            [program, f"--benchmark_filter=^({'|'.join(escaped)})$", f"--benchmark_repetitions={REPETITIONS}",
             f"--benchmark_min_time={MIN_SECONDS}", f"--benchmark_out={out}", "--benchmark_out_format=json",
             "--benchmark_color=false"],
            # Whatever a program leaves goes with the folder, also when it is interrupted.
            env={**os.environ, "TMPDIR": folder}, stdout=subprocess.PIPE, stderr=errors, text=True)
        finished = -1
        for line in process.stdout:
            for index, name in enumerate(announced):
                if index > finished and bare(line.split("  ")[0]).startswith(name):
                    finished = index
                    if index + 1 < len(announced):
                        say(f"{done + index + 2} of {total}: {announced[index + 1]}")
        if process.wait() != 0:
            errors.seek(0)
            say(f"{program.name} failed (exit {process.returncode}): {errors.read().strip()[-500:]}")
            sys.exit(1)
        return json.loads(out.read_text(encoding="utf-8"))


def rows_of(document):
    """The rows of Google Benchmark's JSON: name, unit, seconds per unit, swing; and whether one of
    them failed, which is said."""
    by_name, failures = {}, {}
    for run in document["benchmarks"]:
        if run.get("error_occurred"):
            failures[run["run_name"]] = run["error_message"]
        elif run["run_type"] == "iteration":
            by_name.setdefault(run["run_name"], []).append(run)
    for name, message in failures.items():
        by_name.pop(name, None)
        say(f"{bare(name)} failed: {message}")
    rows = []
    for name, runs in by_name.items():
        is_wall = "/real_time" in name or "/manual_time" in name
        scale = {"ns": 1e-9, "us": 1e-6, "ms": 1e-3, "s": 1}[runs[0]["time_unit"]]
        seconds = [run["real_time" if is_wall else "cpu_time"] * scale / run["count"] for run in runs]
        median = statistics.median(seconds)
        rows.append({"name": bare(name), "per": runs[0]["label"], "seconds": median,
                     "swing": statistics.median(abs(time - median) for time in seconds) / median})
    return rows, bool(failures)


def machine_of(contexts):
    """Where and how the rows were measured, in words."""
    model = platform.processor() or platform.machine()
    try:
        text = pathlib.Path("/proc/cpuinfo").read_text(encoding="utf-8")
        model = re.search(r"^model name\s*: (.*)$", text, re.M).group(1).strip()
    except (OSError, AttributeError):
        pass
    known = {key: value for context in contexts for key, value in context.items()}
    return {"processor": model, "cores": len(os.sched_getaffinity(0)),
            "load": round(os.getloadavg()[0], 1),
            "date": datetime.datetime.now().astimezone().strftime("%Y-%m-%d %H:%M %Z"),
            "compiler": known.get("compiler", ""), "libtorch": known.get("libtorch", ""),
            "kernels": known.get("kernels", "")}


def is_wanted(name, pattern, is_full):
    return bool(pattern.search(name)) and (is_full or not FULL_ONLY.search(name))


def measure_all(programs, pattern, is_full):
    """What a saved file holds, and whether a row failed."""
    wanted = {}
    for program in programs:
        names = [name for name in listed(program) if is_wanted(bare(name), pattern, is_full)]
        if names:
            wanted[program] = names
    total = sum(map(len, wanted.values()))
    if total == 0:
        refuse(f"no row matches '{pattern.pattern}'" + ("" if is_full else ", or it needs --full"),
               "./dev bench without --only shows all names")
    # Before the first, which makes load of its own.
    machine_load = round(os.getloadavg()[0], 1)
    rows, contexts, done, has_failed = [], [], 0, False
    for program, names in wanted.items():
        document = measure(program, names, done, total)
        done += len(names)
        contexts.append(document["context"])
        found, is_short = rows_of(document)
        rows += found
        has_failed |= is_short
    machine = {**machine_of(contexts), "load": machine_load}
    return {"form": FORM, "machine": machine, "rows": rows}, has_failed


# ---- the table ----------------------------------------------------------------------------------

def with_unit(value, units):
    """Three digits and the unit that leaves one to three of them before the point."""
    for factor, unit in units:
        if value >= factor * 0.9995 or (factor, unit) == units[-1]:
            number = value / factor
            digits = 2 if number < 9.995 else 1 if number < 99.95 else 0
            return f"{number:.{digits}f} {unit}".rstrip()


def time_text(seconds):
    return with_unit(seconds, [(1, "s"), (1e-3, "ms"), (1e-6, "µs"), (1e-9, "ns")])


def rate_text(seconds):
    return with_unit(1 / seconds, [(1e9, "G/s"), (1e6, "M/s"), (1e3, "k/s"), (1, "/s")])


def group_of(row):
    return row["name"].partition("/")[0]


def grouped(rows):
    groups = {group: [] for group in HEADINGS}
    for row in rows:
        groups.setdefault(group_of(row), []).append(row)
    return {group: found for group, found in groups.items() if found}


def verdict(now, then):
    """The ratio of two times and which way it went; ≈ where repetitions swing as far."""
    ratio = now["seconds"] / then["seconds"]
    if abs(ratio - 1) <= max(LEAST_CHANGE, 2 * now["swing"], 2 * then["swing"]):
        arrow = "≈"
    else:
        arrow = "↓ faster" if ratio < 1 else "↑ slower"
    return f"{ratio:5.2f} {arrow}"


def bar_of(row, rows):
    """As long as the row's share of the longest that it can be held against."""
    def kind(other):
        return other["name"].rpartition("/")[0], other["per"]

    longest = max(other["seconds"] for other in rows if kind(other) == kind(row))
    return "█" * max(1, round(BAR_WIDTH * row["seconds"] / longest))


def cells_of(row, rows, then):
    """The columns of a row; the last is a bar, or with `then` the comparison."""
    cells = [row["name"], row["per"], time_text(row["seconds"]), f"±{100 * row['swing']:.0f} %",
             rate_text(row["seconds"])]
    if then is None:
        return cells + [bar_of(row, rows)]
    before = then.get(row["name"])
    if before is None or before["per"] != row["per"]:
        return cells + ["-", "new"]
    return cells + [time_text(before["seconds"]), verdict(row, before)]


def machine_line(machine):
    def known(key, form="{}"):
        return form.format(machine[key]) if machine.get(key) not in (None, "") else ""

    parts = [known("processor"), known("cores", "{} cores"), known("load", "load {} before"), known("date"),
             known("compiler"), known("libtorch", "LibTorch {}"), known("kernels", "kernels: {}")]
    return ", ".join(part for part in parts if part)


def table(measured, earlier, missed):
    """`missed`: names of rows that `earlier` has and that were to be measured."""
    then = earlier and {row["name"]: row for row in earlier["rows"]}
    titles = ["", "per", "time", "", "rate"] + (["then", "now/then"] if earlier else [""])
    body = []  # a heading as a text, a row as cells
    for group, rows in grouped(measured["rows"]).items():
        body.append(HEADINGS.get(group, group))
        body += [cells_of(row, rows, then) for row in rows]
    widths = [max(len(line[column]) for line in [titles] + [line for line in body if isinstance(line, list)])
              for column in range(len(titles))]
    is_right = [False, False, True, True, True, bool(earlier), False]

    def laid_out(cells):
        padded = (f"{cell:>{width}}" if right else f"{cell:{width}}"
                  for cell, width, right in zip(cells, widths, is_right))
        return ("  " + "  ".join(padded)).rstrip()

    lines = [machine_line(measured["machine"])]
    if earlier:
        lines.append("then: " + machine_line(earlier["machine"]))
    lines.append(laid_out(titles))
    for line in body:
        lines += [laid_out(line)] if isinstance(line, list) else ["", line]
    if missed:
        lines += ["", f"only then: {'; '.join(missed)}"]
    return "\n".join(lines)


# ---- files and options --------------------------------------------------------------------------

def read_saved(file):
    remedy = "name a file that ./dev bench --save FILE wrote"
    try:
        saved = json.loads(pathlib.Path(file).read_text(encoding="utf-8"))
    except OSError as error:
        refuse(f"--compare {file}: {error.strerror}", remedy)
    except ValueError:
        refuse(f"--compare {file}: this is not JSON", remedy)
    form = saved.get("form") if isinstance(saved, dict) else None
    if form != FORM:
        refuse(f"--compare {file}: its form is {form!r}, this tarama compares with {FORM!r}", remedy)
    if not all(isinstance(row, dict) and row.keys() >= {"name", "per", "seconds", "swing"}
               for row in saved.get("rows", [None])) or not isinstance(saved.get("machine"), dict):
        refuse(f"--compare {file}: rows or machine are missing", remedy)
    return saved


def names_on_page(page):
    """The first column of the rows of the page's fenced tables."""
    fenced = re.findall(r"^```text\n(.*?)^```", page.read_text(encoding="utf-8"), re.M | re.S)
    return set(re.findall(r"^  ([a-z]+/.*?)(?:  |$)", "\n".join(fenced), re.M))


def check_page(programs, page):
    if len(programs) < len(PROGRAMS):
        print("the benchmark programs are not built: cmake --build build --target benchmarks")
        return EXIT_SKIPPED
    shown = names_on_page(page)
    known = {bare(name) for program in programs for name in listed(program)}
    for name in sorted(known - shown):
        print(f"{page.name} lacks the row {name}")
    for name in sorted(shown - known):
        print(f"{page.name} has the row {name}, which is measured no more")
    return int(shown != known)


def options_of(arguments):
    class Parser(argparse.ArgumentParser):
        def error(self, message):
            refuse(message, "./dev bench [--only REGEX] [--full] [--save FILE] [--compare FILE]")

    parser = Parser(usage=argparse.SUPPRESS, add_help=False, allow_abbrev=False)
    parser.add_argument("--programs", type=pathlib.Path)
    parser.add_argument("--only", default="")
    parser.add_argument("--full", action="store_true")
    parser.add_argument("--save", type=pathlib.Path)
    parser.add_argument("--compare")
    parser.add_argument("--check-page", type=pathlib.Path)
    options = parser.parse_args(arguments)
    try:
        options.only = re.compile(options.only)
    except re.error as error:
        refuse(f"--only {options.only}: {error}", "write a regular expression, e.g. --only 'step/6x'")
    if options.save and not options.save.absolute().parent.is_dir():
        refuse(f"--save {options.save}: there is no folder {options.save.parent}", "make it first")
    options.earlier = options.compare and read_saved(options.compare)
    return options


def main():
    options = options_of(sys.argv[1:])
    if options.programs is None:
        return 0
    programs = [file for file in (options.programs / name for name in PROGRAMS) if file.exists()]
    if options.check_page:
        return check_page(programs, options.check_page)
    if len(programs) < len(PROGRAMS):
        missing = sorted({*PROGRAMS} - {program.name for program in programs})
        say(f"not built, so not measured: {', '.join(missing)} (tarama-bench-torch needs LibTorch)")
    if not programs:
        refuse(f"{options.programs} has no benchmark program", "cmake --build build --target benchmarks")
    measured, has_failed = measure_all(programs, options.only, options.full)
    names = {row["name"] for row in measured["rows"]}
    missed = [row["name"] for row in (options.earlier or {"rows": []})["rows"]
              if row["name"] not in names and is_wanted(row["name"], options.only, options.full)]
    print(table(measured, options.earlier, missed))
    if options.save:
        options.save.write_text(json.dumps(measured, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
        say(f"saved in {options.save}")
    return int(has_failed)


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)
