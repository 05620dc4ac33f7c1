"""``python -m trainer.sandbox FD PLACE WITH``: a warm process, from which what runs in the sandbox is forked.

It has IPython imported (WITH ``tables``: pandas and matplotlib too), nothing of any submission, and no secret. FD is its end of a socket pair with
the grader, whose end it does not outlive; PLACE says as JSON where it stands (see confine.py).
"""

from __future__ import annotations

import contextlib
import gc
import importlib
import json
import os
import selectors
import signal
import socket
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

from trainer.sandbox import probe
from trainer.sandbox.children import Children
from trainer.sandbox.confine import Place

_PRELOADED = (
    "pandas",
    "matplotlib.pyplot",
    "matplotlib_inline.backend_inline",
    "statistics",
    "decimal",
    "fractions",
)
_LARGEST = 1 << 16
_LOOK_SECONDS = 0.1


class WarmProcess:
    """Does what the grader orders: one message, one answer."""

    def __init__(self, channel: socket.socket, children: Children) -> None:
        self._channel, self._children = channel, children

    def run(self) -> None:
        """Until the grader closes its end."""
        with selectors.DefaultSelector() as selector:
            selector.register(self._channel, selectors.EVENT_READ)
            look = 0.0
            while True:
                wait = max(0.0, look - time.monotonic()) if self._children.running else None
                if selector.select(wait) and not self._answer():
                    return
                # However many orders come: a busy grader keeps no eye closed.
                if self._children.running and time.monotonic() >= look:
                    self._children.look()
                    look = time.monotonic() + _LOOK_SECONDS

    def _answer(self) -> bool:
        data, descriptors, _, _ = socket.recv_fds(self._channel, _LARGEST, 4)
        if not data:
            return False
        message: dict[str, Any] = json.loads(data)
        try:
            reply = self._do(message, list(descriptors))
        except OSError as error:
            reply = {"error": f"{error.strerror or error}（{error.filename or ''}）"}
        finally:
            for descriptor in descriptors:
                os.close(descriptor)
        self._channel.send(json.dumps(reply).encode())
        return True

    def _do(self, message: dict[str, Any], descriptors: list[int]) -> dict[str, Any]:
        verb = message.pop("do")
        if verb == "start":
            return {"number": self._children.start(message["role"], message["limits"], descriptors[0])}
        if verb == "interrupt":
            self._children.interrupt(message["number"])
            return {}
        return self._children.end(message["number"], gone=message["gone"])


def main() -> None:
    """Import, say what protection there is, then serve."""
    channel = socket.socket(fileno=int(sys.argv[1]))
    place = Place(**json.loads(sys.argv[2]))
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the whole terminal; the grader decides
    home = Path(os.environ["HOME"])
    home.mkdir(exist_ok=True)
    with suppress(PermissionError):
        home.chmod(
            0o711
        )  # whatever the grader's umask: the confined processes have another uid, and go through it
    place, reason = probe.what_works(place, home)
    if reason:
        channel.send(json.dumps({"error": reason}).encode())
        return
    from trainer.sandbox.cells import make_shell, warm_up

    shell = make_shell()
    for module in _PRELOADED if sys.argv[3] == "tables" else ():
        with contextlib.suppress(ImportError):
            importlib.import_module(module)
    warm_up(shell)
    gc.collect()
    gc.disable()
    gc.freeze()  # what is here now is shared: the collector of a fork leaves it alone
    with contextlib.closing(Children(place, shell, home)) as children:
        channel.send(json.dumps({"private": place.private, "nest_users": place.nest_users}).encode())
        WarmProcess(channel, children).run()


if __name__ == "__main__":
    main()
