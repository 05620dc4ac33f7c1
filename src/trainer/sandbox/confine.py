"""What a fork of the warm process does before it looks at anything that comes from a submission."""

from __future__ import annotations

import os
import signal
from dataclasses import dataclass
from pathlib import Path

from trainer.sandbox import landlock, namespaces, seccomp
from trainer.sandbox.limits import Limits

_DEVICES = ("/dev/null", "/dev/zero", "/dev/urandom", "/dev/random")


@dataclass(frozen=True)
class Place:
    """Where the warm process stands, and what it can do for its forks.

    ``uid`` is the user that the forks become; ``private`` whether each gets process, mount (and with ``nest_users`` user)
    namespaces of its own, and then the first of ``folders`` is where its code runs, all of them being file systems of its own;
    ``readable`` what they may read where landlock alone shows them files; ``unsafe`` whether nothing
    of this is done because the operator said so.
    """

    uid: int
    gid: int
    private: bool
    nest_users: bool
    readable: tuple[str, ...]
    folders: tuple[str, ...] = ()
    unsafe: bool = False


def confine(place: Place, limits: Limits, folder: Path, *, alone: bool) -> None:
    """Confine this process for good and enter its own empty folder. Raises OSError, and then nothing may be run.

    ``alone`` is for a process that has not been given namespaces of its own; ``folder`` is its folder in that case.
    """
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    if place.unsafe:
        limits.apply_to_self(count_processes=False)
        _enter(folder)
        return
    if alone:
        namespaces.die_with_parent(signal.SIGKILL)
        os.chown(folder, place.uid, place.gid)
        namespaces.become(place.uid, place.gid)
        namespaces.unreadable_for_others()
        _enter(folder)
    else:
        if place.nest_users:
            namespaces.become(place.uid, place.gid)
        namespaces.own_view(place.uid, place.gid, place.folders, limits.folder, nest_users=place.nest_users)
        namespaces.become(place.uid, place.gid)
        _enter(Path(place.folders[0]))
    limits.apply_to_self(count_processes=not alone)
    namespaces.give_up_powers()
    if landlock.version():
        shown = [Path("/")] if not alone else [Path(path) for path in place.readable]
        own = [folder] if alone else [Path(name) for name in place.folders]
        landlock.give_up_files(shown, [*own, *(Path(name) for name in _DEVICES)])
    elif alone:
        raise OSError("landlock")
    seccomp.refuse_system_calls(lonely_pid=os.getpid() if alone else None)


def _enter(folder: Path) -> None:
    os.chdir(folder)
    os.environ |= {"HOME": str(folder), "TMPDIR": str(folder)}
