"""Stands in for the module `wandb` where tarama runs the script: its numbers go to tarama, nothing to Weights & Biases.

A sweep chooses it by `trainer: {metrics: wandb}`; tarama then puts it in front of PYTHONPATH, as wandb.py. It has what
scripts of W&B's sweeps use: config holds the run's parameters, log() reports numbers by W&B's steps. Pictures, tables
and texts are left out, with a word on stderr. What it does not have is an error that says what to do.
"""

import ast
import collections.abc
import fcntl
import glob
import importlib.abc
import json
import os
import re
import shutil
import sys
import threading
import time
import types

__version__, __path__ = "0.28.0+tarama", []  # a package, so that `import wandb.keras` is told what to do, below
run = None  # of this process, as long as it is not finished
_owner, _constants = None, {}  # process and locked file of the run that reports; of a sweep within the script
_lock = threading.RLock()
_remarks = set()
_MOST_REMARKS, _LONGEST_NAME = 200, 200  # the latter in bytes: tarama takes no longer ones


class Error(Exception):
    """What W&B's own module raises, and whatever a stand-in cannot do."""


ConfigError = UsageError = CommError = Error


def termlog(text="", *_, **__):
    sys.stderr.write(f"wandb: {text}\n")


termwarn = termerror = termlog


def _remark(about, text):
    """Once for each thing."""
    if about not in _remarks and len(_remarks) < _MOST_REMARKS:
        _remarks.add(about)
        termlog(f"(tarama's) {text}")


def _seed():
    return int(os.environ["TARAMA_SEED"]) if os.environ.get("TARAMA_SEED") else None


def _python_value(value):
    """`True` and `[1, 'a']` come as the texts that Python prints."""
    if isinstance(value, str) and (value in ("True", "False", "None") or value[:1] in tuple("[{(")):
        try:
            read = ast.literal_eval(value)
            return read if repr(read) == value else value
        except (ValueError, SyntaxError, MemoryError, RecursionError):
            pass
    return value


def _sweep_params():
    """The run's parameters, nested where their names have dots; TARAMA_WANDB_NAMES names those that are otherwise."""
    params = {**_constants, **json.loads(os.environ.get("TARAMA_PARAMS") or "{}")}
    places = json.loads(os.environ.get("TARAMA_WANDB_NAMES") or "{}")
    if "seed" in places and _seed() is not None:
        params["seed"] = _seed()
    nested = {}
    for name, value in params.items():
        *above, last = places.get(name) or ([name] if name.split(".")[0] in params else name.split("."))
        within = nested
        for key in above:
            within = within.setdefault(key, {})
        within[last] = _python_value(value)
    return nested


def _dict_in_file(path):
    try:
        import yaml
    except ImportError:
        raise Error(f"{path} is read by PyYAML, which is not installed: pip install pyyaml") from None
    with open(path, encoding="utf-8") as file:
        return {key: value["value"] if isinstance(value, dict) and "value" in value else value
                for key, value in (yaml.safe_load(file) or {}).items() if key != "wandb_version"}


def _as_mapping(given):
    """What init(config=) and config.update() take: a dict, a Namespace, flags of absl, a file."""
    if given is None:
        return {}
    if isinstance(given, (str, os.PathLike)):
        return _dict_in_file(given)
    if hasattr(given, "keys"):
        return {key: given[key] for key in given.keys()}
    if type(given).__name__ == "FlagValues":
        return {name: given[name].value for name in dir(given)}
    if not hasattr(given, "__dict__"):
        raise TypeError("config must be a dict or have a __dict__ attribute.")
    return dict(vars(given))


def _merged(below, above):
    """Where both are maps, key by key."""
    if not isinstance(below, dict) or not isinstance(above, dict):
        return above
    return {**below, **{key: _merged(below.get(key), value) for key, value in above.items()}}


class _Named:
    """By attribute and by item, as W&B's config and summary are."""

    _what = ""

    def keys(self):
        return [key for key in self._items if not str(key).startswith("_")]

    def items(self):
        return [(key, self._items[key]) for key in self.keys()]

    def as_dict(self):
        return dict(self.items())

    def get(self, key, default=None):
        return self[key] if key in self else default

    def __getitem__(self, key):
        return self._items[key]

    def __getattr__(self, key):
        if key.startswith("__") or key == "_items":
            raise AttributeError(key)
        if key not in self:
            raise AttributeError(f"{self._what} has no {key!r}; there is {', '.join(self.keys()) or 'nothing'}")
        return self[key]

    def __setattr__(self, key, value):
        self[key] = value

    def __contains__(self, key):
        return key in self._items

    def __iter__(self):
        return iter(self.keys())

    def __len__(self):
        return len(self.keys())

    def __repr__(self):
        return str(self.as_dict())


