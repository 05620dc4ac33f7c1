"""What one person's server may use: control groups where the kernel lets us, and process limits in any case.

Control groups count all processes of a server together (memory, processor, number of processes). Version 2 is what
systemd gives a service with ``Delegate=yes``; version 1 is found on older machines and in some virtual ones.
"""

from __future__ import annotations

import contextlib
import os
import resource
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

CGROUPS = Path("/sys/fs/cgroup")
_PERIOD = 100_000  # microseconds, the kernel's own default
_V1 = ("memory", "pids", "cpu")
#: Where version 2 puts our own processes, beside the servers' groups.
_OUR_LEAF = "trainer-hub"


@dataclass(frozen=True)
class Limits:
    """Of one server: ``memory`` and ``file_size`` in bytes, ``processors`` in cores, ``processes`` and threads counted."""

    memory: int
    processors: float
    processes: int
    file_size: int
    open_files: int = 4096

    def as_json(self) -> dict[str, float]:
        return asdict(self)

    def apply_to_self(self) -> None:
        """The limits that a process carries itself and hands down. Called in the child, before it gives up root."""
        for what, value in (
            (resource.RLIMIT_CORE, 0),
            (resource.RLIMIT_NPROC, self.processes),
            (resource.RLIMIT_FSIZE, self.file_size),
            (resource.RLIMIT_NOFILE, self.open_files),
        ):
            _, hard = resource.getrlimit(what)
            most = value if hard == resource.RLIM_INFINITY else min(value, hard)
            resource.setrlimit(what, (most, most))


class ControlGroups:
    """The control groups of one installation, one below it for each server."""

    def __init__(self, name: str, root: Path = CGROUPS) -> None:
        self.name = name
        self.root = root
        self.version = _version(root)
        self._base = _own_group(root) if self.version == 2 else None

    @property
    def available(self) -> bool:
        """Whether memory, processor and process limits can be enforced here; tried, not guessed."""
        if self.version == 0 or os.getuid() != 0:
            return False
        try:
            self.make("probe", Limits(1 << 28, 1, 64, 1 << 20))
        except OSError:
            return False
        self.remove("probe")
        return True

    def make(self, server: str, limits: Limits) -> list[Path]:
        """Make (or set anew) the groups of a server; returns their ``cgroup.procs`` files.

        Raises OSError when the kernel refuses.
        """
        if self.version == 2:
            return [self._make_v2(server, limits)]
        quota = max(1000, int(limits.processors * _PERIOD))
        values: dict[str, dict[str, int | str]] = {
            "memory": {"memory.limit_in_bytes": limits.memory},
            "pids": {"pids.max": limits.processes},
            "cpu": {"cpu.cfs_period_us": _PERIOD, "cpu.cfs_quota_us": quota},
        }
        return [_fill(self.root / part / self.name / server, values[part]) for part in _V1]

    def processes(self, server: str) -> list[int]:
        """The pids of a server, all its programs included."""
        for folder in self._folders(server):
            with contextlib.suppress(OSError):
                return [int(pid) for pid in (folder / "cgroup.procs").read_text().split()]
        return []

    def remove(self, server: str) -> None:
        """Remove the groups of a server that has ended, and with the last of them their common one.

        One that still holds a process stays until the next time.
        """
        for folder in self._folders(server):
            with contextlib.suppress(OSError):
                folder.rmdir()
                folder.parent.rmdir()

    def _folders(self, server: str) -> list[Path]:
        if self._base is not None:
            return [self._base / self.name / server]
        return [self.root / part / self.name / server for part in _V1] if self.version == 1 else []

    def _make_v2(self, server: str, limits: Limits) -> Path:
        assert self._base is not None
        _open_v2(self._base)
        parent = self._base / self.name
        parent.mkdir(exist_ok=True)
        (parent / "cgroup.subtree_control").write_text("+memory +pids +cpu")
        return _fill(
            parent / server,
            {
                "memory.max": limits.memory,
                "memory.swap.max": 0,
                "pids.max": limits.processes,
                "cpu.max": f"{max(1000, int(limits.processors * _PERIOD))} {_PERIOD}",
            },
        )


def _version(root: Path) -> int:
    if (root / "cgroup.controllers").exists():
        return 2
    return 1 if all((root / part / "cgroup.procs").exists() for part in _V1) else 0


def _own_group(root: Path) -> Path:
    """The version 2 group that this process was started in (systemd's, when it is a service)."""
    for line in Path("/proc/self/cgroup").read_text().splitlines():
        if line.startswith("0::"):
            group = root / line[3:].lstrip("/")
            return group.parent if group.name == _OUR_LEAF else group
    return root


def _open_v2(base: Path) -> None:
    """Let ``base`` have children with limits: version 2 wants no processes beside them, so ours move one down."""
    control = base / "cgroup.subtree_control"
    if not control.exists() or {"memory", "pids", "cpu"} <= set(control.read_text().split()):
        return
    if base != CGROUPS:
        leaf = base / _OUR_LEAF
        leaf.mkdir(exist_ok=True)
        for pid in (base / "cgroup.procs").read_text().split():
            with contextlib.suppress(OSError):
                (leaf / "cgroup.procs").write_text(pid)
    control.write_text("+memory +pids +cpu")


def _fill(folder: Path, values: Mapping[str, int | str]) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    for name, value in values.items():
        file = folder / name
        if name == "memory.swap.max" and not file.exists():
            continue  # a kernel without swap accounting
        file.write_text(str(value))
    return folder / "cgroup.procs"
