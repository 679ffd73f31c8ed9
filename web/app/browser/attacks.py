"""What other programs of this machine and other pages may try against a running `tarama dash`, while a sweep runs:
each refused or bounded, the page still answered, the sweep to its end.

usage: attacks.py BIN FOLDER   (BIN: with tarama and tarama-worker-fake; FOLDER: empty, for the store)
"""
import json
import os
import re
import resource
import socket
import subprocess
import sys
import time

problems = []


def check(holds, what):
    print(f"{'ok  ' if holds else 'FAIL'} {what}")
    if not holds:
        problems.append(what)


class Dash:
    def __init__(self, port, token):
        self.port = port
        self.token = token

    def connected(self):
        return socket.create_connection(("127.0.0.1", self.port), timeout=20)

    def said(self, request):
        with self.connected() as link:
            link.sendall(request.encode())
            reply = b""
            while part := link.recv(65536):
                reply += part
            return reply.decode(errors="replace")

    def get(self, path, host="127.0.0.1", more="", token=True):
        key = f"X-Tarama-Token: {self.token}\r\n" if token else ""
        return self.said(f"GET {path} HTTP/1.1\r\nHost: {host}\r\n{key}{more}Connection: close\r\n\r\n")

    def post(self, body, more, kind="application/json", token=True):
        key = f"X-Tarama-Token: {self.token}\r\n" if token else ""
        return self.said(f"POST /api/control HTTP/1.1\r\nHost: 127.0.0.1:{self.port}\r\n{key}{more}Content-Type: {kind}\r\n"
                         f"Content-Length: {len(body)}\r\nConnection: close\r\n\r\n{body}")


def status(reply):
    match = re.match(r"HTTP/1.1 (\d+)", reply)
    return int(match[1]) if match else 0


def until(holds, what):
    end = time.monotonic() + 60
    while not holds():
        if time.monotonic() > end:
            raise SystemExit(f"{what} is not there after a minute")
        time.sleep(0.1)


def data_files(folder):
    for name, rows in (("train", 800), ("eval", 40)):
        with open(f"{folder}/{name}.tsv", "w", encoding="utf-8") as file:
            file.writelines(f"{'cold' if i % 2 else 'warm'}\tnumber {i} is here\n" for i in range(rows))
    with open(f"{folder}/sweep.yaml", "w", encoding="utf-8") as file:
        file.write("name: attacked\nreplicates: 20\nparameters:\n  lr: {values: [1e-4, 3e-4]}\n  warmup: {values: [0.1]}\n  epochs: {values: [1]}\n"
                   "data: {train: train.tsv, eval: eval.tsv, text: 1, label: 0, max_tokens: 16}\n"
                   "model: {layers: 1, hidden: 16, heads: 2}\ntraining: {batch_size: 16}\n")
    with open(f"{folder}/script.json", "w", encoding="utf-8") as file:
        json.dump({"step_time": "8ms"}, file)


