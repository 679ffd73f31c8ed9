#!/usr/bin/env python3
"""Trains a tiny sweep with tarama and holds every model that it kept against Hugging Face's
`transformers`: the folder must load there, cut texts into the same ids, and give the same numbers.

usage: check_saved_model.py --tarama PROGRAM --worker PROGRAM --norm post|pre

Compared, for each run of the sweep:
- accuracy and mean loss over the evaluation file with the last row of the view `evals`;
- token ids, label and the probabilities of all classes of each of TRAPS with what `tarama predict
  --json` says.

The same is compared with a model that `transformers` saved, untrained, with the vocabulary of
MiniLM-L6, where that is found: in TARAMA_MINILM_DIR, or where `./dev fetch-model` puts it. There,
KNOWN_DIFFERENCES are held to be what docs/NUMERICS.md says.

Needs torch and transformers; everything else is made here. Exit 0: all equal; 1: what differs.
"""

import argparse
import json
import os
import pathlib
import shutil
import sqlite3
import subprocess
import sys
import tempfile

import torch
from transformers import (AutoModelForSequenceClassification, AutoTokenizer, BertConfig,
                          BertForSequenceClassification, MegatronBertConfig,
                          MegatronBertForSequenceClassification)

# float32 sums in another order; the logits of models this small differ by about 1e-7.
TOLERANCE = 1e-5
MAX_TOKENS = 24

SUBJECTS = {
    "Tier": ["the dog", "a cat", "an ox", "the bird", "Zoë's café-cat", "the naïve fish"],
    "Pflanze": ["the oak", "a fern", "grass", "the rose", "an açaí palm", "moss (wet)"],
    "Gerät": ["the wrench", "a lathe", "pliers", "the 12-inch saw", "a drill/driver", "the ruler"],
}
VERBS = ["is seen", "was found, at last,", "stands", "isn't here", "weighs 3.5 kg", "costs $20"]
PLACES = ["in the garden.", "on the hill!", "by the sea…", "at noon", "near 東京", "in Łódź?"]

# Accents, case, punctuation, Han characters, control and format characters, an unknown script, a
# long word, special tokens as words, texts beyond MAX_TOKENS.
TRAPS = [
    "The DOG is seen in the garden.",
    "Zoë's CAFÉ-cat, near 東京!",
    "a\u00a0cat\u200bwas found\u00ad, at last",
    "u\u0308ber na\u0131ve \u1e9e ﬁsh",
    "[SEP] the oak [MASK] stands [cls]",
    "наука 🙂 grass",
    "w" * 120 + " the rose",
    "the lathe costs $20 " * 12,
    "ＦＵＬＬ width，commas。",
    "don't—stop…now",
]

# A text, and one that `transformers` cuts into the ids that tarama, as pytorch_pretrained_bert
# 0.6.2, cuts the first into. The words are there in MiniLM-L6's vocabulary.
KNOWN_DIFFERENCES = {
    "ΟΔΟΣ": "οδος",  # a capital sigma at a word's end
    "the oak[SEP].": "the oak [ sep ] .",  # a special token inside a word
    "the o\u0378ak": "the oak",  # a character that Unicode has not assigned
}


def examples():
    """(label, text) of all combinations, in an order that mixes the labels."""
    rows = [(label, f"{subject} {verb} {place}") for label, subjects in SUBJECTS.items()
            for subject in subjects for verb in VERBS for place in PLACES]
    return [rows[i * 251 % len(rows)] for i in range(len(rows))]  # 251 is prime to 648


