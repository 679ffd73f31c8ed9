"""Reports numbers under names that mean harm.

usage: hostile_program.py LR OPT SEED
"""
import json
import random
import sys

NAMES = ("<img src=x onerror=\"alert(1)\"><script>alert(2)</script>\"'`{}&lt;", "wide" * 50, "שם של סריקה نموذج",
         "evil\u202egnp.exe\u2066\u061c\u200f", "__proto__", "constructor", "a/b c", "a\nb\tc", "'; DROP TABLE metric; --")

lr, opt, seed = float(sys.argv[1]), sys.argv[2], sys.argv[3]
noise = random.Random(f"{lr} {opt} {seed}")
quality = 0.0
for step in range(0, 1000, 10):
    quality += (1 - abs(lr - 0.1) - quality) * 0.1
    numbers = {name: float("nan") if (step // 10 + i) % 9 == 0 else i + quality for i, name in enumerate(NAMES)}
    print(json.dumps({"step": step, "val_acc": quality + noise.gauss(0, 0.01), **numbers}))
