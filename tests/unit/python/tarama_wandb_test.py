#!/usr/bin/env python3
"""The stand-in for wandb, each test in a process that imports it as a script does."""

import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import textwrap
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[3]


class StandIn(unittest.TestCase):
    def setUp(self):
        held = tempfile.TemporaryDirectory()
        self.addCleanup(held.cleanup)
        self.folder = pathlib.Path(held.name)
        (self.folder / "module").mkdir()
        (self.folder / "files").mkdir()
        shutil.copy(ROOT / "python" / "tarama_wandb.py", self.folder / "module" / "wandb.py")

    def run_script(self, script, params=None, **told):
        """The lines that tarama would read, and what the script printed to stderr; asserts that it ends well."""
        attempt = int(told.get("attempt", 1))
        metrics = self.folder / "files" / f"metrics-{attempt}.jsonl"
        environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith("TARAMA_")},
            "PYTHONPATH": str(self.folder / "module"), "PYTHONDONTWRITEBYTECODE": "1", "TARAMA_RUN": "7",
            "TARAMA_SEED": str(told.get("seed", 3)), "TARAMA_PARAMS": json.dumps(params or {}),
            "TARAMA_RUN_DIR": str(self.folder / "files"), "TARAMA_RESUME": "1" if attempt > 1 else "0",
            "TARAMA_METRICS": str(metrics), **told.get("environment", {})}
        done = subprocess.run([sys.executable, "-c", textwrap.dedent(script)], env=environment, cwd=self.folder,
                              stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
        self.assertEqual(done.returncode, 0, done.stderr)
        lines = metrics.read_text(encoding="utf-8").splitlines() if metrics.exists() else []
        self.printed = done.stdout
        return [json.loads(line) for line in lines], done.stderr

    def test_the_sweeps_parameters_win_over_the_scripts_defaults(self):
        _, said = self.run_script("""
            import wandb
            run = wandb.init(project="p", config={"lr": 1.0, "layers": 2, "optimizer": {"name": "sgd", "decay": 0.5}})
            assert wandb.config.lr == 0.01 and wandb.config["layers"] == 2 and run.config is wandb.config
            assert wandb.config.optimizer == {"name": "adam", "decay": 0.5}
            wandb.config.update({"lr": 5, "new": 1})
            wandb.config.lr = 6
            wandb.config = {"lr": 7, "other": 2}
            assert wandb.config.as_dict() == {"lr": 0.01, "optimizer": {"name": "adam", "decay": 0.5}, "layers": 2,
                                              "new": 1, "other": 2}, wandb.config
            assert dict(**wandb.config)["lr"] == 0.01 and wandb.config.get("none", 4) == 4 and "none" not in wandb.config
            try:
                wandb.config.update({"layers": 3})
                raise SystemExit("a value was changed")
            except Exception as problem:
                assert "allow_val_change=True" in str(problem)
            wandb.config.update({"layers": 3}, allow_val_change=True)
            assert wandb.config.layers == 3
            """, {"lr": 0.01, "optimizer.name": "adam"})
        self.assertIn("config.lr stays 0.01, as the sweep says; the script's 5 is ignored", said)
        self.assertIn("nothing to Weights & Biases", said)

    def test_values_are_those_of_the_sweep_file_not_texts_of_them(self):
        self.run_script("""
            import wandb
            config = wandb.init().config
            assert config.as_dict() == {"amp": True, "slow": False, "sizes": [1, "a"], "word": "Truest", "n": 3,
                                        "quoted": "1.10", "bad": "[1,", "a.b": 1, "c d": {"e": 2}}, config
            """, {"amp": "True", "slow": "False", "sizes": "[1, 'a']", "word": "Truest", "n": 3, "quoted": "1.10",
                  "bad": "[1,", "a.b": 1, "c_d.e": 2},
            environment={"TARAMA_WANDB_NAMES": json.dumps({"a.b": ["a.b"], "c_d.e": ["c d", "e"]})})

    def test_the_seed_is_the_runs_where_the_script_asks_for_one(self):
        _, said = self.run_script("""
            import argparse, wandb
            wandb.init(config=argparse.Namespace(seed=42, lr=1))
            assert wandb.config.seed == 9 and wandb.config.as_dict() == {"seed": 9, "lr": 1}
            wandb.finish()
            wandb.init()
            assert wandb.config.seed == 9 and wandb.config.as_dict() == {}
            """, seed=9)
        self.assertIn("config.seed is 9, as the sweep says; the script says 42", said)

    def test_a_call_of_log_is_a_step_unless_it_says_otherwise(self):
        lines, said = self.run_script("""
            import wandb
            with wandb.init() as run:
                run.log({"loss": 1})
                run.log({"loss": 0.5}, commit=False)
                wandb.log({"acc": 0.1})
                wandb.log({"loss": 0.25}, step=10)
                wandb.log({"acc": 0.2}, step=10)
                wandb.log({"acc": 0.3})
                wandb.log({"acc": 9}, step=4)
                wandb.log({"epoch": 2, "step": 5, "loss": 0.125})
                assert run.step == 12 and wandb.summary["acc"] == 0.3
            assert wandb.run is None
            """)
        self.assertEqual(lines, [
            {"step": 0, "loss": 1}, {"step": 1, "loss": 0.5}, {"step": 1, "acc": 0.1}, {"step": 10, "loss": 0.25},
            {"step": 10, "acc": 0.2}, {"step": 10, "acc": 0.3}, {"step": 11, "epoch": 2, "loss": 0.125}])
        self.assertIn("log(step=4) comes after step 11", said)
        self.assertIn("called 'step' is left out", said)

    def test_numbers_are_reported_and_all_else_is_left_out_by_name_once(self):
        lines, said = self.run_script("""
            import decimal, fractions, wandb
            class Tensor:
                def __init__(self, *values): self.values = values
                def item(self):
                    if len(self.values) != 1: raise ValueError("more than one")
                    return self.values[0]
            wandb.init()
            wandb.sklearn.plot_classifier(None, [1], y=[2])
            for _ in range(3):
                wandb.log({"val": {"acc": Tensor(0.5), "deep": {"x": True}}, "picture": wandb.Image([1]),
                           "word": "0.5", "many": Tensor(1, 2), "list": [1], "none": None,
                           "plot": wandb.plot.confusion_matrix(y_true=[1]), "d": decimal.Decimal("0.25"),
                           "nan": float("nan"), "big": 10**400, "table": wandb.Table(columns=["a"], data=[[1]])})
            """)
        self.assertEqual(len(lines), 3)
        self.assertEqual(said.count("nothing is drawn"), 1)
        self.assertEqual(set(lines[0]), {"step", "val.acc", "val.deep.x", "d", "nan"})
        self.assertEqual((lines[0]["val.acc"], lines[0]["val.deep.x"], lines[0]["d"]), (0.5, 1, 0.25))
        for name in ("picture", "word", "many", "list", "none", "plot", "big", "table"):
            self.assertEqual(said.count(f"'{name}' is of the type"), 1, name)

    def test_what_is_set_in_the_summary_is_the_last_value(self):
        lines, said = self.run_script("""
            import wandb
            run = wandb.init()
            wandb.define_metric("acc", summary="max")
            for acc in (0.1, 0.9, 0.5):
                wandb.log({"acc": acc})
            assert run.summary["acc"] == 0.9
            run.summary["best"] = 0.9
            wandb.summary.update({"word": "x", "other": 1})
            """)
        self.assertEqual(lines[3:], [{"step": 3, "best": 0.9}, {"step": 3, "other": 1}])
        self.assertIn("metric.take is last, or best", said)

    def test_a_second_attempt_counts_on_only_where_the_script_resumes(self):
        script = "import wandb; run = wandb.init({}); print(run.resumed, run.step); wandb.log({{'x': 1}})"
        self.run_script(script.format("").replace("{{", "{").replace("}}", "}") + "; wandb.log({'x': 2})")
        with open(self.folder / "files" / "metrics-1.jsonl", "a", encoding="utf-8") as file:
            file.write('{"step": 7')  # as a killed one leaves it
        lines, _ = self.run_script("import wandb; wandb.init(); wandb.log({'x': 1})", attempt=2)
        self.assertEqual(lines, [{"step": 0, "x": 1}])
        lines, _ = self.run_script("import wandb; r = wandb.init(resume='allow'); assert r.resumed; wandb.log({'x': 1})",
                                   attempt=3)
        self.assertEqual(lines, [{"step": 2, "x": 1}])

    def test_what_it_cannot_do_is_an_error_with_the_remedy(self):
        self.run_script("""
            import wandb
            def problem(what, *kinds):
                try:
                    what()
                except kinds as said:
                    return str(said)
                raise SystemExit("no error")
            assert "call its training function itself" in problem(lambda: wandb.agent("id"), wandb.Error)
            assert "metrics: wandb" in problem(lambda: wandb.Api(), AttributeError)
            assert "before wandb.config.lr" in problem(lambda: wandb.config.lr, wandb.Error)
            assert "before wandb.log()" in problem(lambda: wandb.log({}), wandb.Error)
            assert "metrics: wandb" in problem(lambda: wandb.xgboost, AttributeError)
            run = wandb.init()
            assert "wandb.Run.nothing" in problem(lambda: run.nothing, AttributeError)
            assert "there is lr" in problem(lambda: wandb.config.rate, AttributeError)
            def bring_keras():
                import wandb.keras
            assert "tarama_report" in problem(bring_keras, ImportError)
            assert "trainer.inputs" in problem(lambda: wandb.use_artifact("data:latest"), wandb.Error)
            assert wandb.init() is run and hasattr(wandb, "run") and not hasattr(wandb, "xgboost")
            """, {"lr": 1})

    def test_an_agent_within_the_script_calls_the_function_once_with_the_sweeps_parameters(self):
        lines, said = self.run_script("""
            import wandb
            def train(config=None):
                with wandb.init(config=config):
                    assert wandb.config.as_dict() == {"lr": 0.5, "epochs": 3}, wandb.config
                    wandb.log({"acc": wandb.config.lr})
            sweep = wandb.sweep({"method": "random", "parameters": {"lr": {"min": 0, "max": 1}, "epochs": {"value": 3}}})
            wandb.agent(sweep, function=train, count=20)
            try:
                wandb.sweep({"parameters": {"lr": {"min": 0, "max": 1}, "dropout": {"values": [1, 2]}}})
            except wandb.Error as problem:
                assert str(problem).endswith("varies: dropout")
            """, {"lr": 0.5})
        self.assertEqual(lines, [{"step": 0, "acc": 0.5}])
        self.assertIn("tarama is the agent: the function is called once", said)

    def test_runs_of_other_processes_of_the_script_are_not_mixed_with_its_own(self):
        lines, said = self.run_script("""
            import multiprocessing, wandb
            def fold(number):
                with wandb.init(group="folds", name=f"fold-{number}"):
                    for step in range(5):
                        wandb.log({"acc": number + step})
            with wandb.init() as run:
                for number in range(2):
                    process = multiprocessing.get_context("fork").Process(target=fold, args=(number,))
                    process.start()
                    process.join()
                run.log({"acc": 0.5})
            """)
        self.assertEqual(lines, [{"step": 0, "acc": 0.5}])
        self.assertIn("the numbers of this one", said)

    def test_a_run_that_begins_when_another_has_ended_goes_on_behind_it(self):
        lines, _ = self.run_script("""
            import subprocess, sys
            one = "import wandb; wandb.init(); [wandb.log({'acc': value}) for value in (0.1, 0.2)]; wandb.finish()"
            subprocess.run([sys.executable, "-c", one], check=True)
            subprocess.run([sys.executable, "-c", one], check=True)
            """)
        self.assertEqual([line["step"] for line in lines], [0, 1, 3, 4])

    def test_files_go_to_the_runs_folder(self):
        self.run_script("""
            import os, wandb
            run = wandb.init(id="x", resume=None, settings=wandb.Settings(start_method="fork"))
            open("model.h5", "w").write("weights")
            wandb.save("model.h5")
            assert open(os.path.join(run.dir, "model.h5")).read() == "weights"
            artifact = wandb.Artifact("model", type="model", metadata={"a": 1})
            artifact.add_file("model.h5")
            with artifact.new_file("note.txt") as file: file.write("x")
            run.log_artifact(artifact)
            wandb.watch(None, log="all")
            assert run.id == "7" and run.name == "run-7" and run.sweep_id
            """)

    def test_outside_of_tarama_reports_are_printed(self):
        self.run_script("import wandb; wandb.init(config={'a': 1}); wandb.log({'x': 1}); assert wandb.config.a == 1",
                        environment={"TARAMA_METRICS": "", "TARAMA_PARAMS": "", "TARAMA_SEED": ""})
        self.assertEqual(self.printed, '{"step": 0, "x": 1}\n')


if __name__ == "__main__":
    unittest.main()
