"""Run ``trainer`` in this process, as a person types it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from trainer.apps.base import TrainerApp, run_app
from trainer.apps.main import MainApp


@dataclass(frozen=True)
class Outcome:
    status: int
    out: str
    err: str


Cli = Callable[..., Outcome]


@pytest.fixture
def cli(capfd: pytest.CaptureFixture[str], repository: Path, monkeypatch: pytest.MonkeyPatch) -> Cli:
    """Run a command line, in the checkout unless another folder is given."""

    def run(*words: str, cwd: Path = repository) -> Outcome:
        monkeypatch.chdir(cwd)
        capfd.readouterr()
        status: object = 0
        try:
            run_app(MainApp, [str(word) for word in words])
        except SystemExit as stop:
            status = stop.code or 0
        finally:
            for cls in (MainApp, *_all_apps()):
                cls.clear_instance()
        captured = capfd.readouterr()
        assert isinstance(status, int)
        return Outcome(status, captured.out, captured.err)

    return run


def _all_apps() -> list[type[TrainerApp]]:
    found: list[type[TrainerApp]] = []
    waiting = [TrainerApp]
    while waiting:
        cls = waiting.pop()
        found.append(cls)
        waiting += cls.__subclasses__()
    return found


@pytest.fixture
def workplace(tmp_path: Path, repository: Path) -> Path:
    """A folder of one's own with an installation's jupyter_config.py and bank in it."""
    text = (repository / "jupyter_config.py").read_text(encoding="utf-8")
    bank = str(repository / "question_bank")
    text = text.replace('str(Path(__file__).parent / "question_bank")', repr(bank))
    assert bank in text
    (tmp_path / "jupyter_config.py").write_text(text, encoding="utf-8")
    tmp_path.chmod(0o755)
    return tmp_path