class Config(_Named):
    """The parameters. Those of the sweep stay, whatever the script says; `seed` is the run's."""

    _what = "wandb.config"

    def __init__(self, sweep=None):
        self.__dict__.update(_sweep=sweep or {}, _items=dict(sweep or {}))

    def _set(self, given, allow_val_change=False, only_new=False):
        for name, value in given.items():
            key = str(name).strip("-")
            if key == "seed" and key not in self._sweep and _seed() is not None:
                if value != _seed():
                    _remark("seed", f"config.seed is {_seed()}, as the sweep says; the script says {value!r}")
                self._items[key] = _seed()
            elif only_new and key in self._items:
                continue
            elif key in self._sweep:
                if value != self._items[key]:
                    _remark(("config", key), f"config.{key} stays {self._items[key]!r}, as the sweep says; "
                                             f"the script's {value!r} is ignored")
            elif key in self._items and self._items[key] != value and not allow_val_change:
                raise ConfigError(f'Attempted to change value of key "{key}" from {self._items[key]} to {value}\n'
                                  "If you really want to do this, pass allow_val_change=True to config.update()")
            else:
                self._items[key] = value

    def _set_defaults_below(self, given):
        """What init(config=) gives: the sweep's values are put over it, also within maps."""
        for name, value in given.items():
            key = str(name).strip("-")
            if key in self._sweep:
                self._items[key] = _merged(value, self._sweep[key])
            else:
                self._set({key: value}, allow_val_change=True)

    def update(self, d=None, allow_val_change=None, **more):
        self._set({**_as_mapping(d), **more}, bool(allow_val_change))

    def setdefaults(self, d):
        self._set(_as_mapping(d), only_new=True)

    def __getitem__(self, key):
        return _seed() if key == "seed" and key not in self._items and key in self else self._items[key]

    def __setitem__(self, key, value):
        self._set({key: value})

    def __contains__(self, key):
        return key in self._items or (key == "seed" and _seed() is not None)


class Summary(_Named):
    """The last values, or what the script sets: that is reported at the step at hand."""

    _what = "wandb.summary"

    def __init__(self, owner):
        self.__dict__.update(_owner=owner, _items={})

    def _logged(self, numbers, rules):
        for name, number in numbers.items():
            best = {"max": max, "min": min}.get(rules.get(name))
            self._items[name] = best(self._items[name], number) if best and name in self._items else number

    def update(self, d=None, **more):
        given = {**(d or {}), **more}
        self._items.update(given)
        self._owner._report(given)

    def __setitem__(self, key, value):
        self.update({key: value})


def _number(value):
    """An int or float; None where it is none. Arrays and tensors of one element are."""
    if isinstance(value, (str, bytes)):
        return None
    for convert in (lambda: value if isinstance(value, (int, float)) else value.item(), lambda: float(value)):
        try:
            number = convert()
        except Exception:  # whatever a library's array raises where it has more than one element
            continue
        if isinstance(number, int):
            return int(number) if abs(number) <= 2**53 else _number(float(number)) if number < 10**300 else None
        if isinstance(number, float):
            return float(number)
    return None


def _numbers(data, prefix=""):
    """Numbers by their names, those in maps with a dot: {"val": {"acc": 1}} is val.acc."""
    found = {}
    for key, value in data.items():
        name = prefix + str(key)
        if isinstance(value, collections.abc.Mapping):
            found.update(_numbers(value, name + "."))
            continue
        number = _number(value)
        if number is None:
            _remark(("left", name), f"{name!r} is of the type {type(value).__name__}, and left out: only numbers are "
                                    "reported")
        elif name == "step":
            _remark("step", "a number that is called 'step' is left out: tarama's step is that of log(), which "
                            "log(..., step=) sets")
        elif not name or len(name.encode("utf-8", "replace")) > _LONGEST_NAME:
            _remark(("long", name), f"{name[:60]!r} is left out: a name has 1 to {_LONGEST_NAME} bytes")
        else:
            found[name] = number
    return found


