"""Optuna's SuccessiveHalvingPruner on 120 runs: at which rung each is stopped.

    python3 tools/asha_peers.py           # needs `pip install optuna`; seconds

What it prints stands in tests/unit/core/search/rung_book_test.cpp: of each eta and goal a digit for
each run, the rung from 1 at which it was stopped, or 0 where it was not.
"""
import optuna

RUNS = 120
RUNGS = 5


def numbers():
    state = 1
    while True:
        state = (state * 1103515245 + 12345) % 2**31
        yield state // 256 % 40


def stopped_at(direction, eta):
    pruner = optuna.pruners.SuccessiveHalvingPruner(min_resource=1, reduction_factor=eta)
    study = optuna.create_study(direction=direction, pruner=pruner)
    drawn = numbers()
    digits = ""
    for _ in range(RUNS):
        trial = study.ask()
        values = [next(drawn) for _ in range(RUNGS)]
        stopped = 0
        for rung, value in enumerate(values):
            trial.report(value, eta**rung)
            if trial.should_prune():
                stopped = rung + 1
                break
        if stopped:
            study.tell(trial, state=optuna.trial.TrialState.PRUNED)
        else:
            study.tell(trial, values[-1])
        digits += str(stopped)
    return digits


optuna.logging.set_verbosity(optuna.logging.WARNING)
print("Optuna", optuna.__version__)
for direction in ("minimize", "maximize"):
    for eta in (2, 3, 4):
        print(direction, eta, stopped_at(direction, eta))
