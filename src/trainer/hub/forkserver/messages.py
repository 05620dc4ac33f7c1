"""What the hub and the fork server say to each other: one JSON object a packet, sockets passed beside it."""

from __future__ import annotations

import json
import os
import socket
from dataclasses import asdict, dataclass, field
from typing import Any

_LARGEST = 1 << 17


@dataclass(frozen=True)
class Start:
    """Start one server.

    ``walls`` is the bubblewrap command up to the program, empty for a server without walls; ``become`` gives up root in
    there; ``program`` is what runs. With ``fork`` the program is not executed: ``python -m <module>``'s ``main(arguments)`` is
    called in a fork. ``cgroups`` are the ``cgroup.procs`` files to enter. Beside it travel
    the listening socket and a file with the environment, which holds the person's token: only the new server reads it, so
    the fork server never knows it and cannot hand it on to later forks.
    """

    walls: list[str]
    become: list[str]
    uid: int
    fork: bool
    module: str
    arguments: list[str]
    home: str
    log: str
    limits: dict[str, float]
    cgroups: list[str] = field(default_factory=list)


def start_message(start: Start) -> dict[str, Any]:
    return {"do": "start", **asdict(start)}


def environment_file(environment: dict[str, str]) -> int:
    """A descriptor of an unnamed file that holds an environment; the caller closes it."""
    descriptor = os.memfd_create("environment")
    with os.fdopen(os.dup(descriptor), "w", encoding="utf-8") as file:
        json.dump(environment, file)
    os.lseek(descriptor, 0, os.SEEK_SET)
    return descriptor


def read_environment(descriptor: int) -> dict[str, str]:
    """What :func:`environment_file` wrote; the descriptor is closed."""
    with os.fdopen(descriptor, encoding="utf-8") as file:
        environment: dict[str, str] = json.load(file)
    return environment


def send(channel: socket.socket, message: dict[str, Any], fds: list[int] | None = None) -> None:
    socket.send_fds(channel, [json.dumps(message).encode()], fds or [])


def receive(channel: socket.socket) -> tuple[dict[str, Any], list[int]] | None:
    """The next message and the descriptors beside it; None when the other side has gone."""
    data, fds, _, _ = socket.recv_fds(channel, _LARGEST, 4)
    return (json.loads(data), list(fds)) if data else None
