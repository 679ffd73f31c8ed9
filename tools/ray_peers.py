"""Ray Tune beside tarama: how near searches come, what halving costs, what a run costs.

    pip install "ray[tune]" hyperopt optuna
    python3 tools/ray_peers.py regret [SEEDS]       # 20: a quarter of an hour
    python3 tools/ray_peers.py halving [SEEDS]      # 100: seconds
    python3 tools/ray_peers.py bookkeeping TARAMA [RUNS]   # needs psutil, a minute or two

`regret` asks Ray's searchers without its cluster, one run after the other, on the functions of
simulate/search_functions.cpp; `./dev simulate search SEEDS` is ours. Ray's spaces have no conditions:
there every parameter of `conditional` is always active.
`halving` has one worker, and learning curves that cross. Ours is Optuna's pruner here, which a test of
tarama holds to the same decisions (tools/asha_peers.py).
`bookkeeping` counts the processor time of all processes, runs of a program included.
"""
import logging
import math
import random
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy
import optuna
import ray
from ray import tune

sys.path.insert(0, str(Path(__file__).parent))
from tpe_peers import FUNCTIONS  # noqa: E402

RUNS = 100


class Recorder:
    """Is told what a function asks for, and answers with the first values."""

    def __init__(self, choice: int):
        self.choice = choice
        self.space = {}

    def suggest_float(self, name, low, high, log=False, step=None):
        if step is not None:
            self.space[name] = tune.quniform(low, high, step)
        else:
            self.space[name] = tune.loguniform(low, high) if log else tune.uniform(low, high)
        return low

    def suggest_int(self, name, low, high):
        self.space[name] = tune.randint(low, high + 1)
        return low

    def suggest_categorical(self, name, choices):
        self.space[name] = tune.choice(choices)
        return choices[self.choice % len(choices)]


class Config:
    """A point of Ray's, as the functions ask for it."""

    def __init__(self, values: dict):
        self.values = values

    def suggest_float(self, name, low, high, **_):
        return min(max(float(self.values[name]), low), high)

    def suggest_int(self, name, *_):
        return int(self.values[name])

    def suggest_categorical(self, name, _):
        return self.values[name]


def space_of(function) -> dict:
    space = {}
    for choice in range(3):
        recorder = Recorder(choice)
        function(recorder)
        space.update(recorder.space)
    return space


def searchers(space: dict, seed: int) -> dict:
    from ray.tune.search.hyperopt import HyperOptSearch
    from ray.tune.search.optuna import OptunaSearch

    return {
        "HyperOptSearch": HyperOptSearch(space, metric="value", mode="min", random_state_seed=seed),
        "OptunaSearch": OptunaSearch(space, metric="value", mode="min", seed=seed),
    }


def regret_of(searcher, function, best: float) -> float:
    lowest = math.inf
    for number in range(RUNS):
        value = function(Config(searcher.suggest(str(number))))
        searcher.on_trial_complete(str(number), {"value": value})
        lowest = min(lowest, value)
    return lowest - best


def random_regret(space: dict, function, best: float, seed: int) -> float:
    generator = numpy.random.RandomState(seed)
    points = ({name: domain.sample(random_state=generator) for name, domain in space.items()}
              for _ in range(RUNS))
    return min(function(Config(point)) for point in points) - best


def regret(seeds: int) -> None:
    print("| function | random | HyperOptSearch | OptunaSearch |\n|---|---|---|---|")
    for name, (function, best) in FUNCTIONS.items():
        found = {"random": [], "HyperOptSearch": [], "OptunaSearch": []}
        space = space_of(function)
        for seed in range(1, seeds + 1):
            found["random"].append(random_regret(space, function, best, seed))
            for which, searcher in searchers(space, seed).items():
                found[which].append(regret_of(searcher, function, best))
        medians = " | ".join(f"{statistics.median(values):.3g}" for values in found.values())
        print(f"| {name} | {medians} |", flush=True)


# ---- halving ------------------------------------------------------------------------------------

LEVELS = 81
EPOCHS = 27
ETA = 3


def curves(seed: int) -> list:
    """Of each level its loss by epoch: what is fast at first is not what is best in the end."""
    draw = random.Random(seed)
    levels = []
    for _ in range(LEVELS):
        end, slowness = 0.3 * draw.random(), draw.uniform(0.2, 1.5)
        levels.append([end + epoch ** -slowness + draw.gauss(0, 0.02)
                       for epoch in range(1, EPOCHS + 1)])
    return levels


def outcome(levels: list, stopped_at: list) -> tuple:
    """The best loss of the runs that were trained to the end, above the best there is; epochs."""
    best = min(curve[-1] for curve in levels)
    whole = [curve[-1] for curve, stop in zip(levels, stopped_at) if stop == EPOCHS]
    return min(whole) - best, sum(stopped_at)


def ours_stops(levels: list) -> list:
    pruner = optuna.pruners.SuccessiveHalvingPruner(min_resource=1, reduction_factor=ETA)
    study = optuna.create_study(direction="minimize", pruner=pruner)
    stops = []
    for curve in levels:
        trial = study.ask()
        stop = EPOCHS
        for epoch, loss in enumerate(curve, start=1):
            trial.report(loss, epoch)
            if epoch < EPOCHS and trial.should_prune():
                stop = epoch
                break
        study.tell(trial, curve[stop - 1])
        stops.append(stop)
    return stops


class RayTrial:
    def __init__(self, number: int):
        self.trial_id = str(number)


