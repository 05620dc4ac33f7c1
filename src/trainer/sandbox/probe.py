"""Find out by trying which protection a fork can be given here."""

from __future__ import annotations

import os
import shutil
import sys
from dataclasses import replace
from pathlib import Path

from trainer.sandbox.confine import Place, confine
from trainer.sandbox.limits import Limits
from trainer.sandbox.namespaces import ProcessNamespaces


def what_works(place: Place, home: Path) -> tuple[Place, str]:
    """The place as it really is, and "" or why nothing may be run here."""
    if place.unsafe:
        return place, ""
    tries = (
        [replace(place, private=True, nest_users=nested) for nested in (True, False)] if place.private else []
    )
    reasons = []
    for one in (*tries, replace(place, private=False, nest_users=False)):
        reason = _try(one, home)
        if not reason:
            return one, ""
        reasons.append(reason)
    return place, "；".join(dict.fromkeys(reasons))


def _try(place: Place, home: Path) -> str:
    """Confine a fork for real, and have it look for what it must not find; "" when all is well."""
    told, tell = os.pipe()
    folder = home / f"probe-{os.getpid()}"
    folder.mkdir(exist_ok=True)
    namespaces = ProcessNamespaces() if place.private else None
    try:
        if namespaces is not None:
            namespaces.next_child()
        pid = os.fork()
    except OSError as error:
        os.close(told)
        os.close(tell)
        return f"{error.strerror}：{error.args[1]}"
    if pid == 0:
        _report(place, folder, tell)
    os.close(tell)
    if namespaces is not None:
        namespaces.back()
    said = os.read(told, 4096).decode()
    os.close(told)
    os.waitpid(pid, 0)
    shutil.rmtree(folder, ignore_errors=True)
    return "" if said == "." else said or "保护措施没有建成"


def _report(place: Place, folder: Path, tell: int) -> None:
    try:
        confine(place, Limits(), folder, alone=not place.private)
        wrong = _leaks()
        os.write(tell, wrong.encode() or b".")
    except OSError as error:
        os.write(tell, f"{error.strerror}（{error.filename or error.args[1]}）".encode())
    finally:
        os._exit(0)


def _leaks() -> str:
    """What a confined process can do that it must not; "" when there is nothing."""
    import socket

    try:
        socket.socket().close()
    except OSError:
        pass
    else:
        return "仍可以使用网络"
    try:
        if any(Path("/proc").iterdir()):
            return "仍看得见别的进程"
    except OSError:
        pass
    if not os.access(sys.prefix, os.R_OK | os.X_OK):
        return f"读不了 {sys.prefix}"
    return ""
