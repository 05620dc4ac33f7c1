"""What a person's programs may ask of the kernel: a seccomp filter for everything within their walls.

Walls made of namespaces are only as good as the kernel behind them. Refused is what no course needs and what opens large
or shared parts of it: own user namespaces and mounts, other processes' memory and descriptors, keyrings (they are in no
namespace: two people could pass notes), the kernel's log, io_uring, BPF, and sockets that are not of this network
namespace (a virtual machine's AF_VSOCK reaches its host).
"""

from __future__ import annotations

import errno
import os
import platform
from collections.abc import Iterator

from trainer.sandbox import bpf

_FAMILIES = (1, 2, 10, 16)  # unix, IPv4, IPv6, netlink (which asks about the own loopback)


def filter_program(machine: str = platform.machine()) -> bytes:
    """The filter as an array of ``struct sock_filter``, as the kernel and bubblewrap take it; empty for a machine whose
    system calls we have no numbers of.
    """
    known = bpf.MACHINES.get(machine)
    return b"" if known is None else b"".join(_lines(known))


def filter_descriptor() -> int | None:
    """An inheritable descriptor that bubblewrap's ``--seccomp`` reads the filter from; None where there is none."""
    program = filter_program()
    if not program:
        return None
    descriptor = os.memfd_create("filter", 0)
    os.write(descriptor, program)
    os.lseek(descriptor, 0, os.SEEK_SET)
    return descriptor


def refuse_system_calls() -> None:
    """Put the filter on this process and on all that it starts, for good. Needs PR_SET_NO_NEW_PRIVS. Raises OSError."""
    program = filter_program()
    if program:
        bpf.put_on(program)


def _lines(machine: bpf.Machine) -> Iterator[bytes]:
    yield from bpf.opening(machine)
    yield from bpf.refused([*bpf.numbers(bpf.ESCAPES, machine), *bpf.NEW_ESCAPES])
    yield from bpf.no_namespaces(machine)
    yield from bpf.when(machine.socket, bpf.only(0, _FAMILIES, errno.EAFNOSUPPORT))
    yield bpf.allow()
