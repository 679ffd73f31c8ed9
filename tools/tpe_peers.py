"""Optuna's TPE on the functions of simulate/search_functions.cpp: the median regret after 100 runs.

    python3 tools/tpe_peers.py            # needs `pip install optuna`; a quarter of an hour
"""
import json
import math
import statistics
import sys

import optuna

RUNS = 100
SEEDS = 100

A3 = [[3, 10, 30], [0.1, 10, 35], [3, 10, 30], [0.1, 10, 35]]
P3 = [[0.3689, 0.1170, 0.2673], [0.4699, 0.4387, 0.7470],
      [0.1091, 0.8732, 0.5547], [0.0381, 0.5743, 0.8828]]
A6 = [[10, 3, 17, 3.5, 1.7, 8], [0.05, 10, 17, 0.1, 8, 14],
      [3, 3.5, 1.7, 10, 17, 8], [17, 8, 0.05, 10, 0.1, 14]]
P6 = [[0.1312, 0.1696, 0.5569, 0.0124, 0.8283, 0.5886],
      [0.2329, 0.4135, 0.8307, 0.3736, 0.1004, 0.9991],
      [0.2348, 0.1451, 0.3522, 0.2883, 0.3047, 0.6650],
      [0.4047, 0.8828, 0.8732, 0.5743, 0.1091, 0.0381]]
ALPHA = [1.0, 1.2, 3.0, 3.2]


def hartmann(x, a, p):
    return -sum(c * math.exp(-sum(a[i][j] * (x[j] - p[i][j]) ** 2 for j in range(len(x))))
                for i, c in enumerate(ALPHA))


def floats(trial, bounds):
    return [trial.suggest_float(f"x{i}", low, high) for i, (low, high) in enumerate(bounds)]


def sphere(t):
    return sum((x - 1.7) ** 2 for x in floats(t, [(-5, 5)] * 5))


def rosenbrock(t):
    x, y = floats(t, [(-2, 2)] * 2)
    return 100 * (y - x * x) ** 2 + (1 - x) ** 2


def branin(t):
    x, y = floats(t, [(-5, 10), (0, 15)])
    return ((y - 5.1 / (4 * math.pi ** 2) * x * x + 5 / math.pi * x - 6) ** 2
            + 10 * (1 - 1 / (8 * math.pi)) * math.cos(x) + 10)


def hartmann3(t):
    return hartmann(floats(t, [(0, 1)] * 3), A3, P3)


def hartmann6(t):
    return hartmann(floats(t, [(0, 1)] * 6), A6, P6)


def ackley(t):
    x = floats(t, [(-20, 40)] * 5)
    n = len(x)
    return (-20 * math.exp(-0.2 * math.sqrt(sum(v * v for v in x) / n))
            - math.exp(sum(math.cos(2 * math.pi * v) for v in x) / n) + 20 + math.e)


def rastrigin(t):
    return sum(v * v - 10 * math.cos(2 * math.pi * v) + 10 for v in floats(t, [(-4, 6.24)] * 3))


def levy(t):
    w = [1 + (v - 1) / 4 for v in floats(t, [(-10, 10)] * 4)]
    return (math.sin(math.pi * w[0]) ** 2
            + sum((v - 1) ** 2 * (1 + 10 * math.sin(math.pi * v + 1) ** 2) for v in w[:-1])
            + (w[-1] - 1) ** 2 * (1 + math.sin(2 * math.pi * w[-1]) ** 2))


def camel(t):
    x, y = floats(t, [(-3, 3), (-2, 2)])
    return (4 - 2.1 * x * x + x ** 4 / 3) * x * x + x * y + (-4 + 4 * y * y) * y * y


def styblinski(t):
    return sum((v ** 4 - 16 * v * v + 5 * v) / 2 for v in floats(t, [(-5, 5)] * 4))


def rates(t):
    lr = math.log10(t.suggest_float("lr", 1e-6, 1, log=True))
    decay = math.log10(t.suggest_float("weight_decay", 1e-6, 0.1, log=True))
    layers = t.suggest_int("layers", 1, 8)
    return (lr + 3.2) ** 2 + 0.3 * (decay + 2.5 + 0.5 * (lr + 3.2)) ** 2 + 0.2 * (layers - 5) ** 2


def conditional(t):
    kind = t.suggest_categorical("kind", ["a", "b", "c"])
    drop = t.suggest_float("drop", 0, 0.5, step=0.05)
    base = 4 * (drop - 0.15) ** 2
    if kind == "a":
        return base + 0.6 + (t.suggest_float("momentum", 0, 1) - 0.9) ** 2
    if kind == "b":
        return base + 0.1 + 0.3 * (math.log10(t.suggest_float("beta", 1e-4, 1, log=True)) + 2.3) ** 2
    return base + 0.5


FUNCTIONS = {
    "sphere": (sphere, 0.0),
    "rosenbrock": (rosenbrock, 0.0),
    "branin": (branin, 0.39788735772973816),
    "hartmann3": (hartmann3, -3.8627797869493365),
    "hartmann6": (hartmann6, -3.3223680114155147),
    "ackley": (ackley, 0.0),
    "rastrigin": (rastrigin, 0.0),
    "levy": (levy, 0.0),
    "camel": (camel, -1.0316284534898774),
    "styblinski": (styblinski, 4 * -39.16616570377142),
    "rates": (rates, 0.0),
    "conditional": (conditional, 0.1),
}


def main() -> None:
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    names = sys.argv[1:] or list(FUNCTIONS)
    print(f"optuna {optuna.__version__}, TPESampler(seed=...), {RUNS} runs, {SEEDS} seeds")
    for name in names:
        function, best = FUNCTIONS[name]
        regrets = []
        for seed in range(1, SEEDS + 1):
            study = optuna.create_study(sampler=optuna.samplers.TPESampler(seed=seed))
            study.optimize(function, n_trials=RUNS)
            regrets.append(study.best_value - best)
        print(f"{name:12} {statistics.median(regrets):.6g}", flush=True)


if __name__ == "__main__":
    main()
