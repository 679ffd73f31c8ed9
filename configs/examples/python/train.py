"""A made-up training with a checkpoint each step. Needs nothing but Python."""

import argparse
import json
import math
import os
import random
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../../python"))
import tarama_report as tarama  # beside your own script: `tarama helper python > tarama_report.py`


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--lr", type=float, required=True)
    parser.add_argument("--layers", type=int, required=True)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--steps", type=int, default=50)
    parser.add_argument("--out", default=".")
    args = parser.parse_args()

    checkpoint = os.path.join(args.out, "state.json")
    state = {"step": 0, "quality": 0.0}
    if tarama.resumes() and os.path.exists(checkpoint):
        with open(checkpoint, encoding="utf-8") as file:
            state = json.load(file)
        print(f"goes on at step {state['step']}")

    best = 1 / (1 + abs(math.log10(args.lr) + 1.5)) * (0.7 + 0.1 * args.layers)
    while state["step"] < args.steps:
        noise = random.Random(f"{args.seed} {state['step']}").gauss(0, 0.01)
        state["quality"] += (best - state["quality"]) * 0.1
        tarama.report(
            state["step"], loss=1 - state["quality"], val_acc=state["quality"] + noise
        )
        state["step"] += 1
        with open(checkpoint + ".tmp", "w", encoding="utf-8") as file:
            json.dump(state, file)
        os.replace(checkpoint + ".tmp", checkpoint)  # whole or not at all
        if tarama.should_stop():
            return


main()