def write_sweep(folder, norm):
    rows = examples()
    for name, part in (("train.tsv", rows[:240]), ("eval.tsv", rows[240:320])):
        (folder / name).write_text("".join(f"{label}\t{text}\n" for label, text in part), encoding="utf-8")
    sweep = {
        "name": f"interop-{norm}",
        "parameters": {"lr": {"values": [3e-3]}, "warmup": {"value": 0.1}, "epochs": {"value": 3}},
        "replicates": 2,
        "data": {"train": "train.tsv", "eval": "eval.tsv", "text": 1, "label": 0, "max_tokens": MAX_TOKENS},
        "model": {"layers": 2, "hidden": 32, "heads": 2, "intermediate": 64, "vocab": "auto", "vocab_size": 200},
        "training": {"batch_size": 16, "norm": norm},
        "resources": {"devices": "cpu"},
        "keep": {"models": "all"},
    }
    path = folder / "sweep.yaml"
    path.write_text(json.dumps(sweep, ensure_ascii=False, indent=1), encoding="utf-8")  # JSON is YAML
    return path


def output_of(command):
    done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          text=True, encoding="utf-8", check=False)
    if done.returncode != 0:
        sys.exit(f"{' '.join(map(str, command))}: exit code {done.returncode}\n{done.stdout}{done.stderr}")
    return done.stdout


def logits_of(model, tokenizer, texts):
    """One text at a time, so that no padding can hide a difference."""
    with torch.no_grad():
        return torch.cat([model(**tokenizer(text, truncation=True, max_length=MAX_TOKENS, return_tensors="pt")).logits
                          for text in texts])


def check_evaluation(model, tokenizer, store, run):
    """Yields what differs between `evals` and the model as loaded."""
    rows = examples()[240:320]
    logits = logits_of(model, tokenizer, [text for _, text in rows])
    labels = torch.tensor([model.config.label2id[label] for label, _ in rows])
    accuracy = (logits.argmax(dim=1) == labels).double().mean().item()
    highest = logits.topk(2, dim=1).values
    undecided = (highest[:, 0] - highest[:, 1] < TOLERANCE).double().mean().item()  # rounding decides
    loss = torch.nn.functional.cross_entropy(logits.double(), labels).item()
    database = sqlite3.connect(f"file:{store / 'tarama.db'}?mode=ro", uri=True)
    stored_accuracy, stored_loss, count = database.execute(
        "SELECT flat_accuracy, loss, examples FROM evals WHERE run_id = ? AND split = 'eval' ORDER BY epoch DESC",
        (run,)).fetchone()
    database.close()
    if count != len(rows):
        yield f"evals has {count} examples, the file {len(rows)}"
    if abs(accuracy - stored_accuracy) > undecided + 1e-9:
        yield f"accuracy {accuracy} in transformers, {stored_accuracy} in evals"
    if abs(loss - stored_loss) > TOLERANCE:
        yield f"loss {loss} in transformers, {stored_loss} in evals"


def predictions_of(arguments, folder, model_folder, texts):
    """What `tarama predict --json` says of each text."""
    path = folder / "texts.txt"
    path.write_text("".join(f"{text}\n" for text in texts), encoding="utf-8")
    lines = output_of([arguments.tarama, "predict", "--worker", arguments.worker, "--json",
                       model_folder, path]).splitlines()
    if len(lines) != len(texts):
        sys.exit(f"tarama predict printed {len(lines)} lines for {len(texts)} texts")
    return [json.loads(line) for line in lines]


def ids_of(tokenizer, text):
    return tokenizer(text, truncation=True, max_length=MAX_TOKENS)["input_ids"]


def check_predictions(model, tokenizer, arguments, folder, model_folder):
    """Yields what differs between `tarama predict` and the model as loaded."""
    probabilities = logits_of(model, tokenizer, TRAPS).double().softmax(dim=1)
    for text, line, row in zip(TRAPS, predictions_of(arguments, folder, model_folder, TRAPS), probabilities):
        expected = {model.config.id2label[i]: p for i, p in enumerate(row.tolist())}
        ids = ids_of(tokenizer, text)
        if line["ids"] != ids:
            yield f"{text!r}: ids {ids} in transformers, {line['ids']} by tarama predict"
        found = line["probabilities"]
        if list(found) != list(expected) or any(abs(found[name] - expected[name]) > TOLERANCE for name in expected):
            yield f"{text!r}: {expected} in transformers, {found} by tarama predict"
        if line["label"] != max(found, key=found.get) or line["probability"] != max(found.values()):
            yield f"{text!r}: {line['label']} with {line['probability']} is not the likeliest of {found}"


