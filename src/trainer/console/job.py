"""``python -m trainer.console.job``: run one verb, told on standard input, telling its progress on standard output.

The first line of input is the order. Input then stays open as long as the console lives; when it closes, this process and
everything that it started end at once. Output is a line of JSON for each event (see records.py). What libraries print goes
to standard error, which the console keeps as the job's log.
"""

from __future__ import annotations

import json
import logging
import os
import signal
import sys
import threading
import time
import traceback
from collections.abc import Mapping
from contextlib import ExitStack
from datetime import datetime
from pathlib import Path
from typing import Any

from trainer.console.place import Place
from trainer.console.records import FILES, GIVEN
from trainer.errors import TrainerError
from trainer.nbgrader.course import Course
from trainer.workflow.turns import taking_turns

_OFTEN_SECONDS = 0.1
_DEFECT = (
    "程序出错了（{kind}）。已经做完的都在，没有做完的没有改动，交卷和成绩都没有丢。"
    "可以再做一次；还是这样，请把操作编号 {job} 告诉技术人员，详细经过在日志里。"
)


class Reporter:
    """Writes events to the console; progress not more often than people can see."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self._done, self._shown = 0, 0.0

    def send(self, **event: Any) -> None:
        """One event. When nobody reads any more, the console is gone, and this process ends."""
        data = json.dumps(event, ensure_ascii=False).encode() + b"\n"
        while data:
            data = data[os.write(self._descriptor, data) :]

    def total(self, steps: int | None) -> None:
        """A stage begins that has so many steps; None: nobody can say how many."""
        self._done, self._shown = 0, 0.0
        self.send(total=steps)

    def advance(self, steps: int = 1) -> None:
        """So many more are done."""
        self._done += steps
        if time.monotonic() - self._shown >= _OFTEN_SECONDS:
            self._shown = time.monotonic()
            self.send(done=self._done)

    def finish(self) -> None:
        """The stage is done: show its last step even if it came right after another one."""
        self.send(done=self._done)


class Desk:
    """What a verb works with: the course, the clock, the progress, the files that come and go."""

    def __init__(self, place: Place, job: Path, reporter: Reporter, name: str) -> None:
        self.place, self.reporter, self.name = place, reporter, name
        self.now = datetime.now().astimezone()
        self._job = job
        self.files: list[dict[str, Any]] = []

    def course(self) -> Course:
        """The course as configured now. Raises TrainerError."""
        return self.place.course()

    def say(self, sentence: str) -> None:
        """A line for those who watch."""
        self.reporter.send(say=sentence)

    def upload(self) -> Path:
        """The file that came with the order."""
        return next((self._job / GIVEN).iterdir())

    def file(self, name: str, *, private: bool = False) -> Path:
        """A path for something to download under ``name``; a private one is for one person, once."""
        self.files.append({"name": name, "private": private})
        return self._job / FILES / name


def main() -> None:
    """Run the verb. The exit status says nothing: the last event does."""
    reporter = Reporter(os.dup(1))
    os.dup2(2, 1)
    logging.basicConfig(level=logging.WARNING, stream=sys.stderr)
    request = json.loads(_first_line())
    threading.Thread(target=_end_with_the_console, daemon=True).start()
    place = Place(Path(request["data"]), request["course"])
    desk = Desk(place, Path(request["job"]), reporter, request["name"])
    reporter.send(**_outcome(request, desk))


def _outcome(request: Mapping[str, Any], desk: Desk) -> dict[str, Any]:
    from trainer.console.verbs import VERBS

    try:
        with ExitStack() as stack:
            stack.enter_context(taking_turns(desk.place.root, request["title"], desk.name, desk.now))
            outcome = VERBS[request["verb"]](desk, request["given"])
    except TrainerError as error:
        return {"end": "failed", "message": str(error), "files": []}
    except Exception as error:  # noqa: BLE001 - the last line of defence: reported, with the details in the log
        traceback.print_exc()
        sentence = _DEFECT.format(kind=type(error).__name__, job=Path(request["job"]).name)
        return {"end": "defect", "message": sentence, "files": []}
    files = [entry for entry in desk.files if (Path(request["job"]) / FILES / entry["name"]).is_file()]
    return {"end": "done", "message": outcome.message, "result": outcome.result, "files": files}


def _first_line() -> bytes:
    """Byte by byte from the descriptor, so that nothing behind the line is swallowed into a buffer."""
    line = b""
    while not line.endswith(b"\n"):
        byte = os.read(0, 1)
        if not byte:
            sys.exit(1)
        line += byte
    return line


def _end_with_the_console() -> None:
    while os.read(0, 1024):
        pass
    os.killpg(os.getpgrp(), signal.SIGKILL)


if __name__ == "__main__":
    main()
