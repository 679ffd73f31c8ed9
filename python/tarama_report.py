"""Tells tarama how a run is doing, and the run what tarama wants of it.

One file without dependencies: copy it beside your script (`tarama helper python > tarama_report.py`).
Outside of tarama it works as well: reports are printed, parameters are empty, nothing asks to stop.

    import tarama_report as tarama

    lr = tarama.params()["lr"]
    for step in range(1000):
        ...
        tarama.report(step, loss=loss)
        if tarama.should_stop():
            save(tarama.run_dir())
            break
"""

import json
import os
import signal
import sys
import threading

__all__ = ["params", "report", "resumes", "run_dir", "seed", "should_stop"]

_lock = threading.Lock()
_asked_to_stop = False
_listens = False


def params():
    """The run's parameters, by their names in the sweep file."""
    return json.loads(os.environ.get("TARAMA_PARAMS") or "{}")


def seed(otherwise=1):
    """The run's seed: replicates of a level differ in it alone."""
    return int(os.environ.get("TARAMA_SEED") or otherwise)


def run_dir(otherwise="."):
    """The run's own folder, the same for all its attempts: the place for checkpoints."""
    return os.environ.get("TARAMA_RUN_DIR") or otherwise


def resumes():
    """Whether an earlier attempt may have left something in run_dir() to go on from."""
    return os.environ.get("TARAMA_RESUME") == "1"


def report(step=None, epoch=None, **metrics):
    """Reports numbers of a step; without one, of the step that was reported last.

    Numbers are whatever float() takes: also arrays and tensors of one element.
    """
    line = {}
    if step is not None:
        line["step"] = int(step)
    if epoch is not None:
        line["epoch"] = int(epoch)
    line.update((name, float(value)) for name, value in metrics.items())
    text = json.dumps(line) + "\n"
    with _lock:
        path = os.environ.get("TARAMA_METRICS")
        if path:
            with open(path, "a", encoding="utf-8") as file:
                file.write(text)
        else:
            # In one piece, behind what was printed: lines of other threads do not come between.
            sys.stdout.write(text)
            sys.stdout.flush()


def should_stop():
    """Whether the run is to save its state and leave, with exit code 0; it goes on another time.

    From the first call on SIGTERM ends the process no more: it is what this tells.
    """
    global _listens
    if not _listens and threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGTERM, _note_stop)
        _listens = True
    return _asked_to_stop or os.path.exists(os.environ.get("TARAMA_STOP_FILE") or os.devnull + "/-")


def _note_stop(_number, _frame):
    global _asked_to_stop
    _asked_to_stop = True