def minilm_vocab():
    named = os.environ.get("TARAMA_MINILM_DIR")
    caches = os.environ.get("XDG_CACHE_HOME") or pathlib.Path.home() / ".cache"
    return pathlib.Path(named or pathlib.Path(caches) / "tarama" / "minilm-l6") / "vocab.txt"


def save_untrained(folder, vocab, norm):
    """A small model as `transformers` saves it, with random weights and MiniLM-L6's vocabulary."""
    torch.manual_seed(1)
    kinds = {"post": (BertConfig, BertForSequenceClassification),
             "pre": (MegatronBertConfig, MegatronBertForSequenceClassification)}
    make_config, make_model = kinds[norm]
    pieces = vocab.read_text(encoding="utf-8").count("\n")
    make_model(make_config(vocab_size=pieces, hidden_size=32, num_hidden_layers=2, num_attention_heads=2,
                           intermediate_size=64, max_position_embeddings=MAX_TOKENS, initializer_range=0.5,
                           num_labels=3)).save_pretrained(folder)
    shutil.copy(vocab, folder / "vocab.txt")
    settings = {"tokenizer_class": "BertTokenizer", "do_lower_case": True, "model_max_length": MAX_TOKENS}
    (folder / "tokenizer_config.json").write_text(json.dumps(settings), encoding="utf-8")


def check_minilm_vocab(arguments, folder):
    """Yields what differs with MiniLM-L6's vocabulary."""
    model_folder = folder / "untrained"
    save_untrained(model_folder, minilm_vocab(), arguments.norm)
    model = AutoModelForSequenceClassification.from_pretrained(model_folder).eval()
    tokenizer = AutoTokenizer.from_pretrained(model_folder)
    yield from check_predictions(model, tokenizer, arguments, folder, model_folder)
    lines = predictions_of(arguments, folder, model_folder, KNOWN_DIFFERENCES)
    for (text, other), line in zip(KNOWN_DIFFERENCES.items(), lines):
        if line["ids"] != ids_of(tokenizer, other) or line["ids"] == ids_of(tokenizer, text):
            yield f"{text!r}: ids {line['ids']} by tarama predict, which docs/NUMERICS.md does not say"


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--tarama", required=True)
    parser.add_argument("--worker", required=True)
    parser.add_argument("--norm", choices=["post", "pre"], required=True)
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    different = []
    with tempfile.TemporaryDirectory(prefix="tarama-interop-") as name:
        folder = pathlib.Path(name)
        store = folder / "store"
        result = json.loads(output_of([arguments.tarama, "run", write_sweep(folder, arguments.norm), "--store", store,
                                       "--worker", arguments.worker, "--json", "--quiet"]))
        for run in result["best"]["runs"]:
            model_folder = store / "models" / str(run)
            model = AutoModelForSequenceClassification.from_pretrained(model_folder).eval()
            tokenizer = AutoTokenizer.from_pretrained(model_folder)
            expected = {"post": "BertForSequenceClassification", "pre": "MegatronBertForSequenceClassification"}
            if type(model).__name__ != expected[arguments.norm]:
                different.append(f"run {run}: loads as {type(model).__name__}, not {expected[arguments.norm]}")
            found = [*check_evaluation(model, tokenizer, store, run),
                     *check_predictions(model, tokenizer, arguments, folder, model_folder)]
            different += [f"run {run}: {text}" for text in found]
        if result["succeeded"] != 2:
            different.append(f"{result['succeeded']} of 2 runs succeeded")
        has_minilm = minilm_vocab().exists()
        if has_minilm:
            different += [f"MiniLM-L6's vocabulary: {text}" for text in check_minilm_vocab(arguments, folder)]
    without = "" if has_minilm else f"; no {minilm_vocab()}, so its vocabulary was not compared"
    print("\n".join(different) or f"{arguments.norm}: 2 models give the same in transformers{without}")
    return bool(different)


if __name__ == "__main__":
    sys.exit(main())
