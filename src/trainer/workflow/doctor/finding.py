"""What a check says, and what it looks at."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum
from pathlib import Path

from trainer.hub.data_folder import DataFolder, Identities
from trainer.settings import Accounts, Server


class Level(Enum):
    """How serious it is. Only a problem means that the server should not be used as it is."""

    GOOD = "正常"
    NOTE = "提示"
    WARNING = "注意"
    PROBLEM = "问题"


@dataclass(frozen=True)
class Finding:
    """One sentence about one thing, with what to do about it."""

    level: Level
    about: str
    sentence: str
    cure: str = ""


@dataclass(frozen=True)
class Place:
    """The installation that is looked at. ``configuration`` is its jupyter_config.py, ``tls`` whether the front itself
    speaks TLS; ``etc`` is where passwd and subuid are."""

    data: DataFolder
    who: Identities
    server: Server
    accounts: Accounts
    now: datetime
    configuration: Path | None = None
    tls: bool = False
    etc: Path = field(default=Path("/etc"))

    @property
    def installed(self) -> bool:
        """Whether there is a data folder yet."""
        return self.data.root.is_dir()


Check = Callable[[Place], Iterator[Finding]]


def good(about: str, sentence: str) -> Finding:
    return Finding(Level.GOOD, about, sentence)


def note(about: str, sentence: str, cure: str = "") -> Finding:
    return Finding(Level.NOTE, about, sentence, cure)


def warning(about: str, sentence: str, cure: str) -> Finding:
    return Finding(Level.WARNING, about, sentence, cure)


def problem(about: str, sentence: str, cure: str) -> Finding:
    return Finding(Level.PROBLEM, about, sentence, cure)
