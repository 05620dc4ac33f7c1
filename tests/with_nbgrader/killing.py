"""``python -m tests.with_nbgrader.killing``: grades courses in forks of itself, and kills them when it is told to.

Starting a grader anew costs seconds of imports; a fork starts at once. Asked over standard input, a line of JSON each:
``course``, ``force``, and ``after`` (seconds from the start of grading) or ``event`` (how many files it may open, make, rename
or remove), at which it is killed with everything that it started. Answers a line: ``killed``, ``seconds``, ``events``, and
``report`` (graded, unchanged, bad) or ``error``, the sentence that it ended with.
"""

from __future__ import annotations

import json
import os
import select
import signal
import subprocess
import sys
import time
import traceback
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Self

#: What Python tells of before it does it (sys.addaudithook).
FILE_EVENTS = ("open", "os.rename", "os.mkdir", "os.remove", "os.rmdir", "os.link", "os.truncate")


@dataclass(frozen=True)
class Outcome:
    """How one run of grading ended."""

    killed: bool
    seconds: float
    events: int = 0
    report: dict[str, Any] | None = None
    error: str = ""

    @property
    def graded(self) -> int:
        assert self.report is not None, self.error
        return int(self.report["graded"])

    @property
    def unchanged(self) -> int:
        assert self.report is not None, self.error
        return int(self.report["unchanged"])


class Graders:
    """A process that forks graders of a course; use as a context manager."""

    def __init__(self, repository: Path, course: Path, paper: str) -> None:
        self._order = {"course": str(course), "paper": paper}
        command = [sys.executable, "-m", "tests.with_nbgrader.killing", str(course), paper]
        self._process = subprocess.Popen(
            command, cwd=repository, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()
        assert self._process.wait(60) == 0

    def grade(self, **how: Any) -> Outcome:
        """Grade once; see the module for what may be asked."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(self._order | how) + "\n")
        self._process.stdin.flush()
        return Outcome(**json.loads(self._process.stdout.readline()))


def main(course: str, paper: str) -> None:
    """Have everything imported that grading needs, then answer until the input ends."""
    from nbgrader.preprocessors import AssignLatePenalties  # noqa: F401 - grading imports it when it comes to it

    from trainer.grading.mark import Marker
    from trainer.nbgrader.course import Course
    from trainer.workflow.papers import forms_named

    ((read, form),) = forms_named(Course(Path(course)), [paper])
    Marker(form, read.marking)
    for line in sys.stdin:
        sys.stdout.write(json.dumps(asdict(one_run(json.loads(line)))) + "\n")
        sys.stdout.flush()


def one_run(order: dict[str, Any]) -> Outcome:
    """Fork, let it grade, kill it in time."""
    read, write = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.setpgid(0, 0)
        os.close(read)
        try:
            _grade(order, write)
        except BaseException:  # noqa: BLE001 - it must not go on as a second program
            traceback.print_exc()
        finally:
            os._exit(1)
    os.close(write)
    with os.fdopen(read, "rb", buffering=0) as pipe:
        assert pipe.read(1) == b"!"
        began = time.monotonic()
        after = order.get("after")
        if after is not None and not select.select([pipe], [], [], after)[0]:
            os.killpg(pid, signal.SIGKILL)
        said = pipe.readall()
    seconds = time.monotonic() - began
    _, status = os.waitpid(pid, 0)
    if os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL:
        return Outcome(killed=True, seconds=seconds)
    return Outcome(killed=False, seconds=seconds, **json.loads(said))


def _grade(order: dict[str, Any], pipe: int) -> None:
    from trainer.errors import TrainerError
    from trainer.nbgrader.course import Course
    from trainer.workflow.grading import grade
    from trainer.workflow.turns import taking_turns

    course = Course(Path(order["course"]))
    course.config.Grading.batch_size = 4
    events = [0]
    sys.addaudithook(_counting(events, order.get("event")))
    os.write(pipe, b"!")
    try:
        with taking_turns(course.root, "阅卷", "测试", datetime.now(UTC)):
            (report,) = grade(course, [order["paper"]], force=order.get("force", False))
    except TrainerError as error:
        said: dict[str, Any] = {"error": str(error)}
    else:
        said = {"report": asdict(report)}
    os.write(pipe, json.dumps({**said, "events": events[0]}).encode())
    os._exit(0)


def _counting(events: list[int], last: int | None) -> Any:
    def hook(event: str, _: Sequence[Any]) -> None:
        if event in FILE_EVENTS:
            events[0] += 1
            if events[0] == last:
                os.kill(os.getpid(), signal.SIGKILL)

    return hook


if __name__ == "__main__":
    main(*sys.argv[1:])
