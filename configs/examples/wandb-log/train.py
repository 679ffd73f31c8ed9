"""A made-up training that knows nothing but `wandb`: its parameters come by wandb.config, its numbers go to wandb.log.

Nothing was changed for tarama, and the module wandb need not be installed.
"""

import math
import random

import wandb

DEFAULTS = {"learning_rate": 0.1, "optimizer": {"name": "sgd", "nesterov": False}, "epochs": 12, "seed": 1}


def main():
    with wandb.init(project="made-up", config=DEFAULTS) as run:
        config = wandb.config
        best_rate = 0.1 if config.optimizer["name"] == "sgd" else 0.01
        reach = 0.9 / (1 + abs(math.log10(config.learning_rate / best_rate)))
        reach += 0.02 if config.optimizer["nesterov"] else 0
        noise = random.Random(f"{config.learning_rate} {config.seed}")
        wandb.define_metric("val_acc", summary="max")
        for epoch in range(config.epochs):
            val_acc = reach * (1 - math.exp(-(epoch + 1) / 3)) + noise.gauss(0, 0.005)
            wandb.log({"epoch": epoch, "loss": 1 - val_acc}, commit=False)
            wandb.log({"val_acc": val_acc, "note": f"epoch {epoch}"})
        run.summary["reach"] = reach


main()
