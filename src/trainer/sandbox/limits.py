"""What one submission may use."""

from __future__ import annotations

import resource
from dataclasses import dataclass
from pathlib import Path

_MIB = 1024**2


@dataclass(frozen=True)
class Limits:
    """Of one submission: seconds of wall clock a cell and in all, seconds of processor time, bytes of memory, of a file, of
    its temporary folder and of what it prints; processes and threads counted together.
    """

    cell_seconds: float = 30
    total_seconds: float = 120
    cpu_seconds: int = 60
    memory: int = 1024 * _MIB
    processes: int = 48
    file_size: int = 64 * _MIB
    folder: int = 64 * _MIB
    output: int = 256 * 1024
    figures: int = 4 * _MIB
    cells: int = 2000
    open_files: int = 256

    def apply_to_self(self, *, count_processes: bool) -> None:
        """The limits that a process carries itself and hands down; called in the child before it runs anything.

        The kernel counts processes by user: ``count_processes`` is for who has a user, or a user namespace, of its own.
        """
        _most(resource.RLIMIT_CORE, 0)
        _most(resource.RLIMIT_CPU, self.cpu_seconds)
        _most(resource.RLIMIT_FSIZE, self.file_size)
        _most(resource.RLIMIT_NOFILE, self.open_files)
        if count_processes:
            _most(resource.RLIMIT_NPROC, self.processes)
        _most(resource.RLIMIT_MEMLOCK, 0)
        # Address space, not pages: asked for too much, Python raises MemoryError instead of being killed. What the warm
        # process had mapped already comes on top.
        _most(resource.RLIMIT_AS, self.memory + _mapped())


def _most(what: int, value: int) -> None:
    _, hard = resource.getrlimit(what)
    most = value if hard == resource.RLIM_INFINITY else min(value, hard)
    resource.setrlimit(what, (most, most))


def _mapped() -> int:
    """Bytes of address space that this process has mapped."""
    try:
        return int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    except OSError:
        return 512 * _MIB
