"""What ``trainer doctor`` says about the sandbox of code grading."""

from __future__ import annotations

import pytest

from trainer.sandbox import landlock, view
from trainer.workflow.doctor.finding import Level
from trainer.workflow.doctor.machine import code_sandbox


def test_it_says_what_is_in_force() -> None:
    (finding,) = code_sandbox(None)  # type: ignore[arg-type]
    assert finding.level in (Level.GOOD, Level.NOTE)
    assert "seccomp" in finding.sentence


def test_it_warns_where_code_is_not_graded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(view, "bubblewrap", lambda: None)
    monkeypatch.setattr(landlock, "version", lambda: 0)
    (finding,) = code_sandbox(None)  # type: ignore[arg-type]
    assert finding.level is Level.WARNING
    assert "apt-get install bubblewrap" in finding.cure
