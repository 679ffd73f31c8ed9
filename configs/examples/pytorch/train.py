"""Tells two spirals apart with a small network; keeps its state in --out."""

import argparse
import math
import os
import sys

import torch

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../../python"))
import tarama_report as tarama  # beside your own script: `tarama helper python > tarama_report.py`


def spirals(count, generator):
    angle = torch.rand(count, generator=generator) * 3 * math.pi
    label = torch.randint(0, 2, (count,), generator=generator)
    turn = angle + math.pi * label
    points = torch.stack([turn.cos(), turn.sin()], 1) * angle[:, None] / (3 * math.pi)
    return points + 0.02 * torch.randn(count, 2, generator=generator), label


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--lr", type=float, required=True)
    parser.add_argument("--hidden", type=int, required=True)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--epochs", type=int, default=30)
    parser.add_argument("--out", default=".")
    args = parser.parse_args()

    torch.manual_seed(args.seed)
    device = "cuda" if torch.cuda.is_available() else "cpu"
    generator = torch.Generator().manual_seed(0)  # the same data for all runs
    points, labels = (part.to(device) for part in spirals(1000, generator))
    val_points, val_labels = (part.to(device) for part in spirals(500, generator))
    model = torch.nn.Sequential(
        torch.nn.Linear(2, args.hidden), torch.nn.Tanh(),
        torch.nn.Linear(args.hidden, args.hidden), torch.nn.Tanh(),
        torch.nn.Linear(args.hidden, 2)).to(device)
    optimizer = torch.optim.Adam(model.parameters(), lr=args.lr)

    checkpoint = os.path.join(args.out, "state.pt")
    epoch = 0
    if tarama.resumes() and os.path.exists(checkpoint):
        state = torch.load(checkpoint, map_location=device)
        model.load_state_dict(state["model"])
        optimizer.load_state_dict(state["optimizer"])
        epoch = state["epoch"]
        print(f"goes on at epoch {epoch}")

    while epoch < args.epochs:
        for first in range(0, len(points), 50):
            loss = torch.nn.functional.cross_entropy(
                model(points[first:first + 50]), labels[first:first + 50])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
        with torch.no_grad():
            accuracy = (model(val_points).argmax(1) == val_labels).float().mean()
        tarama.report(epoch, epoch=epoch + 1, loss=loss, val_acc=accuracy)
        epoch += 1
        state = {"model": model.state_dict(), "optimizer": optimizer.state_dict(), "epoch": epoch}
        torch.save(state, checkpoint + ".tmp")
        os.replace(checkpoint + ".tmp", checkpoint)  # whole or not at all
        if tarama.should_stop():
            return


main()
