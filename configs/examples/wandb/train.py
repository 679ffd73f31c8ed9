"""A made-up training as one writes it for sweeps of Weights & Biases. Needs nothing but Python.

What was changed for tarama is one line: numbers are printed beside where `wandb.log` has them.
"""

import argparse
import json
import math
import random


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--learning_rate", type=float, required=True)
    parser.add_argument("--optimizer", choices=("sgd", "adam"), required=True)
    parser.add_argument("--nesterov", type=lambda text: text == "True", required=True)
    parser.add_argument("--warmup_steps", type=int, default=0)
    parser.add_argument("--steps", type=int, default=45)
    args = parser.parse_args()

    noise = random.Random(f"{args.learning_rate} {args.optimizer}")
    best_rate = 0.1 if args.optimizer == "sgd" else 0.01
    reach = 0.9 / (1 + abs(math.log10(args.learning_rate / best_rate)))
    reach += 0.02 if args.nesterov and args.optimizer == "sgd" else 0
    for step in range(1, args.steps + 1):
        trained = max(0, step - args.warmup_steps / 2)
        val_acc = reach * (1 - math.exp(-trained / 12)) + noise.gauss(0, 0.005)
        print(json.dumps({"step": step, "loss": 1 - val_acc, "val_acc": val_acc}))


main()