def ask_rudely(dash):
    """Requests that must be refused, each by the status that says why."""
    here = f"http://127.0.0.1:{dash.port}"
    cancel = json.dumps({"do": "cancel", "sweep": 1})
    for what, reply, expected in (
            ("no token", dash.get("/api/sweeps", token=False), {401}),
            ("a wrong token", dash.get("/api/sweeps", token=False, more=f"X-Tarama-Token: {'0' * 32}\r\n"), {401}),
            ("the token in the address", dash.get(f"/api/sweeps?token={dash.token}", token=False), {401}),
            ("another name of this host", dash.get("/api/sweeps", host=f"evil.example:{dash.port}"), {421}),
            ("a page of another site", dash.get("/api/sweeps", more="Origin: https://evil.example\r\n"), {403}),
            ("a page of another port", dash.get("/api/sweeps", more="Origin: http://127.0.0.1:1\r\n"), {403}),
            ("an order of a page of another site", dash.post(cancel, "Origin: https://evil.example\r\n"), {403}),
            ("an order of a page of another port", dash.post(cancel, "Origin: http://localhost:1\r\n"), {403}),
            ("an order of no origin", dash.post(cancel, "Origin: null\r\n"), {403}),
            ("an order as a form", dash.post(cancel, f"Origin: {here}\r\n", kind="text/plain"), {400, 403, 415}),
            ("an order without token", dash.post(cancel, f"Origin: {here}\r\n", token=False), {401}),
            ("an order that is none", dash.post(json.dumps({"do": "stop", "sweep": 1}), f"Origin: {here}\r\n"), {400})):
        check(status(reply) in expected and "attacked" not in reply, f"refused: {what} ({status(reply)})")
    for path in ("/../../../../etc/passwd", "/..%2f..%2f..%2fetc/passwd", "/%2e%2e/%2e%2e/etc/passwd", "//etc/passwd",
                 "/app.js/../../tarama.db", "/tarama.db", "/api/../../tarama.db", "/app.js%00.css", "/\\..\\..\\etc\\passwd"):
        reply = dash.get(path)
        check(status(reply) in (400, 404) and "root:" not in reply and "SQLite" not in reply, f"leads nowhere: {path} ({status(reply)})")


def crowd(dash, process):
    """A thousand connections that say nothing, and readers that take nothing; how long the next question takes."""
    links = []
    for _ in range(1000):
        try:
            links.append(dash.connected())
        except OSError:
            break
    for _ in range(40):
        link = dash.connected()
        link.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        link.sendall(f"GET /api/changes?after=0 HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Tarama-Token: {dash.token}\r\n\r\n".encode())
        links.append(link)
    began = time.monotonic()
    reply = dash.get("/api/sweeps")
    took = time.monotonic() - began
    descriptors = len(os.listdir(f"/proc/{process.pid}/fd"))
    memory = int(re.search(r"VmRSS:\s+(\d+)", open(f"/proc/{process.pid}/status", encoding="ascii").read())[1]) / 1000
    check(status(reply) == 200 and took < 5, f"behind {len(links)} idle connections a question took {1000 * took:.0f} ms")
    check(descriptors < 200 and memory < 150, f"which hold {descriptors} descriptors and {memory:.0f} MB")
    return links


def main(binaries, folder):
    resource.setrlimit(resource.RLIMIT_NOFILE, (4096, max(4096, resource.getrlimit(resource.RLIMIT_NOFILE)[1])))
    data_files(folder)
    env = {**os.environ, "TARAMA_WORKER": f"{binaries}/tarama-worker-fake", "TARAMA_FAKE_SCRIPT": f"{folder}/script.json"}
    words = ["--store", f"{folder}/store"]
    began = time.monotonic()
    sweep = subprocess.Popen([f"{binaries}/tarama", "run", f"{folder}/sweep.yaml", "--quiet", *words], env=env)
    until(lambda: os.path.exists(f"{folder}/store/control.sock"), "the sweep's orchestrator")
    server = subprocess.Popen([f"{binaries}/tarama", "dash", "--port", "0", "--control", *words], env=env,
                              stdout=subprocess.PIPE, text=True)
    try:
        address = re.search(r":(\d+)/#token=(\w+)", server.stdout.readline())
        dash = Dash(int(address[1]), address[2])
        until(lambda: "attacked" in dash.get("/api/sweeps"), "the sweep")
        ask_rudely(dash)
        links = crowd(dash, server)
        check(sweep.wait(timeout=300) == 0, f"the sweep came to its end beside all that, {time.monotonic() - began:.1f} s after its start")
        state = json.loads(dash.get("/api/sweeps").split("\r\n\r\n", 1)[1])["sweeps"][0]
        check(state["succeeded"] == 40 and state["cancelled"] == 0, "and no order of a stranger reached it")
        for link in links:
            link.close()
    finally:
        server.terminate()
        if sweep.poll() is None:
            sweep.terminate()
        server.wait(timeout=20)
        sweep.wait(timeout=60)


main(*sys.argv[1:])
sys.exit(1 if problems else 0)
