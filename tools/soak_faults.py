"""What befalls the stores of a soak (tools/soak.py): each fault says whether it really happened.

A fault returns False where there was nothing that it could have befallen; it counts for nothing then.
"""
import collections
import os
import pathlib
import random
import signal
import socket
import sqlite3
import struct
import subprocess
import threading
import time

FAULTS = {  # how often, beside one another
    "kill_worker": 8, "kill_orchestrator": 4, "stop_worker": 2, "stop_orchestrator": 1, "sleep_machine": 1,
    "cut_stream": 2, "torn_stream": 2, "torn_frames": 1, "silent_peers": 1, "foreign_lock": 1, "full_disk": 1,
    "clock_jump": 2, "pause": 1, "submit_again": 1,
}
Fault = collections.namedtuple("Fault", "at kind victim seconds")


def plan_of(seed, minutes, kinds):
    """Moments of faults, in seconds from the start: each kind once, then whatever is drawn."""
    rng = random.Random(seed)
    first = rng.sample(sorted(kinds), len(kinds))
    plan, at = [], 1.0
    while at < minutes * 60 or first:
        kind = first.pop() if first else rng.choices(list(kinds), [FAULTS[kind] for kind in kinds])[0]
        plan.append(Fault(round(at, 2), kind, rng.randrange(1000), round(rng.uniform(0.2, 4), 2)))
        at += rng.uniform(0.2, 3)
    return plan


