#!/usr/bin/env python3
"""Fails when a test was skipped that should have run. A test may be skipped only where what it needs
and the project does not hold is truly absent; ALLOWED lists these tests, and every skip is said.

usage: check_skips.py LOG... (what ctest printed); exit 1: tests that should have run, on stdout
"""
import os
import pathlib
import re
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent
CACHE = pathlib.Path(os.environ.get("XDG_CACHE_HOME") or pathlib.Path.home() / ".cache")


def has_minilm():
    named = os.environ.get("TARAMA_MINILM_DIR")
    folders = [pathlib.Path(named)] if named else [CACHE / "tarama/minilm-l6", ROOT.parent / "shared/models/minilm-l6"]
    return any((folder / "model.safetensors").exists() for folder in folders)


def has_cola():
    folder = pathlib.Path(os.environ.get("COLA_DIR") or ROOT.parent / "shared/data/cola")
    return (folder / "in_domain_train.tsv").exists()


def can_mount():
    with tempfile.TemporaryDirectory() as folder:
        mounted = subprocess.run(["mount", "-t", "tmpfs", "tmpfs", folder], stderr=subprocess.DEVNULL)
        return mounted.returncode == 0 and subprocess.run(["umount", folder]).returncode == 0


def has_gpu():
    return pathlib.Path("/proc/driver/nvidia/version").exists()


def has_nvrtc():
    return bool(os.environ.get("TARAMA_NVRTC"))  # .ci/cuda_kernels gets one


ALLOWED = {  # test -> (whether what it needs is here, what that is)
    "MiniLm.TorchEqualsTransformersBeforeWhileAndAfterTraining": (has_minilm, "the weights of MiniLM-L6"),
    "MiniLm.PackedEqualsTransformersBeforeWhileAndAfterTraining": (has_minilm, "the weights of MiniLM-L6"),
    "MiniLm.TheLoopOfARunEqualsTransformers": (has_minilm, "the weights of MiniLM-L6"),
    "RealRun.ColaWithMiniLmTrainsWhereBothAreThere":
        (lambda: has_minilm() and has_cola(), "CoLA's files and the weights of MiniLM-L6"),
    "CheckpointStore.FullDiskIsToldApartAndLeavesTheOlderOnes":
        (lambda: pathlib.Path("/dev/full").exists(), "/dev/full"),
    "FullDisk.IsWaitedForAndNothingIsLost": (can_mount, "the right to mount a tmpfs"),
    "FullDisk.NothingIsHandedOutBelowTheWatermark": (can_mount, "the right to mount a tmpfs"),
    "FullDisk.AnOrderDoesNotWaitBehindIt": (can_mount, "the right to mount a tmpfs"),
    "KernelCompiler.CompilesForEachGenerationAndKeepsWhatItMade": (has_nvrtc, "NVIDIA's NVRTC"),
    "KernelCompiler.SaysWhatAnUnknownGenerationIs": (has_nvrtc, "NVIDIA's NVRTC"),
    "GpuCheck.OnThisMachinesGpu": (has_gpu, "an NVIDIA GPU"),
    "PerformancePage.HasTheRowsThatAreMeasured":
        (lambda: False, "the benchmark programs, until a stage of its own builds them"),
}
SUMMARY = re.compile(r"% tests passed, \d+ tests failed out of \d+")
NOT_RUN = re.compile(r"^\s*\d+ - (.+?) \((Skipped|Not Run|Disabled)\)\s*$")


def findings(log):
    text = log.read_text(encoding="utf-8")
    if not SUMMARY.search(text):
        yield f"{log}: has no summary of ctest's"
    for name, how in (match.groups() for match in map(NOT_RUN.match, text.splitlines()) if match):
        is_here, need = ALLOWED.get(name, (None, ""))
        if is_here is None:
            yield f"{name}: {how.lower()}, which it may never be"
        elif is_here():
            yield f"{name}: {how.lower()}, though what it needs is here: {need}"
        else:
            print(f"{name}: {how.lower()}, since this machine lacks {need}")


def main():
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    found = [text for log in sys.argv[1:] for text in findings(pathlib.Path(log))]
    if found:
        print("\n".join(found))
    return bool(found)


sys.exit(main())
