"""Whether a server is running on a data folder."""

from __future__ import annotations

import fcntl
import os
import socket
from pathlib import Path

from trainer.hub.data_folder import DataFolder


def running_parts(data: DataFolder) -> list[str]:
    """The names of the parts of a server that answer, or that hold the hall's data; empty when none is running.

    The sockets are found by the path of the data folder: a server on a folder that was renamed meanwhile is found too,
    under the old path.
    """
    sockets = {
        "JupyterHub": data.hub_socket,
        "考场": data.hall_socket,
        "教务台": data.console_socket,
        "入口": data.proxy_api_socket,
    }
    found = [name for name, path in sockets.items() if _answers(path)]
    if "考场" not in found and _is_locked(data.hall_db.with_name(f"{data.hall_db.name}.lock")):
        found.append("考场")
    return found


def _answers(path: Path) -> bool:
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
        probe.settimeout(2)
        try:
            probe.connect(str(path))
        except (FileNotFoundError, ConnectionRefusedError):
            return False
        except OSError:
            return True  # too busy, or not ours to ask
        return True


def _is_locked(path: Path) -> bool:
    try:
        opened = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
    except OSError:
        return False
    try:
        fcntl.flock(opened, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(opened)
    return False
