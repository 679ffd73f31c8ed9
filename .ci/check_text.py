#!/usr/bin/env python3
"""Fails on what a stranger would trip over in any tracked text: an absolute path of somebody's
machine, a TODO without an issue, a sleep in a test, a link in a page that leads nowhere.

usage: check_text.py (from the project's root); exit 1: findings on stdout
"""
import pathlib
import re
import subprocess
import sys

# (what, where it counts, pattern)
RULES = [
    ("a path of one machine", re.compile(r""), re.compile(r"""(?<![\w.$}~/-])/(?:home|root|work|Users|mnt)/\w""")),
    ("TODO without an issue: TODO(#123)", re.compile(r""), re.compile(r"\b(?:TODO|FIXME|XXX)\b(?!\(#\d+\))")),
    ("a sleep in a test: wait for the event instead", re.compile(r"^tests/.*\.[hc]pp$"),
     re.compile(r"sleep_for|sleep_until|\bu?sleep\(")),
    ("fmt::print throws where the disk is full: complain() of worker/training/complaint.hpp", re.compile(r"^worker/"),
     re.compile(r"fmt::print\((?!\")")),
]
# Pages and this file name these things in order to forbid them.
EXEMPT = {".ci/check_text.py"}
LINK = re.compile(r"\[[^\]]*\]\(([^)#\s]+)(?:#[^)]*)?\)")


def broken_links(path, text):
    for number, line in enumerate(text.splitlines(), 1):
        for target in LINK.findall(line):
            if "://" not in target and not target.startswith("mailto:") and not (path.parent / target).exists():
                yield f"{path}:{number}: the link to {target} leads nowhere"


def findings(path):
    try:
        text = path.read_text(encoding="utf-8")
    except UnicodeDecodeError:  # model files and vectors of the reference tests
        return
    for what, where, pattern in RULES:
        if not where.search(path.as_posix()):
            continue
        for number, line in enumerate(text.splitlines(), 1):
            if pattern.search(line):
                yield f"{path}:{number}: {what}: {line.strip()[:100]}"
    if path.suffix == ".md":
        yield from broken_links(path, text)


def main():
    names = subprocess.run(["git", "ls-files"], stdout=subprocess.PIPE, text=True, check=True).stdout.splitlines()
    files = [pathlib.Path(name) for name in names if name not in EXEMPT]
    found = [text for path in files if path.is_file() for text in findings(path)]
    if found:
        print("\n".join(found))
    return bool(found)


sys.exit(main())
