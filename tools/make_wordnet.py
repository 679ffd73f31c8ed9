#!/usr/bin/env python3
"""Makes the example sweeps' data of the dictionary WordNet: which of 8 lexical domains does a
definition belong to?

usage: make_wordnet.py [--wordnet DIR] OUT_DIR

Writes OUT_DIR/train.tsv (500 definitions a domain) and OUT_DIR/eval.tsv (125 a domain): one
`label<TAB>definition` a line, no header, every definition once in both files together; and
brief-train.tsv and brief-eval.tsv, the same of definitions of at most 60 letters, which are
quick to train on. The same dictionary gives the same bytes: a synset's place follows from a hash of its
offset. Files are written beside their place and renamed, so that whoever reads sees none or a
whole one.

Exit codes: 0 written; 1 the dictionary is missing or is not as expected.
"""

import argparse
import hashlib
import os
import pathlib
import re
import sys

# Numbers of WordNet's lexicographer files (lexnames(5WN)). Nouns only: verbs' definitions begin
# with a verb, which would give them away. Each has over 2,000 definitions, and none gives itself
# away: naive Bayes over words gets 63 % (act) to 87 % (plant) of the evaluation file right.
DOMAINS = {
    "04": "act",
    "05": "animal",
    "06": "artifact",
    "09": "cognition",
    "10": "communication",
    "13": "food",
    "18": "person",
    "20": "plant",
}
TRAIN_PER_DOMAIN = 500
EVAL_PER_DOMAIN = 125
# Shorter ones ("a rumor", "pipe tool") are synonyms rather than definitions.
FEWEST_WORDS = 4
# About 15 word pieces each, and never more than 64: none is cut, little is padding.
MOST_LETTERS_IF_BRIEF = 60


class WordNetError(Exception):
    """The dictionary cannot be used; the message is for a person."""


def definition_of(gloss):
    """The gloss without its examples, which stand in quotes behind a semicolon; None where
    quotes remain, since those are words about words."""
    text = re.split(r'[;:,]?\s*(?:^|(?<=\s))"', gloss.strip(), maxsplit=1)[0]
    text = " ".join(text.split()).rstrip("; ")
    return None if '"' in text or len(text.split()) < FEWEST_WORDS else text


def read_definitions(data_file):
    """domain -> [(hash, definition)] of a WordNet data file (wndb(5WN)), instances (names of
    people and places) left out."""
    found = {domain: [] for domain in DOMAINS.values()}
    seen = set()
    for line in data_file.read_text(encoding="utf-8", errors="replace").splitlines():
        if line.startswith("  "):  # the licence at the top
            continue
        fields, bar, gloss = line.partition("|")
        offset, lex_filenum = fields.split(" ", 2)[:2]
        if not bar or lex_filenum not in DOMAINS or " @i " in fields:
            continue
        definition = definition_of(gloss)
        if definition is None or definition.lower() in seen:
            continue
        seen.add(definition.lower())
        place = hashlib.sha256(offset.encode()).hexdigest()
        found[DOMAINS[lex_filenum]].append((place, definition))
    return found


def choose(found, most_letters=sys.maxsize):
    """(train, eval) rows of at most that many letters, each shuffled by the hash."""
    train, evaluation = [], []
    wanted = TRAIN_PER_DOMAIN + EVAL_PER_DOMAIN
    for domain, all_definitions in found.items():
        definitions = [row for row in all_definitions if len(row[1]) <= most_letters]
        if len(definitions) < wanted:
            raise WordNetError(f"{len(definitions)} definitions of '{domain}', {wanted} are needed")
        rows = [(place, domain, definition) for place, definition in sorted(definitions)[:wanted]]
        train += rows[:TRAIN_PER_DOMAIN]
        evaluation += rows[TRAIN_PER_DOMAIN:]
    return sorted(train), sorted(evaluation)


def write_rows(path, rows):
    text = "".join(f"{domain}\t{definition}\n" for _, domain, definition in rows)
    beside = path.with_name(f"{path.name}.{os.getpid()}")
    beside.write_text(text, encoding="utf-8")
    beside.replace(path)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--wordnet", type=pathlib.Path, default=pathlib.Path("/usr/share/wordnet"))
    parser.add_argument("out_dir", type=pathlib.Path)
    arguments = parser.parse_args()
    try:
        found = read_definitions(arguments.wordnet / "data.noun")
        arguments.out_dir.mkdir(parents=True, exist_ok=True)
        for beginning, most_letters in (("", sys.maxsize), ("brief-", MOST_LETTERS_IF_BRIEF)):
            train, evaluation = choose(found, most_letters)
            write_rows(arguments.out_dir / f"{beginning}eval.tsv", evaluation)
            write_rows(arguments.out_dir / f"{beginning}train.tsv", train)
    except (OSError, ValueError, WordNetError) as error:
        print(f"make_wordnet: {error}; WordNet 3.0 is expected in {arguments.wordnet} "
              "(Debian and Ubuntu: apt-get install wordnet-base)", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
