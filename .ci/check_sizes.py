#!/usr/bin/env python3
"""Fails when a source file is longer than 600 lines, when a C++ function is longer than 60, or
when a file does not open with a comment that says what it is for.

A function is what stands between a brace that follows a parameter list, outside of any other
function, and the brace that closes it; the code is laid out by clang-format, so that braces tell.

usage: check_sizes.py [FILE...] (default: all files that git tracks); exit 1: findings on stdout
"""
import pathlib
import re
import subprocess
import sys

LONGEST_FILE = 600
LONGEST_FUNCTION = 60
SOURCES = {".hpp", ".cpp", ".py", ".sh", ".cmake"}
# Comments, raw strings, strings and characters; not the ' of 1'000.
NOT_CODE = re.compile(
    r'//[^\n]*|/\*.*?\*/|R"(?P<mark>[^()\s]*)\(.*?\)(?P=mark)"|"(?:\\.|[^"\\\n])*"'
    r"|(?<![0-9a-fA-F])'(?:\\.|[^'\\\n])+'", re.S)
# Not the body of a function although a parenthesis may stand before the brace.
NOT_A_FUNCTION = re.compile(r"\b(namespace|class|struct|enum|union|extern)\b|=\s*$|\breturn\b|^\s*$")


def blank(match):
    return re.sub(r"[^\n]", " ", match.group(0))


def functions_of(text):
    """(first line, last line) of each outermost function."""
    code = NOT_CODE.sub(blank, text)
    code = re.sub(r"^[ \t]*#(?:[^\n]*\\\n)*[^\n]*", blank, code, flags=re.M)  # preprocessor
    open_braces = []  # whether each opens a function, by where its header starts
    header_start = 0
    for at, character in enumerate(code):
        if character == "{":
            header = code[header_start:at]
            is_inside = any(start is not None for start in open_braces)
            is_function = not is_inside and ")" in header and not NOT_A_FUNCTION.search(header)
            first = header_start + len(header) - len(header.lstrip())
            open_braces.append(first if is_function else None)
        elif character == "}" and open_braces:
            first = open_braces.pop()
            if first is not None:
                yield code.count("\n", 0, first) + 1, code.count("\n", 0, at) + 1
        if character in "{};":
            header_start = at + 1


def opens_with_comment(path, text):
    if text.startswith("#!"):
        text = text.partition("\n")[2]
    starts = {".hpp": ("//", "/*"), ".cpp": ("//", "/*"), ".py": ('"""', "#")}.get(path.suffix, ("#",))
    return text.lstrip().startswith(starts)


def findings(path):
    text = path.read_text(encoding="utf-8")
    lines = text.count("\n")
    if lines > LONGEST_FILE:
        yield f"{path}:1: {lines} lines; at most {LONGEST_FILE}, so that a file stays one idea"
    if not opens_with_comment(path, text):
        yield f"{path}:1: does not open with a comment that says what the file is for"
    if path.suffix in {".hpp", ".cpp"}:
        for first, last in functions_of(text):
            if last - first + 1 > LONGEST_FUNCTION:
                yield f"{path}:{first}: a function of {last - first + 1} lines; at most {LONGEST_FUNCTION}"


def main():
    names = sys.argv[1:] or subprocess.run(
        ["git", "ls-files"], stdout=subprocess.PIPE, text=True, check=True).stdout.splitlines()
    files = [path for path in map(pathlib.Path, names)
             if (path.suffix in SOURCES or path.name in {"dev", "run"}) and path.is_file()]
    found = [text for path in files for text in findings(path)]
    if found:
        print("\n".join(found))
    return bool(found)


sys.exit(main())
