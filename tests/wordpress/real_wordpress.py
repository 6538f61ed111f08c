"""A WordPress of its own for a test: Debian's files, a MariaDB and a web server that nobody else sees."""

from __future__ import annotations

import getpass
import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
import requests

from tests.ports import free_port
from tests.tracker.wordpress import tool

DEBIAN = Path("/usr/share/wordpress")
PASSWORD = "a-password-of-the-test"
LONGEST_START_S = 120.0
CONFIG = """<?php
define('DB_NAME', 'wordpress');
define('DB_USER', 'root');
define('DB_PASSWORD', '');
define('DB_HOST', 'localhost:{socket}');
define('DB_CHARSET', 'utf8mb4');
define('DB_COLLATE', '');
define('WP_HOME', '{address}');
define('WP_SITEURL', '{address}');
define('WP_DEBUG', true);
define('WP_DEBUG_DISPLAY', false);
define('WP_DEBUG_LOG', '{folder}/debug.log');
define('DISABLE_WP_CRON', true);
define('AUTOMATIC_UPDATER_DISABLED', true);
define('WP_HTTP_BLOCK_EXTERNAL', true);
define('WP_ACCESSIBLE_HOSTS', '127.0.0.1');
{more}
$table_prefix = 'wp_';
if (!defined('ABSPATH')) {{
    define('ABSPATH', '{folder}/');
}}
require_once ABSPATH . 'wp-settings.php';
"""
INSTALL = f"""
define('WP_INSTALLING', true);
require 'wp-load.php';
require 'wp-admin/includes/upgrade.php';
wp_install('A shop', 'admin', 'admin@shop.example', true, '', '{PASSWORD}');
"""


@dataclass
class RealWordPress:
    folder: Path
    address: str

    def php(self, code: str) -> str:
        """What a script inside this WordPress prints."""
        command = [tool("php"), "-r", f"$_SERVER['HTTP_HOST'] = 'localhost'; {code}"]
        done = subprocess.run(command, cwd=self.folder, capture_output=True, text=True, timeout=300, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def inside(self, code: str) -> str:
        return self.php(f"require 'wp-load.php'; require_once 'wp-admin/includes/admin.php'; {code}")

    def logged_in(self) -> requests.Session:
        session = requests.Session()
        session.get(f"{self.address}/wp-login.php", timeout=300)  # sets the cookie that it looks for
        form = {"log": "admin", "pwd": PASSWORD, "testcookie": "1"}
        answer = session.post(f"{self.address}/wp-login.php", form, timeout=300)
        assert "wp-admin" in answer.url, answer.text[:2000]
        return session

    def complaints(self) -> list[str]:
        """What PHP and WordPress said against our files."""
        log = self.folder / "debug.log"
        lines = log.read_text(encoding="utf-8", errors="replace").splitlines() if log.exists() else []
        return [line for line in lines if "tajo" in line.lower()]


def missing() -> list[str]:
    """What has to be installed before a WordPress can be opened."""
    has_mysqli = shutil.which("php") and "mysqli" in subprocess.check_output(["php", "-m"], text=True)
    return [
        *([] if DEBIAN.is_dir() else ["wordpress"]),
        *([] if shutil.which("mariadbd") or Path("/usr/sbin/mariadbd").exists() else ["mariadb-server"]),
        *([] if has_mysqli else ["php-mysql"]),
    ]


@contextmanager
def open_wordpress(folder: Path, files: Path = DEBIAN, more: str = "") -> Iterator[RealWordPress]:
    """`more`: lines of wp-config.php. Not installed: a failure in CI, else the test is skipped."""
    if lacking := missing():
        if os.environ.get("CI"):
            pytest.fail(f"not installed: {', '.join(lacking)}")
        pytest.skip(f"not installed: {', '.join(lacking)}")
    site = folder / "site"
    shutil.copytree(files, site, ignore=shutil.ignore_patterns("wp-config.php", "languages"), dirs_exist_ok=True)
    (site / "wp-content" / "plugins").mkdir(parents=True, exist_ok=True)
    port = free_port()
    address = f"http://127.0.0.1:{port}"
    with _database(folder) as place:
        (site / "wp-config.php").write_text(CONFIG.format(socket=place, address=address, folder=site, more=more))
        wordpress = RealWordPress(site, address)
        wordpress.php(INSTALL)
        command = [tool("php"), "-S", f"127.0.0.1:{port}", "-t", str(site)]
        environment = {**os.environ, "PHP_CLI_SERVER_WORKERS": "3"}
        with _running(command, lambda: _connects(socket.AF_INET, ("127.0.0.1", port)), environment):
            yield wordpress


@contextmanager
def _database(folder: Path) -> Iterator[Path]:
    data, place = folder / "data", folder / "db.sock"
    user = f"--user={getpass.getuser()}"
    subprocess.run(
        ["mariadb-install-db", "--no-defaults", f"--datadir={data}", user, "--auth-root-authentication-method=normal"],
        check=True,
        capture_output=True,
        timeout=300,
    )
    command = [
        shutil.which("mariadbd") or "/usr/sbin/mariadbd",
        *("--no-defaults", f"--datadir={data}", f"--socket={place}", f"--pid-file={folder}/db.pid", user),
        *("--skip-networking", "--innodb-flush-log-at-trx-commit=0", "--innodb-buffer-pool-size=32M"),
    ]
    with _running(command, lambda: _connects(socket.AF_UNIX, str(place)), dict(os.environ)):
        subprocess.run(
            ["mariadb", "--no-defaults", f"--socket={place}", "-uroot", "-e", "CREATE DATABASE wordpress"],
            check=True,
            timeout=60,
        )
        yield place


@contextmanager
def _running(command: list[str], is_up: Callable[[], bool], environment: dict[str, str]) -> Iterator[None]:
    # A session of its own: PHP's web server leaves its workers behind when it alone is ended.
    process = subprocess.Popen(
        command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=environment, start_new_session=True
    )
    try:
        end = time.monotonic() + LONGEST_START_S
        while not is_up():
            assert process.poll() is None, f"{command[0]} ended"
            assert time.monotonic() < end, f"{command[0]} did not come up"
            time.sleep(0.1)
        yield
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        process.wait(60)


def _connects(family: int, place: str | tuple[str, int]) -> bool:
    with socket.socket(family) as probe:
        return probe.connect_ex(place) == 0