def _write(line):
    text = json.dumps(line) + "\n"
    path = os.environ.get("TARAMA_METRICS")
    if not path:
        sys.stdout.write(text)
        sys.stdout.flush()
        return
    # In one piece, and behind what other processes of the script wrote.
    with open(path, "ab", buffering=0) as file:
        left = text.encode()
        while left:
            left = left[file.write(left):]


def _claim():
    """Whether the run that begins is the one that tarama sees: the first of the script's processes that has none."""
    global _owner
    path = os.environ.get("TARAMA_METRICS")
    if not path:
        return True
    file = open(path + ".owner", "a+", encoding="ascii")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        file.close()
        return _owner is not None and _owner[0] == os.getpid()
    file.seek(0)
    Run._next_step = max(Run._next_step, int(file.read() or 0))
    _owner = (os.getpid(), file)
    return True


def _give_back():
    """Steps of the next run begin behind those of this one."""
    global _owner
    if _owner is not None and _owner[0] == os.getpid():
        _owner[1].truncate(0)
        _owner[1].write(str(Run._next_step + 1))
        _owner[1].flush()
        fcntl.flock(_owner[1], fcntl.LOCK_UN)
        _owner = None


def _step_behind_earlier_attempts():
    last = -1
    for path in glob.glob(os.path.join(glob.escape(_run_dir()), "metrics-*.jsonl")):
        with open(path, encoding="utf-8", errors="replace") as file:
            for line in file if path != os.environ.get("TARAMA_METRICS") else ():
                found = re.match(r'{"step": (\d+), .*}$', line)  # not one that was cut off
                last = max(last, int(found[1])) if found else last
    return last + 1


