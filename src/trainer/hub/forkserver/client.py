"""The hub's end of the fork server: started on demand, and again after it died."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import subprocess
import sys
import threading
from typing import Any

from trainer.errors import TrainerError
from trainer.hub.forkserver.messages import Start, environment_file, receive, send, start_message

#: Importing JupyterLab takes seconds on a slow machine with cold disks.
_READY_SECONDS = 120


class ForkServerClient:
    """Starts servers through one fork server. Every method may be called from the hub's loop."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None
        self._channel: socket.socket | None = None
        self._lock = threading.Lock()
        #: the fork server that was there when somebody last asked who has ended
        self._known: subprocess.Popen[bytes] | None = None

    async def start(self, order: Start, environment: dict[str, str], listening: socket.socket) -> int:
        """The pid to watch. Raises TrainerError when the server or its walls could not be made."""
        carried = environment_file(environment)
        try:
            fds = [listening.fileno(), carried]
            reply = await asyncio.to_thread(self._ask, start_message(order), fds)
        finally:
            os.close(carried)
        if "error" in reply:
            raise TrainerError(f"没有启动成功：{reply['error']}。原因记在 {order.log}。")
        return int(reply["pid"])

    async def poll(self, pid: int) -> int | None:
        """None while it runs, otherwise its exit status (0 where the fork server does not know it)."""
        reply = await asyncio.to_thread(self._ask, {"do": "poll", "pid": pid})
        status: int | None = reply["status"]
        return status

    async def ended(self) -> list[int] | None:
        """The servers that have ended and were not polled since; None when nobody knows, because the fork server itself
        has ended since the last time, and every server with it.
        """
        reply = await asyncio.to_thread(self._ask, {"do": "ended"})
        known, self._known = self._known, self._process
        ended: list[int] = reply["ended"]
        return ended if known is self._process else None

    async def signal(self, pid: int, number: int) -> int | None:
        """Send a signal: SIGKILL to everything within the walls, others to the server itself. Answers as :meth:`poll`."""
        reply = await asyncio.to_thread(self._ask, {"do": "signal", "pid": pid, "signal": int(number)})
        status: int | None = reply["status"]
        return status

    async def prepare(self) -> None:
        """Have the fork server ready before the first person comes."""
        await asyncio.to_thread(self._locked_channel)

    def close(self) -> None:
        """End the fork server and with it every server that it started."""
        with self._lock:
            if self._channel is not None:
                self._channel.close()
            if self._process is not None:
                self._process.send_signal(signal.SIGKILL)
                self._process.wait()
            self._process = self._channel = None

    def _locked_channel(self) -> None:
        with self._lock:
            self._open()

    def _ask(self, message: dict[str, Any], fds: list[int] | None = None) -> dict[str, Any]:
        with self._lock:
            for _ in range(2):
                channel = self._open()
                try:
                    send(channel, message, fds)
                    received = receive(channel)
                except OSError:
                    received = None
                if received is not None:
                    return received[0]
                self._forget()
        raise TrainerError("启动服务器的进程反复退出，请看日志。")

    def _open(self) -> socket.socket:
        if self._channel is not None and self._process is not None and self._process.poll() is None:
            return self._channel
        self._forget()
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        ours.settimeout(_READY_SECONDS)
        self._process = subprocess.Popen(
            [sys.executable, "-m", "trainer.hub.forkserver", str(theirs.fileno())],
            pass_fds=[theirs.fileno()],
            stdin=subprocess.DEVNULL,
            env={name: value for name, value in os.environ.items() if not _secret(name)},
        )
        theirs.close()
        self._channel = ours
        if receive(ours) is None:
            raise TrainerError("启动服务器的进程没有就绪，请看日志。")
        return ours

    def _forget(self) -> None:
        if self._channel is not None:
            self._channel.close()
        if self._process is not None:
            self._process.kill()
            self._process.wait()
        self._channel = self._process = None


def _secret(name: str) -> bool:
    """Whether an environment variable of the hub could open something: forks start from a clean copy."""
    return any(word in name.upper() for word in ("TOKEN", "SECRET", "PASSWORD", "CRYPT", "KEY"))
