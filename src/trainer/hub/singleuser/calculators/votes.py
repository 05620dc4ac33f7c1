"""到会与票数 as forms: one for each of the lines that must not be mixed."""

from __future__ import annotations

from trainer.hub.singleuser.calculators.forms import Asked, Calculator, Field, Form, Outcome
from trainer.procedures.findings import Impossible
from trainer.procedures.votes import Ballots, admission_vote, branch_vote, committee_meeting, election

_ENTITLED = Field(
    "entitled", "应到会的有表决权党员", hint="只数正式党员；预备党员、留党察看期间的党员没有表决权"
)
_PRESENT = Field("present", "实际到会的有表决权党员")
_IN_FAVOUR = Field("in_favour", "到会的赞成票", hint="还没有表决就不填", needed=False)


def _branch(asked: Asked) -> Outcome:
    numbers = asked.number("entitled"), asked.number("present")
    return Outcome(branch_vote(*numbers, asked.optional_number("in_favour")))


def _admission(asked: Asked) -> Outcome:
    numbers = asked.number("entitled"), asked.number("present")
    written = asked.optional_number("written") or 0
    return Outcome(admission_vote(*numbers, asked.optional_number("in_favour"), written))


def _committee(asked: Asked) -> Outcome:
    return Outcome(committee_meeting(asked.number("members"), asked.number("attending")))


def _election(asked: Asked) -> Outcome:
    entitled, present = asked.number("entitled"), asked.number("present")
    seats, candidates = asked.number("seats"), asked.number("candidates")
    voters, returned = asked.optional_number("voters"), asked.optional_number("returned")
    if (voters is None) != (returned is None):
        raise Impossible("“投票人数”和“收回选票”要么都填，要么都不填。")
    votes = [_votes(line) for line in asked.text("votes").splitlines() if line.strip()]
    if votes and (voters is None or returned is None):
        raise Impossible("填了得票数，也要填“投票人数”和“收回选票”。")
    ballots = None if voters is None or returned is None else Ballots(voters, returned, votes)
    return Outcome(election(entitled, present, seats, candidates, ballots))


def _votes(line: str) -> tuple[str, int]:
    """A line ``名字 票数``. Raises Impossible."""
    name, _, count = line.replace("，", " ").replace(",", " ").replace("：", " ").strip().rpartition(" ")
    if not name.strip() or not count.isdecimal() or len(count) > 5:
        raise Impossible(f"得票数这一行看不懂：“{line.strip()[:20]}”。请写成“甲 18”，一人一行。")
    return name.strip(), int(count)


VOTES = Calculator(
    "huiyi-piaoshu",
    "到会与票数",
    (
        Form("branch", "党员大会一般表决", (_ENTITLED, _PRESENT, _IN_FAVOUR), _branch),
        Form(
            "admission",
            "接收预备党员、转正",
            (
                _ENTITLED,
                _PRESENT,
                _IN_FAVOUR,
                Field("written", "会前正式书面赞成", hint="没有到会的党员会前交的；没有就不填", needed=False),
            ),
            _admission,
        ),
        Form(
            "committee",
            "支部委员会会议",
            (Field("members", "委员人数"), Field("attending", "到会委员")),
            _committee,
        ),
        Form(
            "election",
            "换届选举（试算，不作依据）",
            (
                Field(
                    "entitled",
                    "应到会的有选举权党员",
                    hint="哪些人可以不计入，请查条文、请示上级；没有答复以前都计入",
                ),
                Field("present", "实际到会的有选举权党员"),
                Field("seats", "应选名额"),
                Field("candidates", "候选人数"),
                Field("voters", "投票人数", hint="还没有投票就不填", needed=False),
                Field("returned", "收回选票", needed=False),
                Field("votes", "各人的赞成票", "area", "一人一行，例如：甲 18", needed=False),
            ),
            _election,
        ),
    ),
)