class Artifact:
    def __init__(self, name, type="unspecified", description=None, metadata=None, **_):
        self.name, self.type, self.description, self.metadata = name, type, description, metadata or {}
        self.aliases, self.version, self.id = [], "v0", None

    add_file = add_dir = add_reference = add = remove = save = wait = lambda self, *_, **__: self

    def new_file(self, name, mode="x", encoding=None):
        path = os.path.join(_run_dir(), "artifacts", self.name.replace("/", "_"), name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        return open(path, mode.replace("x", "w"), encoding=encoding)


class _Taken:
    """What stands for pictures, tables and the like: it takes anything, and is left out where it is logged."""

    def __init__(self, *given, columns=None, **more):
        self.columns, self.data = list(columns or []), []

    add_data = add_column = add_row = lambda self, *_, **__: None  # of a table


def _kind(name):
    return type(name, (_Taken,), {})


for _name in ("Image", "Table", "Histogram", "Video", "Audio", "Html", "Object3D", "Molecule", "Plotly", "Graph",
              "Classes", "JoinedTable"):
    globals()[_name] = _kind(_name)


class _Plots:
    def __getattr__(self, name):
        if not name.startswith("__"):
            _remark("plots", "nothing is drawn: plots are left out")
            return _kind(name)
        raise AttributeError(name)


plot, sklearn, plot_table, visualize = _Plots(), _Plots(), _kind("plot"), _kind("plot")


Settings = types.SimpleNamespace
AlertLevel = types.SimpleNamespace(INFO="INFO", WARN="WARN", ERROR="ERROR")


def _run_dir():
    return os.environ.get("TARAMA_RUN_DIR") or os.getcwd()


class Run:
    _next_step = 0  # of the process: a second run of it goes on

    def __init__(self, given, resumes):
        self._reports, self._pid = _claim(), os.getpid()
        number = os.environ.get("TARAMA_RUN") or str(os.getpid())
        self.id, self.name = number, given.get("name") or f"run-{number}"
        self.project, self.entity = given.get("project") or "tarama", given.get("entity") or "tarama"
        self.group, self.job_type = given.get("group") or "", given.get("job_type") or ""
        self.notes, self.tags = given.get("notes"), tuple(given.get("tags") or ())
        self.settings = given.get("settings") or Settings()
        self.sweep_id = "tarama" if os.environ.get("TARAMA_RUN") else None
        self.path = f"{self.entity}/{self.project}/{self.id}"
        self.dir = _run_dir()
        self.url = self.sweep_url = self.project_url = ""
        self.start_time, self.offline, self.disabled = time.time(), True, False
        self.resumed = resumes and os.environ.get("TARAMA_RESUME") == "1"
        if self.resumed:
            Run._next_step = max(Run._next_step, _step_behind_earlier_attempts())
        self.starting_step = Run._next_step
        self.config, self.summary = Config(_sweep_params()), Summary(self)
        self._rules, self._ended = {}, False

    step = property(lambda self: Run._next_step)

    def log(self, data, step=None, commit=None, sync=None):
        """As theirs: a call is a step, unless it names one, or says commit=False, which adds to the step at hand."""
        if not hasattr(data, "keys"):
            raise TypeError("wandb.log must be passed a dictionary")
        if any(not isinstance(key, str) for key in data.keys()):
            raise TypeError("Key values passed to `wandb.log` must be strings.")
        if self._ended:
            raise UsageError(f"Run ({self.id}) is finished. The call to `log` will be ignored. Please make sure that "
                             "you are using an active run.")
        with _lock:
            if step is not None:
                step = int(step)
                if step < Run._next_step:
                    _remark("order", f"log(step={step}) comes after step {Run._next_step}: such numbers are left out, "
                                     "as W&B does")
                    return
                Run._next_step = step
            self._report(data)
            if (step is None and commit is None) or commit:
                Run._next_step += 1

    def _report(self, data):
        with _lock:
            numbers = _numbers(data)
            if numbers and not self._reports:
                _remark("other", "another process of this script has the run that tarama sees: the numbers of this "
                                 "one, which W&B has as a run of its own, are left out")
            elif numbers:
                _write({"step": Run._next_step, **numbers})
                self.summary._logged(numbers, self._rules)

    def define_metric(self, name, step_metric=None, step_sync=None, hidden=None, summary=None, goal=None,
                      overwrite=None):
        rule = next((word for word in ("max", "min", "best", "mean", "first") if word in (summary or "")), None)
        if rule:
            self._rules[name] = {"best": (goal or "")[:3]}.get(rule, rule)
            _remark(("rule", name), f"define_metric({name!r}, summary={summary!r}): which value ranks the run, the "
                                    "sweep file says: metric.take is last, or best")
        return types.SimpleNamespace(name=name, step_metric=step_metric, summary=summary, goal=goal)

    def save(self, glob_str=None, base_path=None, policy="live"):
        """Copies the files into the run's folder, as they are now."""
        saved = []
        for path in sorted(glob.glob(os.fspath(glob_str or ""))):
            saved.append(os.path.join(self.dir, os.path.relpath(path, base_path or os.path.dirname(path) or ".")))
            if os.path.isfile(path) and os.path.abspath(path) != os.path.abspath(saved[-1]):
                os.makedirs(os.path.dirname(saved[-1]), exist_ok=True)
                shutil.copyfile(path, saved[-1])
        return saved

    def log_artifact(self, artifact_or_path, name=None, type=None, aliases=None, tags=None):
        _remark("artifact", "artifacts are not kept: files stay where they are, and run.dir is the run's own folder")
        return artifact_or_path if isinstance(artifact_or_path, Artifact) else Artifact(name or str(artifact_or_path))

    upsert_artifact = finish_artifact = log_model = log_artifact

    def alert(self, title, text="", level=None, wait_duration=None):
        termlog(f"{title}: {text}")

    def finish(self, exit_code=None, quiet=None):
        global run
        self._ended = True
        if self._reports:
            _give_back()
        if run is self:
            run = None
            globals().update(_BEFORE_INIT)

    join = finish

    def watch(self, *_, **__):
        return ()

    unwatch = log_code = mark_preempting = _label = display = pin_config_keys = link_artifact = link_model = watch
    get_url = get_sweep_url = get_project_url = to_html = lambda self, *_, **__: self.url

    def use_artifact(self, *_, **__):
        raise Error("wandb.use_artifact: nothing is fetched from Weights & Biases here; give the script its data as a "
                    "file, and name it in trainer.inputs")

    use_model = restore = use_artifact

    def __getattr__(self, name):
        raise _unknown(f"wandb.Run.{name}")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.finish()


def init(entity=None, project=None, dir=None, id=None, name=None, notes=None, tags=None, config=None,
         config_exclude_keys=None, config_include_keys=None, reinit=None, resume=None, sync_tensorboard=None, **others):
    """The run of this process. What the script gives as config are defaults: the sweep's parameters win."""
    global run
    if sync_tensorboard or others.get("tensorboard"):
        _remark("tensorboard", "init(sync_tensorboard=True) has no meaning here: for a script that reports by event "
                               "files alone write metrics: tensorboard in the sweep file")
    given = {key: value for key, value in _as_mapping(config).items()
             if key not in (config_exclude_keys or ()) and (not config_include_keys or key in config_include_keys)}
    with _lock:
        if run is not None and run._pid == os.getpid() and reinit not in (True, "finish_previous", "create_new"):
            run.config.update(given, allow_val_change=True)
            return run
        termlog("this is tarama's stand-in for wandb: numbers go to tarama, nothing to Weights & Biases")
        run = Run({**others, "name": name, "project": project, "entity": entity, "notes": notes,
                   "tags": (tags,) if isinstance(tags, str) else tags}, bool(resume) and resume != "never")
        if os.path.exists("config-defaults.yaml"):
            given = {**_dict_in_file("config-defaults.yaml"), **given}
        run.config._set_defaults_below(given)
        globals().update(config=run.config, summary=run.summary)
        return run


class _BeforeInit:
    def __init__(self, name):
        object.__setattr__(self, "_name", name)

    def _refuse(self, key, value=None):
        if str(key).startswith("__"):
            raise AttributeError(key)
        raise Error(f"You must call wandb.init() before {self._name}.{key}")

    __getattr__ = __getitem__ = __setattr__ = __setitem__ = _refuse


_BEFORE_INIT = {name: _BeforeInit("wandb." + name) for name in ("config", "summary")}
globals().update(_BEFORE_INIT)


def _of_the_run(name):
    def call(*given, **more):
        if run is None:
            raise Error(f"You must call wandb.init() before wandb.{name}()")
        return getattr(run, name)(*given, **more)

    call.__name__ = name
    return call


for _name in ("log", "save", "watch", "unwatch", "define_metric", "log_artifact", "log_model", "link_model", "alert",
              "mark_preempting", "log_code", "use_artifact", "use_model", "restore"):
    globals()[_name] = _of_the_run(_name)


def finish(exit_code=None, quiet=None):
    if run is not None:
        run.finish()


join = teardown = finish
login = setup = require = lambda *_, **__: True


def sweep(sweep=None, *_, **__):
    """Of a sweep within the script: what it varies has to stand in the file that tarama runs."""
    given = sweep.get("parameters", {}) if isinstance(sweep, collections.abc.Mapping) else {}
    _constants.update((name, axis["value"]) for name, axis in given.items() if "value" in axis)
    told = {name.split(".")[0] for name in json.loads(os.environ.get("TARAMA_PARAMS") or "{}")} | {"seed"}
    missing = [name for name in given if name not in _constants and name.split(".")[0] not in told]
    if missing or not os.environ.get("TARAMA_RUN"):
        raise Error("wandb.sweep: the sweep is the file that tarama runs. Write below its `parameters` what this one "
                    f"varies: {', '.join(missing)}")
    return "tarama"


def agent(sweep_id=None, function=None, *_, **__):
    """One call of the function: the run at hand."""
    if function is None or not os.environ.get("TARAMA_RUN"):
        raise Error("wandb.agent does nothing here: tarama is the agent. Let the script call its training function "
                    "itself, once; its parameters are in wandb.config, and the sweep is the file that tarama runs")
    _remark("agent", "tarama is the agent: the function is called once, with the parameters of this run")
    function()


def _unknown(what):
    return AttributeError(f"{what} is not in tarama's stand-in for wandb, which reports numbers alone. Leave it out "
                          "under tarama (there TARAMA_RUN is set), or run the script with the real module: without "
                          "`metrics: wandb`, its numbers reported by tarama_report (`tarama helper python`)")


class _Refusals(importlib.abc.MetaPathFinder):
    def find_spec(self, fullname, path=None, target=None):
        if fullname.startswith(__name__ + "."):
            raise ModuleNotFoundError(str(_unknown(fullname)), name=fullname)


class _Module(types.ModuleType):
    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)
        raise _unknown(f"wandb.{name}")

    def __setattr__(self, name, value):
        """`wandb.config = {...}` after init(): as config.update() of it, so that the sweep's parameters stay."""
        if name == "config" and run is not None and value is not run.config:
            run.config._set(_as_mapping(value), allow_val_change=True)
        else:
            super().__setattr__(name, value)


sys.meta_path.insert(0, _Refusals())
sys.modules[__name__].__class__ = _Module
