"""Public packages that tests and measurements look into, in one exact version, kept in a cache outside the checkout.

They are unpacked as published, not installed: nothing of them runs here, and none of their dependencies come along.
"""

from __future__ import annotations

import base64
import hashlib
import os
import subprocess
import tarfile
from dataclasses import dataclass
from pathlib import Path


class NotThere(Exception):
    """npm is missing, or the registry did not give what was asked for."""


@dataclass(frozen=True, slots=True)
class Package:
    name: str
    version: str
    sha512: str  # of the archive, base64; what the registry calls its integrity


def unpacked(package: Package) -> Path:
    """The folder with its files. Raises NotThere."""
    flat = package.name.lstrip("@").replace("/", "-")
    folder = cache() / f"{flat}-{package.version}"
    if not folder.is_dir():
        archive = _archive(package, cache() / f"{flat}-{package.version}.tgz")
        # Unpacked beside it first, so that a folder of this name is always whole.
        beside = folder.with_name(f".{folder.name}.{os.getpid()}")
        with tarfile.open(archive) as files:
            files.extractall(beside, filter="data")
        beside.replace(folder)
    return folder / "package"


def cache() -> Path:
    folder = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "tajo-tests"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def _archive(package: Package, archive: Path) -> Path:
    if not archive.exists():
        wanted = f"{package.name}@{package.version}"
        command = ["npm", "pack", wanted, "--silent", "--pack-destination", str(cache())]
        try:
            done = subprocess.run(command, cwd=cache(), capture_output=True, text=True, timeout=300, check=False)
        except FileNotFoundError as problem:
            raise NotThere("npm is not installed") from problem
        if done.returncode != 0:
            raise NotThere(f"{wanted}: {done.stderr.strip() or done.stdout.strip()}")
    found = base64.b64encode(hashlib.sha512(archive.read_bytes()).digest()).decode()
    if found != package.sha512:
        archive.unlink()
        raise NotThere(f"{archive.name} is not the archive that was published: {found}")
    return archive
