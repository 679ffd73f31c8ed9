#!/usr/bin/env python3
"""Model folders as people have them, read by tarama and by Hugging Face's `transformers`: with each
setting of the tokenizer the same ids of 2000 texts, with each form of weights and each activation
the same probabilities.

usage: check_model_folders.py --tarama PROGRAM --worker PROGRAM

Needs torch and transformers; everything else is made here. Exit 0: all equal; 1: what differs.
"""

import argparse
import json
import pathlib
import random
import subprocess
import sys
import tempfile

import torch
from transformers import (AutoModelForSequenceClassification, AutoTokenizer, BertConfig,
                          BertForSequenceClassification, BertTokenizer, MegatronBertConfig,
                          MegatronBertForSequenceClassification)

TOLERANCE = 1e-5  # float32 sums in another order
MAX_TOKENS = 64
TEXTS = 2000

WORDS = ["film", "Film", "good", "GOOD", "Zoë", "naïve", "Müsste", "über", "café", "東京", "x東y", "ÅNGSTRÖM",
         "e-mail", "don't", "$12.50", "[DRUG]", "[drug]", "gene-x", "GENE-X", "art", "bart", "arts", "New York",
         "New  York", "Kölner", "unknown", "наука", "İstanbul", "a\u0301", "half-\u00a0space", "c++"]
PIECES = (["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"] + [chr(c) for c in range(33, 127)] +
          ["##" + chr(c) for c in range(33, 127)] + ["ä", "ö", "ü", "é", "ï", "ë", "å", "##ä", "##ö", "##ü", "##é",
                                                    "##ï", "##ë", "film", "Film", "good", "gene", "東",
                                                    "京", "東京", "musste", "müsste", "cafe", "café", "наука"])

TOKEN = {"lstrip": False, "rstrip": False, "single_word": False, "normalized": False, "special": False}
ADDED = {str(len(PIECES)): {**TOKEN, "content": "[DRUG]", "special": True},
         str(len(PIECES) + 1): {**TOKEN, "content": "gene-x", "normalized": True},
         str(len(PIECES) + 2): {**TOKEN, "content": "art", "single_word": True},
         str(len(PIECES) + 3): {**TOKEN, "content": "New York", "lstrip": True, "rstrip": True}}
SETTINGS = {  # what tokenizer_config.json says
    "usual": {},
    "cased": {"do_lower_case": False},
    "accents kept": {"do_lower_case": True, "strip_accents": False},
    "cased, accents dropped": {"do_lower_case": False, "strip_accents": True},
    "Han together": {"tokenize_chinese_chars": False},
    "added tokens": {"added_tokens_decoder": ADDED},
    "added tokens, cased": {"do_lower_case": False, "added_tokens_decoder": ADDED},
}


def texts():
    generator = random.Random(7)
    return [" ".join(generator.choice(WORDS) + generator.choice(["", "", ".", ",", "!"])
                     for _ in range(generator.randint(1, 9))) for _ in range(TEXTS)]


def model_of(norm, **changes):
    torch.manual_seed(3)
    config, model = {"post": (BertConfig, BertForSequenceClassification),
                     "pre": (MegatronBertConfig, MegatronBertForSequenceClassification)}[norm]
    return model(config(vocab_size=len(PIECES) + 8, hidden_size=32, num_hidden_layers=2, num_attention_heads=2,
                        intermediate_size=64, max_position_embeddings=MAX_TOKENS, initializer_range=0.5,
                        num_labels=3, **changes)).eval()


def predictions(arguments, folder, lines):
    path = folder.parent / "texts.txt"
    path.write_text("".join(f"{text}\n" for text in lines), encoding="utf-8")
    done = subprocess.run([arguments.tarama, "predict", "--worker", arguments.worker, "--json", folder, path],
                          stdin=subprocess.DEVNULL, capture_output=True, text=True, encoding="utf-8", check=False)
    if done.returncode != 0:
        return done.stderr.strip()
    return [json.loads(line) for line in done.stdout.splitlines()]


