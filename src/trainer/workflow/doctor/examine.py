"""All checks, one after the other. A check that cannot be made is a finding too."""

from __future__ import annotations

from collections.abc import Sequence

from trainer.errors import TrainerError
from trainer.workflow.doctor.finding import Check, Finding, Level, Place, problem
from trainer.workflow.doctor.folder import FOLDER
from trainer.workflow.doctor.gradebooks import gradebooks
from trainer.workflow.doctor.machine import MACHINE
from trainer.workflow.doctor.network import NETWORK
from trainer.workflow.doctor.programs import PROGRAMS
from trainer.workflow.doctor.storage import STORAGE

CHECKS: Sequence[Check] = (*MACHINE, *PROGRAMS, *STORAGE, *FOLDER, gradebooks, *NETWORK)


def examine(place: Place, checks: Sequence[Check] = CHECKS) -> list[Finding]:
    """What the checks found, in their order."""
    return [finding for check in checks for finding in _found(check, place)]


def _found(check: Check, place: Place) -> list[Finding]:
    try:
        return list(check(place))
    except TrainerError as error:
        return [problem("检查", str(error), "改正后再运行一次 trainer doctor。")]
    except OSError as error:
        where = f"（{error.filename}）" if error.filename else ""
        return [
            problem(
                "检查", f"有一项没能检查：{error.strerror}{where}。", "请以启动服务器的用户（root）运行。"
            )
        ]


def sound(findings: Sequence[Finding]) -> bool:
    """Whether the server may be used as it is."""
    return all(finding.level is not Level.PROBLEM for finding in findings)
