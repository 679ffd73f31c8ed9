"""Which files a comparison learns from: a folder's, known by their names, or the sweep file's own;
and some of their rows alone, for a trial run. Reads and writes files; a folder that it does not
know is a DataError for the person who named it."""
import pathlib

# (training file, evaluation file, column of the label, column of the text)
KNOWN_FILES = [
    ("in_domain_train.tsv", "in_domain_dev.tsv", 1, 3),  # the public release of CoLA
    ("train.tsv", "eval.tsv", 0, 1),
    ("train.tsv", "dev.tsv", 0, 1),
]


class DataError(Exception):
    """The data cannot be had; the message is for a person."""


def found_in(folder):
    """The keys of a sweep file's `data` that name the folder's files and columns."""
    for train, evaluation, label, text in KNOWN_FILES:
        if (folder / train).is_file() and (folder / evaluation).is_file():
            return {"train": str((folder / train).resolve()), "eval": str((folder / evaluation).resolve()),
                    "label": label, "text": text}
    raise DataError(f"{folder} has neither CoLA's in_domain_train.tsv and in_domain_dev.tsv nor train.tsv and "
                    "eval.tsv (label<TAB>sentence)")


def name_of(data):
    """What the table calls the data."""
    file = pathlib.Path(data["train"])
    return "CoLA" if file.name == KNOWN_FILES[0][0] else {"wordnet": "WordNet"}.get(file.parent.name, file.parent.name)


def some_rows(data, rows, folder):
    """`data` with `rows` rows of the training file and a quarter as many of the other, or all where
    there are fewer, as files in `folder`. Evenly spread, since files may be ordered by label."""
    shorter = dict(data)
    for key, count in (("train", rows), ("eval", max(1, rows // 4))):
        lines = pathlib.Path(data[key]).read_text(encoding="utf-8").rstrip("\n").split("\n")
        count = min(count, len(lines))
        chosen = [lines[index * len(lines) // count] for index in range(count)]
        shorter[key] = str(folder / f"{key}.tsv")
        pathlib.Path(shorter[key]).write_text("".join(f"{line}\n" for line in chosen), encoding="utf-8")
    return shorter
