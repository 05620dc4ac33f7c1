"""A PostgreSQL of the tests' own."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest


class Postgresql:
    """A private cluster in a folder of its own, reached only through a unix socket, run by an ordinary user."""

    def __init__(self, folder: Path, programs: Path) -> None:
        self._folder, self._programs, self._made = folder, programs, 0
        self._user = (
            ["setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups"] if os.getuid() == 0 else []
        )
        if self._user:
            shutil.chown(folder, "nobody", "nogroup")
        self._run(
            "initdb", "-D", f"{folder}/db", "-U", "hall", "-A", "trust", "-E", "UTF8", "--no-sync", "-N"
        )
        self._run(
            "pg_ctl",
            "-D",
            f"{folder}/db",
            "-w",
            "-l",
            f"{folder}/log",
            "-o",
            f"-k {folder} -c listen_addresses='' -c fsync=off",
            "start",
        )

    def _run(self, program: str, *arguments: str) -> None:
        command = [*self._user, str(self._programs / program), *arguments]
        done = subprocess.run(command, cwd="/", capture_output=True, text=True, check=False)
        assert done.returncode == 0, f"{program}: {done.stdout}{done.stderr}"

    def new(self) -> str:
        """The URL of a new, empty database."""
        self._made += 1
        self._run("createdb", "-h", str(self._folder), "-U", "hall", f"hall{self._made}")
        return f"postgresql://hall@/hall{self._made}?host={self._folder}"

    def restart(self) -> None:
        """As a machine that crashed and came back."""
        self._run(
            "pg_ctl",
            "-D",
            f"{self._folder}/db",
            "-w",
            "-m",
            "immediate",
            "-l",
            f"{self._folder}/log",
            "restart",
        )

    def stop(self) -> None:
        self._run("pg_ctl", "-D", f"{self._folder}/db", "-w", "-m", "immediate", "stop")


@contextmanager
def database_server() -> Iterator[Postgresql]:
    """PostgreSQL's own programs, from PATH or where Debian puts them."""
    found = shutil.which("initdb")
    places = [Path(found).resolve().parent] if found else []
    places += sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    places = [place for place in places if (place / "pg_ctl").exists() and (place / "createdb").exists()]
    if not places:
        pytest.skip("没有 PostgreSQL 的程序（initdb、pg_ctl），装上 postgresql 才能做这一项")
    with tempfile.TemporaryDirectory(prefix="hall-pg-", ignore_cleanup_errors=True) as folder:
        cluster = Postgresql(Path(folder), places[0])
        yield cluster
        cluster.stop()
