"""What one person's server may do, as the hub tells it. Enforced in the server's handlers, not by what a page hides."""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass

#: The environment variable that carries the rules into a server.
VARIABLE = "TRAINER_SERVER_RULES"


@dataclass(frozen=True)
class ServerRules:
    """``instructor``: formgrader and the course folder; ``kernels``, ``terminals``: may be started at all.

    ``idle_minutes`` without activity end the server (0: never); ``upload_bytes`` bounds one request. ``course`` is the folder in an
    instructor's home that formgrader shows. ``paper_face``: how a paper of questions is opened: page, notebook or auto.
    """

    instructor: bool = False
    kernels: bool = False
    terminals: bool = False
    idle_minutes: int = 0
    upload_bytes: int = 32 * 1024**2
    course: str = ""
    paper_face: str = "auto"

    def as_variable(self) -> dict[str, str]:
        return {VARIABLE: json.dumps(asdict(self), ensure_ascii=False)}

    @classmethod
    def from_environment(cls) -> ServerRules:
        """The strictest rules when the hub said nothing."""
        return cls(**json.loads(os.environ.get(VARIABLE, "{}")))
