"""What a computation says: sentences for people, each with the article that it rests on."""

from __future__ import annotations

from dataclasses import dataclass

from trainer.errors import TrainerError

BRANCH = "《中国共产党支部工作条例（试行）》第{}条"
ADMISSION = "《中国共产党发展党员工作细则》（2026年修订）第{}条"
DUES = "《关于中国共产党党费收缴、使用和管理的规定》第{}条"
TERMS = "《关于党的基层组织任期的意见》"
#: Its articles on meetings and ballots were read in manuals only, numbers from memory: what rests on it says where to look.
ELECTION = "没有核对过原文：请查《中国共产党基层组织选举工作条例》{}，请示上级党组织"
#: What notices of a year or a place say, and no regulation that was read.
NOTICE = "年度通知或者组织部门答复（请对照当年的通知）"


class Impossible(TrainerError):
    """The numbers or dates given cannot all be true; the text says which."""


@dataclass(frozen=True)
class Finding:
    """One thing that was computed. ``holds`` is None where nothing is decided, only said."""

    what: str
    sentence: str
    basis: str
    holds: bool | None = None