def ray_stops(levels: list, brackets: int) -> list:
    from ray.tune.schedulers import ASHAScheduler, TrialScheduler

    scheduler = ASHAScheduler(time_attr="epoch", metric="loss", mode="min", max_t=EPOCHS,
                              grace_period=1, reduction_factor=ETA, brackets=brackets)
    stops = []
    for number, curve in enumerate(levels):
        trial = RayTrial(number)
        scheduler.on_trial_add(None, trial)
        stop = EPOCHS
        for epoch, loss in enumerate(curve, start=1):
            answer = scheduler.on_trial_result(None, trial, {"epoch": epoch, "loss": loss})
            if answer != TrialScheduler.CONTINUE:
                stop = epoch
                break
        scheduler.on_trial_complete(None, trial, {"epoch": stop, "loss": curve[stop - 1]})
        stops.append(stop)
    return stops


def restart_epochs(levels: list) -> tuple:
    """`rungs: {restart: epochs}`: whole runs of 1, 3, 9 and 27 epochs, which these curves cannot
    tell from parts of longer ones."""
    left, epochs, spent = levels, 1, 0
    while epochs < EPOCHS:
        spent += epochs * len(left)
        left = sorted(left, key=lambda curve: curve[epochs - 1])[:max(1, len(left) // ETA)]
        epochs *= ETA
    spent += EPOCHS * len(left)
    return min(curve[-1] for curve in left) - min(curve[-1] for curve in levels), spent


def halving(seeds: int) -> None:
    found = {}
    for seed in range(1, seeds + 1):
        levels = curves(seed)
        for name, result in (("tarama asha", outcome(levels, ours_stops(levels))),
                             ("Ray ASHAScheduler", outcome(levels, ray_stops(levels, 1))),
                             ("tarama restart: epochs", restart_epochs(levels))):
            found.setdefault(name, []).append(result)
    print(f"| {LEVELS} levels, {EPOCHS} epochs, {seeds} seeds | median regret | mean | epochs |")
    print("|---|---|---|---|")
    for name, results in found.items():
        regrets = [value for value, _ in results]
        epochs = statistics.mean(spent for _, spent in results)
        print(f"| {name} | {statistics.median(regrets):.3g} | {statistics.mean(regrets):.3g} "
              f"| {epochs:.0f} |")


# ---- bookkeeping --------------------------------------------------------------------------------

SWEEP = """\
name: trivial
trainer:
  command: [sh, -c, 'echo "{{{{\\"value\\": $1}}}}"', trivial, "{{x}}"]
method: random
max_runs: {runs}
max_concurrent: 1
parameters:
  x: {{min: 0.0, max: 1.0}}
metric: {{name: value, goal: minimize}}
"""


def seconds_of_children() -> float:
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def ours_bookkeeping(program: str, runs: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        sweep = Path(folder) / "sweep.yaml"
        sweep.write_text(SWEEP.format(runs=runs))
        before, start = seconds_of_children(), time.monotonic()
        subprocess.run([program, "run", str(sweep), "--store", str(Path(folder) / "store")],
                       check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        spent, wall = seconds_of_children() - before, time.monotonic() - start
        bare = seconds_of_children()
        for number in range(runs):
            subprocess.run(["sh", "-c", 'echo "{\\"value\\": $1}"', "trivial", str(number)],
                           check=True, stdout=subprocess.DEVNULL)
        bare = seconds_of_children() - bare
    print(f"| tarama, a program | {1000 * spent / runs:.1f} ms | {1000 * wall / runs:.1f} ms | "
          f"its own processes alone {1000 * bare / runs:.1f} ms |")


def trivial(config: dict) -> dict:
    return {"value": config["x"]}


def process_seconds() -> float:
    import psutil

    me = psutil.Process()
    total = 0.0
    for process in [me, *me.children(recursive=True)]:
        try:
            times = process.cpu_times()
            total += times.user + times.system + times.children_user + times.children_system
        except psutil.Error:
            pass  # it has ended meanwhile: its parent counts it
    return total


def ray_bookkeeping(runs: int) -> None:
    ray.init(num_cpus=1, include_dashboard=False, logging_level="ERROR", log_to_driver=False)
    own, before, start = time.process_time(), process_seconds(), time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        tuner = tune.Tuner(
            trivial, param_space={"x": tune.uniform(0, 1)},
            tune_config=tune.TuneConfig(num_samples=runs, max_concurrent_trials=1,
                                        reuse_actors=True, metric="value", mode="min"),
            run_config=tune.RunConfig(storage_path=folder, verbose=0))
        tuner.fit()
    wall, driver = time.monotonic() - start, time.process_time() - own
    spent = process_seconds() - before
    print(f"| Ray Tune, a function | {1000 * spent / runs:.1f} ms | {1000 * wall / runs:.1f} ms | "
          f"its driver alone {1000 * driver / runs:.1f} ms |")


def bookkeeping(program: str, runs: int) -> None:
    print(f"| {runs} trivial runs, one at a time | processor time a run | time a run | |")
    print("|---|---|---|---|")
    ours_bookkeeping(program, runs)
    ray_bookkeeping(runs)


def main() -> None:
    logging.disable(logging.WARNING)
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    print(f"Ray {ray.__version__}, Optuna {optuna.__version__}")
    what, *rest = sys.argv[1:] or ["halving"]
    if what == "regret":
        regret(int(rest[0]) if rest else 20)
    elif what == "bookkeeping" and rest:
        bookkeeping(rest[0], int(rest[1]) if len(rest) > 1 else 300)
    elif what == "halving":
        halving(int(rest[0]) if rest else 100)
    else:
        sys.exit(__doc__)


if __name__ == "__main__":
    main()
