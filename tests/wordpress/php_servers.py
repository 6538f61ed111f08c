"""The ways a shop's PHP answers.

PHP-FPM can finish a page and go on; PHP's own server and Apache's module pass on what they get and end with PHP.
"""

from __future__ import annotations

import functools
import getpass
import http.client
import shutil
import socket
import struct
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from email.message import Message
from pathlib import Path
from tempfile import TemporaryDirectory, gettempdir

from tests.ports import free_port

SCRIPT = Path(__file__).parent / "stand_in" / "shop.php"
LONGEST_START_S = 10.0
LONGEST_ANSWER_S = 60.0
BEGIN, END, PARAMS, STDIN, STDOUT = 1, 3, 4, 5, 6
LARGEST_RECORD = 65_535

APACHE = """
{loads}
ServerName localhost
Listen 127.0.0.1:{port}
PidFile {folder}/apache.pid
Mutex file:{folder}
ErrorLog {folder}/apache.log
User www-data
Group www-data
<Directory />
    Require all granted
</Directory>
<FilesMatch \\.php$>
    SetHandler application/x-httpd-php
</FilesMatch>
RewriteEngine on
RewriteRule ^ {script} [END]
AddOutputFilterByType DEFLATE text/html
SetEnvIf X-Plain 1 no-gzip
php_value output_buffering 4096
"""

# Sends a body, waits until the page is finished, gives the page.
Ask = Callable[[bytes], bytes]
# The same with method and headers; gives the answer's status and headers, too.
Web = Callable[..., tuple[int, Message, bytes]]


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
    """PHP's own web server: a page is finished when PHP is, or when its length is reached. Raises NoPhp."""
    with built_in_web() as web:
        yield lambda body: web(body)[2]


@contextmanager
def built_in_web(**settings: str) -> Iterator[Web]:
    """`settings`: of PHP, `__` for a dot. Raises NoPhp."""
    program = shutil.which("php")
    if program is None:
        raise NoPhp("php is not installed")
    port = free_port()
    given = [f"-d{name.replace('__', '.')}={value}" for name, value in settings.items()]
    command = [program, *given, "-S", f"127.0.0.1:{port}", str(SCRIPT)]
    with _running(command, lambda: _connects(socket.AF_INET, ("127.0.0.1", port))):
        yield functools.partial(_http, port)


@contextmanager
def apache(folder: Path) -> Iterator[Ask]:
    """In a folder of `open_to_all`. Raises NoPhp."""
    with apache_web(folder) as web:
        yield lambda body: web(body)[2]


@contextmanager
def open_to_all() -> Iterator[Path]:
    """A folder that Apache's own user may read and write, wherever this machine keeps what is only for a while."""
    places = (Path(gettempdir()), Path("/tmp"), Path("/var/tmp"))
    place = next((one for one in places if all(part.stat().st_mode & 1 for part in (one, *one.parents))), None)
    with TemporaryDirectory(dir=place) as folder:
        Path(folder).chmod(0o777)
        yield Path(folder)


@contextmanager
def apache_web(folder: Path) -> Iterator[Web]:
    """With PHP as its module and the filter that compresses, as Debian sets it up. Raises NoPhp."""
    modules = Path("/usr/lib/apache2/modules")
    module = next(iter(sorted(modules.glob("libphp*.so"))), None)
    program = shutil.which("apache2") or shutil.which("apache2", path="/usr/sbin")
    if program is None or module is None:
        raise NoPhp("apache2 with libapache2-mod-php is not installed")
    port, settings = free_port(), folder / "apache.conf"
    names = ("mpm_prefork", "authz_core", "filter", "deflate", "rewrite", "setenvif")
    loaded = {name: modules / f"mod_{name}.so" for name in names}
    loads = "\n".join(f"LoadModule {name}_module {file}" for name, file in {**loaded, "php": module}.items())
    shutil.copytree(SCRIPT.parent, folder / "shop")  # Apache's own user may not see the folder it is in
    settings.write_text(APACHE.format(loads=loads, port=port, folder=folder, script=folder / "shop" / SCRIPT.name))
    command = [program, "-f", str(settings), "-D", "FOREGROUND"]
    with _running(command, lambda: _connects(socket.AF_INET, ("127.0.0.1", port))):
        yield functools.partial(_http, port)


def _http(port: int, body: bytes, method: str = "POST", **headers: str) -> tuple[int, Message, bytes]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=LONGEST_ANSWER_S)
    try:
        connection.request(method, "/", body, {name.replace("_", "-"): value for name, value in headers.items()})
        answer = connection.getresponse()
        return answer.status, answer.headers, answer.read()
    finally:
        connection.close()


@contextmanager
def _running(command: list[str], is_up: Callable[[], bool]) -> Iterator[None]:
    # A group of its own: Apache ends the whole of its group when it is ended.
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True)
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
