#!/usr/bin/env python3
"""The table of `./dev bench --peers`, in Markdown, of what compare.py measured and kept. Pure but for
main, which prints it of a kept file.

usage: peers_table.py FILE (of ./dev bench --peers --keep FILE)
"""
import itertools
import json
import pathlib
import statistics
import sys

FORM = "tarama peers 1"  # of a kept file; another number where its keys mean something else
SIDES = ("peer", "tarama")
HEADER = ("sweep", "HF + Optuna", "tarama", "ratio", "accuracy HF + Optuna", "accuracy tarama",
          "between seeds", "between the two")


def seconds_text(seconds):
    return f"{seconds:.0f} s" if seconds >= 10 else f"{seconds:.1f} s"


def middle_and_range(values, text):
    """The median, and the least and the most where there are several."""
    middle = text(statistics.median(values))
    return middle if len(values) == 1 else f"{middle} ({text(min(values))} to {text(max(values))})"


def by_level(side_of_pairs):
    """params as a key -> the accuracy of each pair's run, in the order of the pairs."""
    levels = {}
    for side in side_of_pairs:
        for run in side["runs"]:
            levels.setdefault(tuple(sorted(run["params"].items())), []).append(run["accuracy"])
    return levels


def accuracy_text(side_of_pairs):
    """The mean of all runs ± its deviation over the pairs' seeds, and the mean of the best level."""
    means = [statistics.mean(run["accuracy"] for run in side["runs"]) for side in side_of_pairs]
    best = max(statistics.mean(accuracies) for accuracies in by_level(side_of_pairs).values())
    spread = f" ± {statistics.stdev(means):.3f}" if len(means) > 1 else ""
    return f"{statistics.mean(means):.3f}{spread}, best {best:.3f}"


def between_seeds(side_of_pairs):
    """How far two runs of one level and one side are apart that differ in the seed, on average; None
    of a single pair."""
    apart = [abs(a - b) for accuracies in by_level(side_of_pairs).values()
             for a, b in itertools.combinations(accuracies, 2)]
    return statistics.mean(apart) if apart else None


def between_sides(peers, ours):
    """How far a run of one side and one of the other are apart, of the same level and whatever seeds,
    on average. As much as between seeds, where the two do the same."""
    theirs = by_level(peers)
    return statistics.mean(abs(a - b) for level, accuracies in by_level(ours).items()
                           for a, b in itertools.product(theirs[level], accuracies))


def row_of(sweep):
    peers, ours = ([pair[side] for pair in sweep["pairs"]] for side in SIDES)
    walls = [[side["wall_seconds"] for side in sides] for sides in (peers, ours)]
    ratios = [theirs / own for theirs, own in zip(*walls)]
    seeds = [between_seeds(sides) for sides in (peers, ours)]
    return (f"`{sweep['name']}`: {sweep['runs']} runs, {sweep['steps']:,} steps, {sweep['data']}",
            middle_and_range(walls[0], seconds_text), middle_and_range(walls[1], seconds_text),
            f"**{middle_and_range(ratios, '{:.1f}×'.format)}**", accuracy_text(peers), accuracy_text(ours),
            "-" if None in seeds else " and ".join(f"{apart:.3f}" for apart in seeds),
            f"{between_sides(peers, ours):.3f}")


def machine_text(measured):
    machine, pairs = measured["machine"], max(len(sweep["pairs"]) for sweep in measured["sweeps"])
    versions = ", ".join(f"{name} {version}" for name, version in measured["versions"].items())
    parts = [machine["processor"], f"{machine['cores']} cores", f"load {machine['load']} before", machine["date"],
             versions, f"{pairs} pairs, medians (least to most)" if pairs > 1 else "1 pair"]
    if measured.get("bertadam"):
        parts.append("HF with BertAdam's rules")
    if measured.get("rows"):
        parts.append(f"a trial run on {measured['rows']} rows: its figures mean little")
    return ", ".join(parts)


def table(measured):
    rows = [row_of(sweep) for sweep in measured["sweeps"]]
    lines = [machine_text(measured) + ":", "", "| " + " | ".join(HEADER) + " |", "|---" * len(HEADER) + "|"]
    return "\n".join(lines + ["| " + " | ".join(row) + " |" for row in rows])


def main():
    if len(sys.argv) != 2:
        print(__doc__, file=sys.stderr)
        return 2
    measured = json.loads(pathlib.Path(sys.argv[1]).read_text(encoding="utf-8"))
    if measured.get("form") != FORM:
        print(f"peers_table: {sys.argv[1]}: its form is {measured.get('form')!r}, not {FORM!r}", file=sys.stderr)
        return 2
    print(table(measured))
    return 0


if __name__ == "__main__":
    sys.exit(main())