def check_ids(arguments, folder, name, lines):
    tokenizer = AutoTokenizer.from_pretrained(folder)
    found = predictions(arguments, folder, lines)
    if isinstance(found, str):
        yield f"{name}: {found}"
        return
    shown = 0
    for text, line in zip(lines, found):
        wanted = tokenizer(text, truncation=True, max_length=MAX_TOKENS)["input_ids"]
        if line["ids"] != wanted and shown < 3:
            shown += 1
            yield f"{name}: {text!r}: ids {wanted} in transformers, {line['ids']} by tarama"
    if len(found) != len(lines):
        yield f"{name}: {len(found)} answers for {len(lines)} texts"


def check_probabilities(arguments, folder, name, model, lines):
    tokenizer = AutoTokenizer.from_pretrained(folder)
    found = predictions(arguments, folder, lines)
    if isinstance(found, str):
        yield f"{name}: {found}"
        return
    for text, line in zip(lines, found):
        with torch.no_grad():
            logits = model(**tokenizer(text, truncation=True, max_length=MAX_TOKENS, return_tensors="pt")).logits
        wanted = logits.double().softmax(dim=1)[0].tolist()
        if any(abs(a - b) > TOLERANCE for a, b in zip(wanted, line["probabilities"].values())):
            yield f"{name}: {text!r}: {wanted} in transformers, {line['probabilities']} by tarama"
            return


def write_vocabulary(folder, pieces, settings):
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "vocab.txt").write_text("".join(f"{piece}\n" for piece in pieces), encoding="utf-8")
    (folder / "tokenizer_config.json").write_text(
        json.dumps({"tokenizer_class": "BertTokenizer", "model_max_length": MAX_TOKENS, **settings}), encoding="utf-8")


def check_settings(arguments, root, lines):
    model = model_of("post")
    for number, (name, settings) in enumerate(SETTINGS.items()):
        folder = root / f"settings-{number}"
        write_vocabulary(folder, PIECES, settings)
        model.save_pretrained(folder)
        yield from check_ids(arguments, folder, name, lines)
        again = root / f"again-{number}"  # as this version of transformers saves it
        AutoTokenizer.from_pretrained(folder).save_pretrained(again)
        model.save_pretrained(again)
        yield from check_ids(arguments, again, f"{name}, saved by transformers", lines)
    last = PIECES[1:] + PIECES[:1]
    write_vocabulary(root / "padding", last, {})
    model_of("post", pad_token_id=len(last) - 1).save_pretrained(root / "padding")
    yield from check_ids(arguments, root / "padding", "[PAD] last", lines)


def check_weights(arguments, root, lines):
    for norm in ("post", "pre"):
        model = model_of(norm)
        forms = {
            "safetensors": lambda folder: model.save_pretrained(folder),
            "shards": lambda folder: model.save_pretrained(folder, max_shard_size="20KB"),
            "zip": lambda folder: torch.save(model.state_dict(), folder / "pytorch_model.bin"),
            "stream": lambda folder: torch.save(model.state_dict(), folder / "pytorch_model.bin",
                                                _use_new_zipfile_serialization=False),
            "half": lambda folder: torch.save({f"module.{k}": v.half() for k, v in model.state_dict().items()},
                                              folder / "pytorch_model.bin"),
        }
        for form, save in forms.items():
            folder = root / f"weights-{norm}-{form}"
            write_vocabulary(folder, PIECES, {})
            model.config.save_pretrained(folder)
            save(folder)
            reference = model.half().float() if form == "half" else model
            yield from check_probabilities(arguments, folder, f"{norm}, {form}", reference, lines[:40])


def check_activations(arguments, root, lines):
    for name in ("gelu", "gelu_new", "gelu_pytorch_tanh", "relu"):
        for norm in ("post", "pre"):
            model = model_of(norm, hidden_act=name)
            folder = root / f"activation-{norm}-{name}"
            write_vocabulary(folder, PIECES, {})
            model.save_pretrained(folder)
            yield from check_probabilities(arguments, folder, f"{norm}, {name}", model, lines[:40])


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--tarama", required=True)
    parser.add_argument("--worker", required=True)
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    lines = texts()
    with tempfile.TemporaryDirectory(prefix="tarama-interop-") as name:
        root = pathlib.Path(name)
        different = [*check_settings(arguments, root, lines), *check_weights(arguments, root, lines),
                     *check_activations(arguments, root, lines)]
    print("\n".join(different) or f"{len(SETTINGS) * 2 + 1} tokenizers, 10 forms of weights, 8 activations: the same")
    return bool(different)


if __name__ == "__main__":
    sys.exit(main())
