"""The parent of the web server and the worker: standard library only, so that it costs next to nothing.

Run as a file, with one argument, JSON: {"web": [command …], "worker": [command …] or null}. It starts the
worker again (waiting longer each time) when that dies, and ends when the web server does. SIGTERM and SIGINT
stop the web server first, then the worker, which finishes the batch in hand. If the parent is killed, the
kernel tells the children (PR_SET_PDEATHSIG).
"""

import ctypes
import json
import os
import signal
import subprocess
import sys
import time

PR_SET_PDEATHSIG = 1
LOOK_S = 0.1
WEB_GRACE_S = 35.0  # gunicorn's own grace is shorter
WORKER_GRACE_S = 30.0
LONGEST_PAUSE_S = 30.0
HEALTHY_AFTER_S = 60.0  # a worker that lived so long starts again at once


def start(command: list[str]) -> "subprocess.Popen[bytes]":
    """A child in a session of its own (Ctrl-C reaches the parent alone) that ends when the parent does."""
    libc = ctypes.CDLL(None, use_errno=True)
    parent = os.getpid()

    def follow_parent() -> None:
        libc.prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
        if os.getppid() != parent:  # it died before we asked
            os._exit(1)

    return subprocess.Popen(command, preexec_fn=follow_parent, start_new_session=True)


def stop(child: "subprocess.Popen[bytes] | None", grace_s: float) -> None:
    """SIGTERM, and SIGKILL for who does not end in time."""
    if child is None or child.poll() is not None:
        return
    child.terminate()
    try:
        child.wait(grace_s)
    except subprocess.TimeoutExpired:
        child.kill()
        child.wait()


def supervise(web_command: list[str], worker_command: "list[str] | None") -> int:
    """Until told to stop (0) or the web server ends by itself (1)."""
    told: list[int] = []
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, lambda received, _: told.append(received))
    web = start(web_command)
    worker = start(worker_command) if worker_command else None
    started_at, pause_s, restart_at = time.monotonic(), 1.0, 0.0
    try:
        while not told:
            if web.poll() is not None:
                say(f"the web server ended (status {web.returncode}); stopping")
                return 1
            now = time.monotonic()
            if worker is not None and worker.poll() is not None and not restart_at:
                pause_s = 1.0 if now - started_at > HEALTHY_AFTER_S else min(pause_s * 2, LONGEST_PAUSE_S)
                restart_at = now + pause_s
                say(f"the worker ended (status {worker.returncode}); again in {pause_s:g} s")
            if worker_command and restart_at and now >= restart_at:
                worker, started_at, restart_at = start(worker_command), now, 0.0
            time.sleep(LOOK_S)
        return 0
    finally:
        stop(web, WEB_GRACE_S)
        stop(worker, WORKER_GRACE_S)


def say(sentence: str) -> None:
    print(f"tajo: {sentence}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    plan = json.loads(sys.argv[1])
    sys.exit(supervise(plan["web"], plan["worker"]))
