"""Puts names that mean harm into a store that nobody writes: everywhere a name of a user, a file or a machine can
come to stand.

usage: hostile.py STORE
"""
import glob
import json
import sqlite3
import sys

MARKUP = "<img src=x onerror=\"alert(1)\"><script>alert(2)</script>\"'`{}&lt;"
LONG = "wide" * 2500
RIGHT_TO_LEFT = "שם של סריקה نموذج"
TURNING = "evil\u202egnp.exe\u2066\u061c\u200f"
NAMES = (MARKUP, LONG, RIGHT_TO_LEFT, TURNING)


def each(place):
    return NAMES[place % len(NAMES)]


def spoil(store):
    db = sqlite3.connect(f"{store}/tarama.db")
    for place, (sweep,) in enumerate(db.execute("SELECT sweep_id FROM sweep").fetchall()):
        db.execute("UPDATE sweep SET name = ?, host = ?, version = ?, yaml = yaml || ? WHERE sweep_id = ?",
                   (each(place), each(place + 1), each(place + 2), "# " + " ".join(NAMES) + "\n", sweep))
    rows = db.execute("SELECT sweep_id, level_id, params FROM level").fetchall()
    for sweep, level, params in rows:
        named = {**json.loads(params), MARKUP: each(level), LONG: level, RIGHT_TO_LEFT: each(level + 1), TURNING: TURNING}
        db.execute("UPDATE level SET params = ? WHERE sweep_id = ? AND level_id = ?",
                   (json.dumps(named, ensure_ascii=False), sweep, level))
    for (run,) in db.execute("SELECT run_id FROM run").fetchall():
        db.execute("UPDATE run SET message = ? WHERE run_id = ? AND state = 'failed'", (each(run), run))
        db.execute("UPDATE attempt SET message = ?, device = ? WHERE run_id = ?", (each(run), each(run + 1), run))
    db.commit()
    for place, log in enumerate(glob.glob(f"{store}/**/*.log", recursive=True)):
        with open(log, "a", encoding="utf-8") as file:
            file.write("\n".join(NAMES) + "\n")


spoil(sys.argv[1])
