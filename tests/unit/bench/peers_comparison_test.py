#!/usr/bin/env python3
"""bench/peers without its sweeps: the table of made-up pairs, the files of a data folder, and what is
refused. Needs Python's standard library alone."""
import pathlib
import subprocess
import sys
import tempfile
import unittest

PEERS = pathlib.Path(__file__).resolve().parents[3] / "bench/peers"
sys.dont_write_bytecode = True  # the tree stays as it is
sys.path.insert(0, str(PEERS))

import compare  # noqa: E402
import labelled_files  # noqa: E402
import peers_table  # noqa: E402

MACHINE = {"processor": "Abacus", "cores": 2, "load": 0.1, "date": "2026-01-31 12:05 UTC"}


def side(wall, *accuracies):
    """What a side made of a grid of as many learning rates."""
    return {"wall_seconds": wall, "train_tokens": 700,
            "runs": [{"params": {"lr": 10.0 ** -index}, "accuracy": accuracy, "steps": 5}
                     for index, accuracy in enumerate(accuracies, 1)]}


def measured(*pairs, rows=None):
    return {"form": peers_table.FORM, "machine": MACHINE, "versions": {"tarama": "1.0", "optuna": "5.0"}, "rows": rows,
            "sweeps": [{"name": "small", "data": "CoLA", "runs": 2, "steps": 1500,
                        "pairs": [{"peer": peer, "tarama": ours} for peer, ours in pairs]}]}


class Table(unittest.TestCase):
    def test_shows_medians_of_walls_and_of_the_pairs_ratios(self):
        text = peers_table.table(measured((side(100, .5, .7), side(10, .6, .8)), (side(120, .6, .7), side(20, .6, .9)),
                                          (side(110, .5, .8), side(11, .7, .8))))

        self.assertEqual(text.splitlines()[0], "Abacus, 2 cores, load 0.1 before, 2026-01-31 12:05 UTC, tarama 1.0, "
                         "optuna 5.0, 3 pairs, medians (least to most):")
        self.assertEqual(text.splitlines()[-1],
                         "| `small`: 2 runs, 1,500 steps, CoLA | 110 s (100 s to 120 s) | 11 s (10 s to 20 s) "
                         "| **10.0× (6.0× to 10.0×)** | 0.633 ± 0.029, best 0.733 | 0.733 ± 0.029, best 0.833 "
                         "| 0.067 and 0.067 | 0.100 |")

    def test_of_one_pair_has_no_ranges_and_no_spread_of_seeds(self):
        text = peers_table.table(measured((side(10, .5, .7), side(4, .5, .6)), rows=64))

        self.assertTrue(text.splitlines()[0].endswith("1 pair, a trial run on 64 rows: its figures mean little:"))
        self.assertEqual(text.splitlines()[-1], "| `small`: 2 runs, 1,500 steps, CoLA | 10 s | 4.0 s | **2.5×** "
                         "| 0.600, best 0.700 | 0.550, best 0.600 | - | 0.050 |")


class SameWork(unittest.TestCase):
    SWEEP = {"name": "small", "train_tokens": 700}

    def test_takes_the_runs_in_any_order(self):
        ours = side(1, .5, .6)
        ours["runs"].reverse()
        compare.check_same_work(self.SWEEP, side(9, .4, .5), ours)

    def test_refuses_a_point_that_one_side_did_not_train(self):
        with self.assertRaisesRegex(compare.SideError, "are not tarama's runs"):
            compare.check_same_work(self.SWEEP, side(9, .4), side(1, .5, .6))

    def test_refuses_texts_that_were_cut_into_other_pieces(self):
        with self.assertRaisesRegex(compare.SideError, "700 tokens for transformers, 800 for tarama"):
            compare.check_same_work({**self.SWEEP, "train_tokens": 800}, side(9, .4), side(1, .5))


class LabelledFiles(unittest.TestCase):
    def setUp(self):
        scratch = tempfile.TemporaryDirectory()
        self.addCleanup(scratch.cleanup)
        self.folder = pathlib.Path(scratch.name).resolve()

    def write(self, name, text=""):
        (self.folder / name).write_text(text, encoding="utf-8")
        return str(self.folder / name)

    def test_knows_cola_by_its_names(self):
        train, evaluation = self.write("in_domain_train.tsv"), self.write("in_domain_dev.tsv")
        self.assertEqual(labelled_files.found_in(self.folder),
                         {"train": train, "eval": evaluation, "label": 1, "text": 3})
        self.assertEqual(labelled_files.name_of({"train": train}), "CoLA")

    def test_takes_label_and_sentence(self):
        train, evaluation = self.write("train.tsv"), self.write("eval.tsv")
        self.assertEqual(labelled_files.found_in(self.folder),
                         {"train": train, "eval": evaluation, "label": 0, "text": 1})

    def test_refuses_a_folder_of_neither(self):
        self.write("train.tsv")
        with self.assertRaises(labelled_files.DataError):
            labelled_files.found_in(self.folder)

    def test_spreads_some_rows_over_the_whole_file(self):
        data = {"train": self.write("train.tsv", "".join(f"{row}\n" for row in range(10))),
                "eval": self.write("eval.tsv", "a\nb\n"), "label": 0}
        (self.folder / "some").mkdir()

        some = labelled_files.some_rows(data, 4, self.folder / "some")

        self.assertEqual(pathlib.Path(some["train"]).read_text(encoding="utf-8"), "0\n2\n5\n7\n")
        self.assertEqual(pathlib.Path(some["eval"]).read_text(encoding="utf-8"), "a\n")
        self.assertEqual(some["label"], 0)


class Options(unittest.TestCase):
    def refusal_of(self, *options):
        done = subprocess.run([sys.executable, "-B", PEERS / "compare.py", *options], stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, text=True, check=False)
        self.assertEqual((done.returncode, done.stdout), (2, ""))
        return done.stderr

    def test_that_are_wrong_are_refused_before_anything_starts(self):
        self.assertIn("'0' is no whole number from 1", self.refusal_of("--pairs", "0"))
        self.assertIn("choose from", self.refusal_of("--only", "large"))
        self.assertIn("neither CoLA's", self.refusal_of("--data", str(PEERS)))
        self.assertIn("there is no folder", self.refusal_of("--keep", str(PEERS / "none/file.json")))


if __name__ == "__main__":
    unittest.main()
