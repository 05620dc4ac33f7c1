"""A competition: its rules as declared, and the boards that follow from them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from fractions import Fraction
from typing import Annotated, Literal

from pydantic import AwareDatetime, Field, StringConstraints, model_validator

from trainer.model.people import Trainee
from trainer.model.points import Hundredths
from trainer.model.question import ExactDecimal, FormatOne, Identifier, Strict, Text

CONTEST_FORMAT = 1

#: time: less time used first. submitted: earlier submission first. section:<title>: more points in that section first.
TieRule = Annotated[str, StringConstraints(pattern=r"^(time|submitted|section:.+)$")]
#: participation: higher rate first. best: higher best individual score first. mean: higher mean first.
TeamTieRule = Literal["participation", "best", "mean"]


class TeamScore(StrEnum):
    """How a team's score follows from its members' scores (团体计分)."""

    MEAN = "mean"
    SUM = "sum"
    BEST = "best"


class TeamRules(Strict):
    """How teams are scored and ranked."""

    score: TeamScore = Field(default=TeamScore.MEAN, description="mean 平均分；sum 总分；best 前几名的平均分")
    best: int = Field(default=3, ge=1, description="score 为 best 时，取前几名")
    participation: bool = Field(default=False, description="是否再乘以参赛率")
    ties: tuple[TeamTieRule, ...] = Field(default=("participation", "best"), description="同分时依次比什么")

    def explain(self) -> str:
        """The rule in a sentence, printed on the board."""
        base = {
            TeamScore.MEAN: "团体分＝实考人员平均分",
            TeamScore.SUM: "团体分＝实考人员总分",
            TeamScore.BEST: f"团体分＝本单位前 {self.best} 名的平均分（应考人数不足 {self.best} 人的按应考人数平均，缺考计零分）",
        }[self.score]
        rate = " × 参赛率（实考人数÷应考人数）" if self.participation else ""
        names = {"participation": "参赛率高者", "best": "本单位最高分高者", "mean": "平均分高者"}
        ties = f"；同分依次比：{'、'.join(names[tie] for tie in self.ties)}" if self.ties else ""
        return f"{base}{rate}，保留两位小数{ties}；仍相同的并列。"


class ContestRules(Strict):
    """contests/<id>.yaml: what is announced before the competition."""

    format: FormatOne = Field(description="格式版本，现在是 1")
    id: Identifier = Field(description="比赛编号，也是导出文件夹的名字")
    title: Text = Field(description="比赛名称，印在榜单上")
    organiser: str = Field(default="", description="主办单位，印在榜单上")
    notice: str = Field(default="", description="印在榜单醒目处的说明，例如“示例数据，人名和单位均为虚构”")
    paper: Identifier = Field(description="试卷编号")
    opens: AwareDatetime = Field(description="开始时间，要写时区")
    closes: AwareDatetime = Field(description="截止时间，要写时区")
    pass_percent: ExactDecimal = Field(
        default=60, ge=0, le=100, description="及格线：满分的百分之几", validate_default=True
    )
    pass_denominator: Literal["present", "expected"] = Field(
        default="present",
        description="及格率的分母：present 实考人数，expected 应考人数；两种都会列出，这里定哪种为主",
    )
    ties: tuple[TieRule, ...] = Field(
        default=("time", "submitted"),
        description="个人同分时依次比什么：time 用时少者在前；submitted 先交卷者在前；section:大题名称 该大题得分高者在前",
    )
    team: TeamRules = Field(default=TeamRules(), description="团体怎样计分、怎样排名")
    team_word: str = Field(default="乡镇", description="团体的叫法：乡镇、单位、支部……")
    cohort_word: str = Field(default="期次", description="期次的叫法：期次、班次……")

    @model_validator(mode="after")
    def _closes_after_opening(self) -> ContestRules:
        if self.closes <= self.opens:
            raise ValueError("“closes”（截止时间）应当晚于“opens”（开始时间）。")
        return self

    def explain_ties(self) -> str:
        """The individual tie rules in a sentence, printed on the board."""
        words = {"time": "用时少者在前", "submitted": "先交卷者在前"}
        rules = [words.get(tie) or f"“{tie.partition(':')[2]}”得分高者在前" for tie in self.ties]
        return (
            f"个人按总分排名；同分依次比：{'；'.join(rules)}；仍相同的并列。"
            if rules
            else "个人按总分排名，同分并列。"
        )


def duration_text(used: timedelta) -> str:
    """A time used as people write it: 36分05秒, 1小时02分00秒; parts of a second are dropped."""
    seconds = int(used.total_seconds())
    hours, minutes = seconds // 3600, seconds % 3600 // 60
    return f"{hours}小时{minutes:02d}分{seconds % 60:02d}秒" if hours else f"{minutes}分{seconds % 60:02d}秒"


@dataclass(frozen=True)
class Result:
    """What the gradebook says of one trainee who submitted.

    ``sections`` are points by section title in paper order. ``pending`` counts answers that a person still has to
    mark (they count 0 until then). ``submitted_at`` is timezone-aware.
    """

    account: str
    assignment: str
    score: Hundredths
    submitted_at: datetime | None
    sections: dict[str, Hundredths]
    late: bool = False
    pending: int = 0
    unanswered: int = 0


@dataclass(frozen=True)
class Standing:
    """One line of the individual board.

    ``rank`` is None for those who did not sit (缺考), and for those whose submission could not be marked, in which
    case ``problem`` says so.
    """

    rank: int | None
    trainee: Trainee
    score: Hundredths
    passed: bool
    sections: dict[str, Hundredths]
    submitted_at: datetime | None
    time_used: timedelta | None
    tied: bool = False
    tie_evidence: str = ""
    late: bool = False
    pending: int = 0
    unanswered: int = 0
    problem: str = ""


@dataclass(frozen=True)
class TeamStanding:
    """One line of the team board. Rates are exact fractions of 1; ``score`` is rounded half up to a hundredth."""

    rank: int
    team: str
    score: Hundredths
    expected: int
    present: int
    passed: int
    mean: Fraction
    best: Hundredths
    participation: Fraction
    tied: bool = False
    unmarked: int = 0

    @property
    def absent(self) -> int:
        """Those who did not sit; not those whose submission could not be marked yet (``unmarked``)."""
        return self.expected - self.present - self.unmarked


@dataclass(frozen=True)
class Summary:
    """The figures of a group of trainees; scores in hundredths, means and medians exact fractions of a hundredth."""

    expected: int
    present: int
    passed: int
    mean: Fraction | None
    median: Fraction | None
    highest: Hundredths | None
    lowest: Hundredths | None
    unmarked: int = 0

    @property
    def absent(self) -> int:
        """Those who did not sit; not those whose submission could not be marked yet (``unmarked``)."""
        return self.expected - self.present - self.unmarked

    @property
    def pass_rate_present(self) -> Fraction | None:
        return Fraction(self.passed, self.present) if self.present else None

    @property
    def pass_rate_expected(self) -> Fraction | None:
        return Fraction(self.passed, self.expected) if self.expected else None


@dataclass(frozen=True)
class CohortBoard:
    """The individual ranking within one cohort."""

    cohort: str
    summary: Summary
    standings: tuple[Standing, ...]


@dataclass(frozen=True)
class Board:
    """Everything that is published of a competition; a pure function of rules, roster and results.

    ``sections`` maps section titles to full points in paper order; ``team_sections`` gives each team's mean points by
    section (exact fractions of a hundredth; teams without anyone present are absent from it).
    """

    rules: ContestRules
    paper_title: str
    full: Hundredths
    sections: dict[str, Hundredths]
    marking: str
    individuals: tuple[Standing, ...]
    teams: tuple[TeamStanding, ...]
    cohorts: tuple[CohortBoard, ...]
    summary: Summary
    team_sections: dict[str, dict[str, Fraction]]
    remarks: tuple[str, ...] = ()

    @property
    def pending(self) -> int:
        """Answers still to be marked by people; while there are any, the board is provisional (暂定)."""
        return sum(standing.pending for standing in self.individuals)
