#!/usr/bin/env python3
"""Writes the .bin files of this folder: a small state dict as torch.save writes it, for
tests/unit/input/model/torch_file_test.cpp.

usage: make.py (in a Python with torch; 2.13 wrote those that are committed)
"""

import collections
import pathlib

import torch

HERE = pathlib.Path(__file__).resolve().parent


def state_dict():
    """Every kind of tensor that a reader may get wrong, of values that say their place."""
    count = torch.arange(12, dtype=torch.float32)
    tied = count.reshape(3, 4)
    state = collections.OrderedDict()
    state["plain"] = tied.clone()
    state["transposed"] = count.clone().reshape(4, 3).t()  # strides (1, 3)
    state["middle"] = count.clone()[2:8].reshape(2, 3)  # begins within its storage
    state["column"] = count.clone().reshape(3, 4)[:, 1]  # stride 4
    state["half"] = torch.tensor([0.5, -2.0], dtype=torch.float16)
    state["brain"] = torch.tensor([1.5, -3.0], dtype=torch.bfloat16)
    state["numbers"] = torch.arange(3)
    state["empty"] = torch.zeros(0, 4)
    state["scalar"] = torch.tensor(7.0)
    state["tied.a"] = tied
    state["tied.b"] = tied
    state["parameter"] = torch.nn.Parameter(torch.tensor([3.0]))
    state._metadata = collections.OrderedDict([("", {"version": 1})])
    return state


def main():
    torch.save(state_dict(), HERE / "zip.bin")
    torch.save(state_dict(), HERE / "stream.bin", _use_new_zipfile_serialization=False)
    torch.save(state_dict(), HERE / "zip4.bin", pickle_protocol=4)
    torch.save(state_dict(), HERE / "stream4.bin", _use_new_zipfile_serialization=False, pickle_protocol=4)
    torch.save({"epoch": 3, "loss": 0.25, "state_dict": state_dict()}, HERE / "trainer.bin")
    torch.save(torch.nn.Linear(2, 2), HERE / "module.bin")
    torch.save(torch.zeros(3), HERE / "tensor.bin")


if __name__ == "__main__":
    main()
