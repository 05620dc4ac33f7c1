"""The fork server's own loop: one order at a time from the hub, whose end it does not outlive."""

from __future__ import annotations

import contextlib
import gc
import importlib
import os
import selectors
import signal
import socket
import sys
from typing import Any

from trainer.hub.forkserver import children
from trainer.hub.forkserver.join import die_with_parent
from trainer.hub.forkserver.messages import Start, receive, send

#: What every person's server imports sooner or later; imported once here, shared by all forks.
_PRELOADED = (
    "trainer.hub.singleuser.server",
    "trainer.hub.singleuser.learning_pages",
    "jupyter_server.services.sessions.sessionmanager",
    "jupyter_server.services.events.handlers",
    "jupyterlab.handlers.extension_manager_handler",
    "jupyterlab_server.handlers",
    "jupyterlab_server.translations_handler",
    "jupyterlab_server.settings_handler",
    "jupyterlab_server.workspaces_handler",
    "jupyterlab_server.listings_handler",
    "notebook.app",
    "nbformat.v4",
    "fastjsonschema",
    "encodings.idna",
)


class ForkServer:
    """Starts servers, watches them, and passes on signals to them."""

    def __init__(self, channel: socket.socket) -> None:
        self.channel = channel
        self._ended: dict[int, int] = {}
        self._asked: dict[int, int] = {}

    def run(self) -> None:
        """Until the hub closes its end."""
        wake_read, wake_write = socket.socketpair()
        for end in (wake_read, wake_write):
            end.setblocking(False)
        signal.set_wakeup_fd(wake_write.fileno())
        signal.signal(signal.SIGCHLD, lambda *_: None)
        with selectors.DefaultSelector() as selector:
            selector.register(self.channel, selectors.EVENT_READ)
            selector.register(wake_read, selectors.EVENT_READ)
            while True:
                for key, _ in selector.select():
                    if key.fileobj is wake_read:
                        with contextlib.suppress(BlockingIOError):
                            wake_read.recv(4096)
                        self._reap()
                    elif not self._answer():
                        return

    def _answer(self) -> bool:
        received = receive(self.channel)
        if received is None:
            return False
        message, fds = received
        try:
            reply = self._do(message, fds)
        except OSError as error:
            reply = {"error": str(error)}
        finally:
            for fd in fds:
                os.close(fd)
        send(self.channel, reply)
        return True

    def _do(self, message: dict[str, Any], fds: list[int]) -> dict[str, Any]:
        verb = message.pop("do")
        if verb == "start":
            pid, asked = children.start(Start(**message), *fds)
            self._asked[pid] = asked
            return {"pid": pid}
        self._reap()
        if verb == "ended":
            return {"ended": list(self._ended)}
        pid = message["pid"]
        if verb == "signal" and pid in self._asked:
            target = pid if message["signal"] == signal.SIGKILL else self._asked[pid]
            with contextlib.suppress(ProcessLookupError):
                os.kill(target, message["signal"])
        running = pid in self._asked
        return {"status": None if running else self._ended.pop(pid, 0)}

    def _reap(self) -> None:
        with contextlib.suppress(ChildProcessError):
            while True:
                pid, status = os.waitpid(-1, os.WNOHANG)
                if pid == 0:
                    return
                if self._asked.pop(pid, None) is not None:
                    self._ended[pid] = os.waitstatus_to_exitcode(status)


def main() -> None:
    """``python -m trainer.hub.forkserver FD``, FD being our end of a socket pair."""
    die_with_parent(signal.SIGKILL)
    signal.signal(
        signal.SIGINT, signal.SIG_IGN
    )  # Ctrl-C reaches the whole terminal; the hub decides who ends when
    channel = socket.socket(fileno=int(sys.argv[1]))
    for module in _PRELOADED:
        importlib.import_module(module)
    gc.collect()
    gc.disable()
    gc.freeze()  # what is here now is shared: the collector of a fork leaves it alone
    send(channel, {"ready": True})
    ForkServer(channel).run()


if __name__ == "__main__":
    main()
