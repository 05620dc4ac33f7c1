"""The walls around a person's server: the bubblewrap command that makes its namespaces and its view of the disk.

What is not bound here does not exist inside: no other home, no course, no key, no database, no process and no network
but the loopback of its own. See docs/explanation/walls.md.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from trainer.sandbox import view

#: Where the hub's and the hall's sockets are seen from inside.
DOORS = Path("/run/trainer")


@dataclass(frozen=True)
class Walls:
    """What one server may see.

    ``home`` is bound at /home/<account>, each of ``shared`` below it under its own name; ``tmp_bytes`` bounds /tmp, which
    is memory.
    """

    account: str
    uid: int
    home: Path
    doors: Path
    etc: Path
    tmp_bytes: int
    shared: tuple[Path, ...] = ()

    @property
    def inside_home(self) -> Path:
        return Path("/home") / self.account

    def command(self) -> list[str]:
        """The bubblewrap command up to the program that it runs. Needs root."""
        return [
            view.bubblewrap() or "bwrap",
            "--unshare-pid", "--unshare-net", "--unshare-ipc", "--unshare-uts", "--unshare-cgroup-try",
            "--die-with-parent", "--new-session", "--hostname", "trainer",
            *view.system(),
            "--perms", "1777", "--size", str(self.tmp_bytes), "--tmpfs", "/tmp",  # noqa: S108
            *view.programs(),  # after /tmp, or a checkout that lies there would be covered
            *self._etc(),
            *view.folders(Path("/run"), DOORS), "--ro-bind", str(self.doors), str(DOORS),
            *view.folders(Path("/home")), "--bind", str(self.home), str(self.inside_home),
            *self._shared(),
            "--proc", "/proc", "--dev", "/dev",
            "--perms", "1777", "--size", str(self.tmp_bytes), "--tmpfs", "/dev/shm",  # noqa: S108
            "--remount-ro", "/",
            "--chdir", str(self.inside_home),
        ]  # fmt: skip

    def become(self) -> list[str]:
        """The command that gives up root inside: everything but the person's own numeric user."""
        return give_up_root(self.uid)

    def write_etc(self, people: dict[str, int]) -> None:
        """The few files of /etc that programs need, naming ``people`` (account → uid) and nobody else."""
        self.etc.mkdir(parents=True, exist_ok=True)
        self.etc.chmod(0o755)
        entries = ["root:x:0:0:root:/:/usr/sbin/nologin", "nobody:x:65534:65534:nobody:/:/usr/sbin/nologin"]
        entries += [f"{name}:x:{uid}:{uid}::/home/{name}:/usr/sbin/nologin" for name, uid in people.items()]
        groups = ["root:x:0:", "nogroup:x:65534:", *(f"{name}:x:{uid}:" for name, uid in people.items())]
        for name, lines in {
            "passwd": entries,
            "group": groups,
            "hosts": ["127.0.0.1 localhost trainer", "::1 localhost"],
            "nsswitch.conf": ["passwd: files", "group: files", "hosts: files"],
        }.items():
            beside = self.etc / f"{name}.tmp"
            beside.write_text("\n".join(lines) + "\n", encoding="utf-8")
            beside.chmod(0o644)
            beside.rename(self.etc / name)

    def _etc(self) -> list[str]:
        own = ("passwd", "group", "hosts", "nsswitch.conf")
        return view.etc({name: self.etc / name for name in own})

    def _shared(self) -> list[str]:
        return [
            part for path in self.shared for part in ("--bind", str(path), str(self.inside_home / path.name))
        ]


@dataclass(frozen=True)
class ServiceWalls:
    """What one of our own services may see: its folders, the programs, and the network of the machine.

    bubblewrap stays as the parent and ends with the hub, but has not the right to end a program of another user
    (PR_SET_PDEATHSIG is refused like any signal): the program itself has to look whether its parent is still there.
    """

    uid: int
    writable: tuple[Path, ...]
    readable: tuple[Path, ...] = ()

    def command(self) -> list[str]:
        """The command up to the program. Needs root."""
        return [
            view.bubblewrap() or "bwrap",
            "--die-with-parent", "--unshare-ipc", "--unshare-uts", "--hostname", "trainer",
            *view.system(),
            "--perms", "1777", "--tmpfs", "/tmp",  # noqa: S108
            *view.programs(),
            "--ro-bind", "/etc", "/etc",
            "--bind", "/proc", "/proc", "--dev", "/dev",
            "--perms", "1777", "--tmpfs", "/dev/shm",  # noqa: S108 -- multiprocessing keeps its locks there
            *(part for path in self.readable for part in view.bind(path)),
            *(part for path in self.writable for part in view.bind(path, "--bind")),
            "--remount-ro", "/", "--chdir", "/",
            *give_up_root(self.uid),
        ]  # fmt: skip


def give_up_root(uid: int) -> list[str]:
    """The command that becomes a numeric user with no groups and no capabilities, for good."""
    return [
        "setpriv", "--reuid", str(uid), "--regid", str(uid), "--clear-groups", "--no-new-privs",
        "--inh-caps=-all", "--bounding-set=-all",
    ]  # fmt: skip
