#!/usr/bin/env python3
"""One trial of optuna_sweep.py: fine-tunes a BERT classifier with PyTorch and Hugging Face's
`transformers`, as a careful user writes it for a CPU: AdamW in its fused form, linear warm-up and
decay, batches padded to their longest text, texts cut into pieces once.

usage: bert_trial.py SWEEP --lr X --warmup X --epochs N [--bertadam]
  --bertadam  with the rules of tarama's optimizer, see docs/NUMERICS.md: no bias correction, every
              tensor clipped by itself

Seed, data, model and the rest stand in the sweep file. The last line of stdout is JSON: steps, losses
(of every step), accuracies (on the evaluation file, after every epoch), train_tokens (of an epoch).
"""
import argparse
import json
import pathlib

import torch
import transformers
from torch.nn.utils.rnn import pad_sequence
from transformers import BertConfig, BertForSequenceClassification, BertTokenizerFast


def read_rows(file, data):
    """(labels, texts) of a tab-separated file without a header."""
    with open(file, encoding="utf-8", newline="\n") as lines:
        rows = [line.rstrip("\r\n").split("\t") for line in lines]
    return [row[data["label"]] for row in rows], [row[data["text"]] for row in rows]


def tokenizer_of(model):
    vocabulary = pathlib.Path(model["vocab"] if "vocab" in model else f"{model['path']}/vocab.txt")
    # `vocab_file` in transformers 4; from 5 on that is ignored without a word, and every word unknown.
    tokenizer = BertTokenizerFast(vocab=str(vocabulary), do_lower_case=True)
    pieces = len(vocabulary.read_text(encoding="utf-8").splitlines())
    if len(tokenizer) != pieces:
        raise SystemExit(f"bert_trial: the tokenizer has {len(tokenizer)} pieces, {vocabulary} {pieces}")
    return tokenizer


def model_of(settings, dropout, pieces, classes):
    drop = {"hidden_dropout_prob": dropout, "attention_probs_dropout_prob": dropout}
    if "path" in settings:
        return BertForSequenceClassification.from_pretrained(
            settings["path"], num_hidden_layers=settings["layers"], num_labels=classes, dtype=torch.float32, **drop)
    return BertForSequenceClassification(BertConfig(
        vocab_size=pieces, num_hidden_layers=settings["layers"], hidden_size=settings["hidden"],
        num_attention_heads=settings["heads"], intermediate_size=settings["intermediate"], num_labels=classes, **drop))


def batches_of(examples, batch_size, is_shuffled):
    def collate(batch):
        ids = [example[0] for example in batch]
        return {"input_ids": pad_sequence(ids, batch_first=True),
                "attention_mask": pad_sequence([torch.ones_like(one) for one in ids], batch_first=True),
                "labels": torch.tensor([example[1] for example in batch])}

    return torch.utils.data.DataLoader(examples, batch_size=batch_size, shuffle=is_shuffled, collate_fn=collate)


def optimizer_of(model, lr, weight_decay):
    """AdamW; biases and LayerNorm do not decay."""
    plain = [(name, one) for name, one in model.named_parameters() if "bias" in name or "LayerNorm" in name]
    names = {name for name, _ in plain}
    decayed = [one for name, one in model.named_parameters() if name not in names]
    return torch.optim.AdamW([{"params": decayed, "weight_decay": weight_decay},
                              {"params": [one for _, one in plain], "weight_decay": 0.0}], lr=lr, fused=True)


def scheduler_of(optimizer, warmup, steps, is_bertadam):
    """Linear warm-up and decay. AdamW's bias correction is a factor on the rate, but for its epsilon:
    BertAdam's rate is AdamW's without it."""
    scheduler = transformers.get_linear_schedule_with_warmup(optimizer, int(warmup * steps), steps)
    if not is_bertadam:
        return scheduler
    linear = scheduler.lr_lambdas[0]
    return torch.optim.lr_scheduler.LambdaLR(
        optimizer, lambda step: linear(step) * (1 - 0.9 ** (step + 1)) / (1 - 0.999 ** (step + 1)) ** 0.5)


def clip(model, max_norm, is_bertadam):
    for group in model.parameters() if is_bertadam else [list(model.parameters())]:
        torch.nn.utils.clip_grad_norm_(group, max_norm)


def accuracy_of(model, batches):
    model.eval()
    right = total = 0
    with torch.inference_mode():
        for batch in batches:
            labels = batch.pop("labels")
            right += (model(**batch).logits.argmax(dim=-1) == labels).sum().item()
            total += len(labels)
    return right / total


def train(model, optimizer, scheduler, batches, clip_gradients):
    """The losses of one epoch's steps."""
    model.train()
    losses = []
    for batch in batches:
        loss = model(**batch).loss
        loss.backward()
        clip_gradients()
        optimizer.step()
        scheduler.step()
        optimizer.zero_grad(set_to_none=True)
        losses.append(loss.item())
    return losses


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("sweep", type=pathlib.Path)
    parser.add_argument("--lr", type=float, required=True)
    parser.add_argument("--warmup", type=float, required=True)
    parser.add_argument("--epochs", type=int, required=True)
    parser.add_argument("--bertadam", action="store_true")
    options = parser.parse_args()
    sweep = json.loads(options.sweep.read_text(encoding="utf-8"))
    data, settings = sweep["data"], sweep["training"]

    torch.set_num_threads(1)
    transformers.logging.set_verbosity_error()
    transformers.set_seed(sweep["seed"])

    tokenizer = tokenizer_of(sweep["model"])
    train_labels, train_texts = read_rows(data["train"], data)
    eval_labels, eval_texts = read_rows(data["eval"], data)
    classes = {label: index for index, label in enumerate(sorted({*train_labels, *eval_labels}))}

    def examples_of(labels, texts):
        ids = tokenizer(texts, truncation=True, max_length=data["max_tokens"])["input_ids"]
        return [(torch.tensor(one), classes[label]) for one, label in zip(ids, labels)]

    examples = examples_of(train_labels, train_texts)
    train_batches = batches_of(examples, settings["batch_size"], True)
    eval_batches = batches_of(examples_of(eval_labels, eval_texts), settings["batch_size"], False)

    model = model_of(sweep["model"], settings["dropout"], len(tokenizer), len(classes))
    optimizer = optimizer_of(model, options.lr, settings["weight_decay"])
    scheduler = scheduler_of(optimizer, options.warmup, options.epochs * len(train_batches), options.bertadam)

    def clip_gradients():
        clip(model, settings["max_grad_norm"], options.bertadam)

    losses, accuracies = [], []
    for _ in range(options.epochs):
        losses += train(model, optimizer, scheduler, train_batches, clip_gradients)
        accuracies.append(accuracy_of(model, eval_batches))
    print(json.dumps({"steps": len(losses), "losses": losses, "accuracies": accuracies,
                      "train_tokens": sum(len(ids) for ids, _ in examples)}))


if __name__ == "__main__":
    main()
