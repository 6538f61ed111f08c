"""The two ways a shop's PHP answers: PHP-FPM, which can finish a page and go on, and a server that cannot."""

from __future__ import annotations

import getpass
import http.client
import shutil
import socket
import struct
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.ports import free_port

SCRIPT = Path(__file__).parent / "stand_in" / "shop.php"
LONGEST_START_S = 10.0
LONGEST_ANSWER_S = 60.0
BEGIN, END, PARAMS, STDIN, STDOUT = 1, 3, 4, 5, 6
LARGEST_RECORD = 65_535

# Sends a body, waits until the page is finished, gives the page.
Ask = Callable[[bytes], bytes]


class NoPhp(Exception):
    """Not installed here."""


@contextmanager
def fpm(folder: Path) -> Iterator[Ask]:
    """Raises NoPhp."""
    program = next(iter(sorted(Path("/usr/sbin").glob("php-fpm*"))), None)
    if program is None:
        raise NoPhp("php-fpm is not installed")
    place, settings = folder / "fpm.sock", folder / "fpm.conf"
    settings.write_text(
        f"[global]\nerror_log = {folder}/fpm.log\ndaemonize = no\n"
        f"[shop]\nuser = {getpass.getuser()}\nlisten = {place}\npm = static\npm.max_children = 24\n"
    )
    command = [str(program), "--nodaemonize", "--allow-to-run-as-root", "--fpm-config", str(settings)]
    with _running(command, lambda: _connects(socket.AF_UNIX, str(place))):
        yield lambda body: _fastcgi(str(place), body)


@contextmanager
def built_in() -> Iterator[Ask]:
    """PHP's own web server: as under Apache's module, a page is finished when PHP is. Raises NoPhp."""
    program = shutil.which("php")
    if program is None:
        raise NoPhp("php is not installed")
    port = free_port()

    def ask(body: bytes) -> bytes:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=LONGEST_ANSWER_S)
        connection.request("POST", "/", body)
        try:
            return connection.getresponse().read()
        finally:
            connection.close()

    command = [program, "-S", f"127.0.0.1:{port}", str(SCRIPT)]
    with _running(command, lambda: _connects(socket.AF_INET, ("127.0.0.1", port))):
        yield ask


@contextmanager
def _running(command: list[str], is_up: Callable[[], bool]) -> Iterator[None]:
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        end = time.monotonic() + LONGEST_START_S
        while not is_up():
            if process.poll() is not None or time.monotonic() > end:
                raise RuntimeError(f"{command[0]} did not come up")
            time.sleep(0.05)
        yield
    finally:
        process.terminate()
        process.wait()


def _connects(family: int, place: str | tuple[str, int]) -> bool:
    with socket.socket(family) as probe:
        return probe.connect_ex(place) == 0


def _fastcgi(place: str, body: bytes) -> bytes:
    """One request; ends when the server says that it is finished, whatever PHP still does."""
    values = {
        "SCRIPT_FILENAME": str(SCRIPT),
        "REQUEST_METHOD": "POST",
        "CONTENT_TYPE": "application/json",
        "CONTENT_LENGTH": str(len(body)),
    }
    params = b"".join(_length(name) + _length(value) + f"{name}{value}".encode() for name, value in values.items())
    with socket.socket(socket.AF_UNIX) as connection:
        connection.settimeout(LONGEST_ANSWER_S)
        connection.connect(place)
        connection.sendall(_record(BEGIN, struct.pack("!HB5x", 1, 0)))
        for kind, content in ((PARAMS, params), (STDIN, body)):
            for start in range(0, len(content), LARGEST_RECORD):
                connection.sendall(_record(kind, content[start : start + LARGEST_RECORD]))
            connection.sendall(_record(kind, b""))
        page = b""
        with connection.makefile("rb") as answers:
            while True:
                _, kind, _, length, padding = struct.unpack("!BBHHBx", answers.read(8))
                content = answers.read(length + padding)[:length]
                if kind == STDOUT:
                    page += content
                if kind == END:
                    return page


def _record(kind: int, content: bytes) -> bytes:
    return struct.pack("!BBHHBx", 1, kind, 1, len(content), 0) + content


def _length(text: str) -> bytes:
    return bytes([len(text)]) if len(text) < 128 else struct.pack("!I", len(text) | 1 << 31)
