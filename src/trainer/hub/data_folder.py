"""The data folder: everything that a server keeps, in one place, and the short-lived sockets beside it."""

from __future__ import annotations

import hashlib
import os
import secrets
import stat
import tempfile
from dataclasses import dataclass
from pathlib import Path

from trainer.errors import TrainerError

#: Folders in which only the operating system may look besides the owner.
_PRIVATE = 0o700
_PASSABLE = 0o711
#: Linux allows 107 bytes in the path of a socket; the longest name below the runtime folder is an account's.
_LONGEST_NAME = 75


@dataclass(frozen=True)
class Identities:
    """The numeric users of an installation. None of them has an entry in /etc/passwd.

    ``separate`` is False where the server was not started as root: then everything runs as one user.
    """

    separate: bool
    first_uid: int

    @property
    def course(self) -> int:
        """The hall, the instructor's page and the instructors' servers; owns courses and answers."""
        return self.first_uid if self.separate else os.getuid()

    @property
    def front(self) -> int:
        """The proxy."""
        return self.first_uid + 1 if self.separate else os.getuid()

    def trainee(self, number: int) -> int:
        """The uid of the account with this number (1, 2, …)."""
        return self.first_uid + 9 + number if self.separate else os.getuid()

    def give(self, path: Path, uid: int) -> None:
        """Make ``uid`` the owner of ``path`` where users are separate; symlinks are not followed."""
        if self.separate:
            os.chown(path, uid, uid, follow_symlinks=False)


class DataFolder:
    """The folder that ``--data`` names, and the runtime folder of its sockets."""

    def __init__(self, root: Path) -> None:
        self.root = root.absolute()
        self.hub_db = self.root / "hub.sqlite"
        self.accounts = self.root / "accounts"
        self.accounts_db = self.accounts / "accounts.sqlite"
        self.hall = self.root / "hall"
        self.hall_db = self.hall / "hall.sqlite"
        self.secrets = self.root / "secrets"
        self.courses = self.root / "courses"
        self.homes = self.root / "homes"
        self.logs = self.root / "logs"
        self.runtime = _runtime_folder(self.root)
        #: Where the front and our services knock.
        self.doors = self.runtime / "doors"
        #: Where people's servers knock, at the same hub and hall: bound into their namespaces, nothing else of the runtime
        #: folder is. Sockets of their own, since whoever floods one fills its queue.
        self.within = self.runtime / "within"
        self.front = self.runtime / "front"
        self.servers = self.runtime / "servers"
        self.etc = self.runtime / "etc"

    @property
    def hub_socket(self) -> Path:
        return self.doors / "hub.sock"

    @property
    def hall_socket(self) -> Path:
        return self.doors / "hall" / "hall.sock"

    @property
    def hub_socket_within(self) -> Path:
        return self.within / "hub.sock"

    @property
    def hall_socket_within(self) -> Path:
        return self.within / "hall" / "hall.sock"

    @property
    def console_socket(self) -> Path:
        return self.runtime / "console" / "console.sock"

    @property
    def proxy_api_socket(self) -> Path:
        return self.front / "api.sock"

    def create(self, who: Identities) -> None:
        """Make what is missing, with its owners and modes. Safe to run again."""
        for folder, mode, owner in (
            (self.root, _PASSABLE, os.getuid()),
            (self.secrets, _PRIVATE, os.getuid()),
            (self.accounts, _PRIVATE, who.course),
            (self.hall, _PRIVATE, who.course),
            (self.courses, _PASSABLE, who.course),
            (self.homes, _PASSABLE, os.getuid()),
            (self.logs, _PRIVATE, os.getuid()),
            (self.runtime, _PASSABLE, os.getuid()),
            (self.doors, _PASSABLE, os.getuid()),
            (self.doors / "hall", _PASSABLE, who.course),
            (self.within, _PASSABLE, os.getuid()),
            (self.within / "hall", _PASSABLE, who.course),
            (self.runtime / "console", _PASSABLE, who.course),
            (self.front, _PASSABLE, who.front),
            (self.servers, _PASSABLE, os.getuid()),
            (self.etc, _PASSABLE, os.getuid()),
        ):
            _folder(folder, mode)
            who.give(folder, owner)

    def secret(self, name: str) -> str:
        """A secret of 256 bits in hexadecimal, made at the first call; the file is 0600."""
        path = self.secrets / name
        if not path.exists():
            beside = path.with_name(f"{name}.{os.getpid()}.tmp")
            with os.fdopen(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
                file.write(secrets.token_hex(32))
                file.flush()
                os.fsync(file.fileno())
            beside.rename(path)
        return path.read_text().strip()

    def socket_of(self, account: str) -> Path:
        """Where the server of an account listens. Lower case, since a host name in a URL is."""
        return self.servers / f"{hashlib.sha256(account.encode()).hexdigest()[:32]}.sock"


def _runtime_folder(root: Path) -> Path:
    """Short, and the same for the same data folder, so that a restart finds what a crash left."""
    name = hashlib.sha256(os.fsencode(root)).hexdigest()[:12]
    if os.getuid() == 0:
        return Path("/run") / f"trainer-{name}"
    base = os.environ.get("XDG_RUNTIME_DIR") or tempfile.gettempdir()
    if len(base) > _LONGEST_NAME - 30 or base != base.lower():  # the path stands as a host name in URLs
        base = "/tmp"  # noqa: S108 -- the folder's owner and mode are checked before it is used
    return Path(base) / f"trainer-{os.getuid()}-{name}"


def _folder(path: Path, mode: int) -> None:
    path.mkdir(parents=True, exist_ok=True)
    state = path.lstat()
    if not stat.S_ISDIR(state.st_mode):
        raise TrainerError(f"{path} 应当是文件夹，现在不是。请移走它，再启动。")
    if os.getuid() not in (0, state.st_uid):
        raise TrainerError(f"{path} 属于别的用户，不能使用。请换一个数据文件夹（--data），或由它的主人启动。")
    path.chmod(mode)