class Wire:
    """Between workers and their orchestrator: passes bytes on, and breaks streams when it is told to."""

    def __init__(self, path, control_socket):
        self.path, self.control_socket = path, control_socket
        self.lock, self.streams = threading.Lock(), []
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind(str(path))
        self.listener.listen(128)
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            worker, _ = self.listener.accept()
            orchestrator = socket.socket(socket.AF_UNIX)
            try:
                orchestrator.connect(str(self.control_socket))
            except OSError:
                worker.close()  # nobody is there: the worker tries again
                continue
            stream = {"ends": (worker, orchestrator), "tear": None, "is_torn": threading.Event()}
            with self.lock:
                self.streams.append(stream)
            for way in (0, 1):
                threading.Thread(target=self.carry, args=(stream, way), daemon=True).start()

    def carry(self, stream, way):
        source, target = stream["ends"][way], stream["ends"][1 - way]
        try:
            while data := source.recv(65536):
                if stream["tear"] == way and len(data) > 1:
                    target.sendall(data[:len(data) // 2])
                    stream["is_torn"].set()
                    break
                target.sendall(data)
        except OSError:
            pass
        self.cut(stream)

    def cut(self, stream):
        with self.lock:
            if stream not in self.streams:
                return
            self.streams.remove(stream)
        for end in stream["ends"]:
            try:
                end.shutdown(socket.SHUT_RDWR)  # what is on its way is lost
            except OSError:
                pass

    def pick(self, victim):
        with self.lock:
            return self.streams[victim % len(self.streams)] if self.streams else None


class WallClock:
    """The time of day of an orchestrator and its workers (tools/clock_jump.c)."""

    def __init__(self, folder):
        self.file, self.library = folder / "clock", folder / "clock_jump.so"
        source = pathlib.Path(__file__).resolve().parent / "clock_jump.c"
        try:
            built = subprocess.run(["cc", "-shared", "-fPIC", "-O1", "-o", self.library, source, "-ldl"],
                                   capture_output=True, check=False)
            self.works = built.returncode == 0
        except OSError:
            self.works = False
        self.set(0)

    def set(self, nanoseconds):
        if self.file.exists():
            with open(self.file, "r+b") as file:
                file.write(struct.pack("<q", nanoseconds))
        else:
            self.file.write_bytes(struct.pack("<qq", nanoseconds, 0))

    def seen(self):
        return struct.unpack("<qq", self.file.read_bytes())[1]

    def environment(self):
        return {"LD_PRELOAD": str(self.library), "TARAMA_CLOCK_FILE": str(self.file)} if self.works else {}


def wait_for(holds, seconds):
    end = time.monotonic() + seconds
    while not (it_does := holds()) and time.monotonic() < end:
        time.sleep(0.05)
    return it_does


def send_signal(pids, what):
    """How many of them got it."""
    reached = 0
    for pid in pids:
        try:
            os.kill(pid, what)
            reached += 1
        except ProcessLookupError:
            pass
    return reached


def is_stopped(pid):
    try:
        return (pathlib.Path("/proc") / str(pid) / "stat").read_text().rsplit(")", 1)[1].split()[0] == "T"
    except OSError:
        return False


def stand_still(pids, seconds):
    send_signal(pids, signal.SIGSTOP)
    stood = wait_for(lambda: any(is_stopped(pid) for pid in pids), 1)
    time.sleep(seconds)
    send_signal(pids, signal.SIGCONT)
    return stood


def connect(store):
    peer = socket.socket(socket.AF_UNIX)
    peer.settimeout(2)
    peer.connect(str(store.folder / "control.sock"))
    return peer


def kill_worker(store, fault):
    workers = store.processes()
    return bool(workers) and send_signal([workers[fault.victim % len(workers)]], signal.SIGKILL) == 1


def stop_worker(store, fault):
    workers = store.processes()
    return bool(workers) and stand_still([workers[fault.victim % len(workers)]], fault.seconds)


def kill_orchestrator(store, fault):
    store.process.kill()
    was_killed = store.process.wait() == -signal.SIGKILL
    time.sleep(fault.seconds if fault.victim % 3 == 0 else 0)
    store.serve()
    return was_killed


def stop_orchestrator(store, fault):
    return stand_still([store.process.pid], fault.seconds)


def sleep_machine(store, fault):
    return stand_still([store.process.pid, *store.processes()], fault.seconds)


def cut_stream(store, fault):
    stream = store.wire.pick(fault.victim)
    if stream:
        store.wire.cut(stream)
    return stream is not None


def torn_stream(store, fault):
    """Half of what one of both sides says next, and then the end of the stream."""
    stream = store.wire.pick(fault.victim)
    if stream:
        stream["tear"] = 0 if fault.victim % 3 else 1
    return stream is not None and stream["is_torn"].wait(5)


def torn_frames(store, fault):
    """Of strangers: half frames, frames of noise, and lengths that nobody keeps."""
    rng, said = random.Random(fault.victim), 0
    for _ in range(50):
        try:
            peer = connect(store)
            promised = rng.choice([0, 10, 1000, 64 << 20, 2**32 - 1])
            header = struct.pack("<IHH", promised, rng.choice([1, 4, 999]), rng.randrange(40))
            peer.sendall((header + rng.randbytes(rng.randrange(200)))[:rng.randrange(1, 208)])
            peer.close()
            said += 1
        except OSError:
            pass  # hung up on, which is its right
    return said > 0


def silent_peers(store, fault):
    peers = []
    try:
        for _ in range(300):
            peers.append(connect(store))
    except OSError:
        pass
    time.sleep(fault.seconds)
    for peer in peers:
        peer.close()
    return bool(peers)


def foreign_lock(store, fault):
    database = sqlite3.connect(store.folder / "tarama.db", isolation_level=None, timeout=5)
    try:
        database.execute("BEGIN IMMEDIATE")
        time.sleep(fault.seconds)
        database.execute("ROLLBACK")
        return True
    except sqlite3.OperationalError:
        return False  # the orchestrator was faster for 5 s
    finally:
        database.close()


def feels_a_full_disk(store):
    status = store.status()
    disk = (status or {}).get("disk")
    return bool(status and (status["store_trouble"] or (disk and disk["is_short"])))


def full_disk(store, fault):
    """To the last byte, and until the orchestrator says so."""
    filler, is_full = store.folder.parent / "filler", False
    with open(filler, "wb", buffering=0) as file:
        for piece in (1 << 16, 1 << 12, 1):
            try:
                while file.write(b"x" * piece) > 0:
                    pass
            except OSError:
                is_full = True
    was_felt = is_full and wait_for(lambda: feels_a_full_disk(store), 10)
    time.sleep(fault.seconds)
    filler.unlink(missing_ok=True)
    return was_felt


def clock_jump(store, fault):
    """By hours or weeks, forth and back; whether somebody has read the clock since."""
    hours = random.Random(fault.victim).choice([-24 * 40, -25, -1, 0, 1, 25, 24 * 40])
    offset = hours * 3600 * 10**9 + fault.victim + 1
    store.clock.set(offset)
    return wait_for(lambda: store.clock.seen() == offset, 5)


def pause(store, fault):
    paused = store.command("pause", "last", accept=None).returncode == 0
    time.sleep(fault.seconds)
    store.command("resume", "last", accept=None)
    return paused


def submit_again(store, fault):
    return store.command("submit", store.sweep, accept=None).returncode == 0


def commit_fault(store, fault):
    return bool(globals()[fault.kind](store, fault))
