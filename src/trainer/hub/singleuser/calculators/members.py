"""评议汇总 and 支部自查 as forms: they read tables, in memory."""

from __future__ import annotations

import re

from trainer.hub.singleuser.calculators.forms import Asked, Calculator, Field, Form, Outcome, Table
from trainer.hub.singleuser.drawing import bar_plot
from trainer.procedures.appraisal import COLUMNS, cells_of, summary, tallies
from trainer.procedures.findings import Finding, Impossible
from trainer.procedures.self_check import SelfCheck, self_check

_SHOWN = 200


def _appraisal(asked: Asked) -> Outcome:
    from trainer.people.grids import TIGHT, grids_of

    upload = asked.files.get("book")
    if upload:
        grid = next(iter(grids_of(*upload, is_header=lambda cell: cell in COLUMNS, bounds=TIGHT)), None)
        rows = [list(texts) for _, texts in grid.lines] if grid else []
    else:
        rows = cells_of(asked.text("table"))
    counted = tallies(rows)
    probationary = [name for name in re.split(r"[\s、，,;；]+", asked.text("probationary")) if name]
    findings = summary(counted, asked.number("full"), probationary)
    lines = [(one.name, *map(str, one.counts), str(one.ballots)) for one in counted[:_SHOWN]]
    return Outcome(findings, (Table("各人的票数", ("姓名", *COLUMNS, "合计"), lines),))


APPRAISAL_SUMMARY = Calculator(
    "pingyi",
    "评议汇总",
    (
        Form(
            "tally",
            "数测评票",
            (
                Field(
                    "table",
                    "把表格粘贴到这里",
                    "area",
                    "第一行表头。一行一个人：姓名 优秀 合格 基本合格 不合格；或者一行一张票：姓名 等次。从 Excel 里复制过来就可以",
                    needed=False,
                ),
                Field("book", "或者选一个 .xlsx 文件", "file", "只在内存里读，不保存", needed=False),
                Field("full", "正式党员人数"),
                Field(
                    "probationary", "其中的预备党员", "text", "写姓名，用顿号隔开；没有就不填", needed=False
                ),
            ),
            _appraisal,
        ),
    ),
)


def _self_check(asked: Asked) -> Outcome:
    from trainer.people.branch_book import read_branch

    uploads = [asked.files[name] for name in ("book", "other") if name in asked.files]
    year = asked.optional_number("year") or asked.today.year
    if not 2000 <= year <= 2100:
        raise Impossible("年份要填四位数，例如 2026。")
    checked = self_check(read_branch(uploads), year, asked.today)
    return Outcome(_findings(checked), _tables(checked), _pictures(checked))


def _findings(checked: SelfCheck) -> list[Finding]:
    found = [*checked.gaps, *checked.warnings]
    short = sum(one.holds is False for one in checked.quorums)
    if checked.quorums:
        unclear = [one for one in checked.quorums if not one.holds]
        said = f"有 {len(unclear)} 次不够或者看不出来，列在后面。" if unclear else "每次都够。"
        sentence = f"查了 {len(checked.quorums)} 次党员大会、支委会，{said}"
        found[:0] = [Finding("到会人数", sentence, "", not short), *unclear[:_SHOWN]]
    if checked.ignored:
        found.append(
            Finding("没有算的", f"{checked.ignored} 条记录不是 {checked.year} 年的，或者日期还没有到。", "")
        )
    return found


def _tables(checked: SelfCheck) -> list[Table]:
    came = [(one.name, f"{one.came}/{one.of}", f"{one.percent}%") for one in checked.attendance]
    counts = [
        (kind, *(str(sum(months[3 * q : 3 * q + 3])) for q in range(4)))
        for kind, months in checked.by_month.items()
    ]
    tables = [
        Table(f"{checked.year} 年各季度开了几次", ("会", "一季", "二季", "三季", "四季"), counts),
        Table("各人出勤（到会次数/应计次数）", ("姓名", "次数", "出勤率"), came[:_SHOWN]),
    ]
    return [table for table in tables if table.rows]


def _pictures(checked: SelfCheck) -> list[str]:
    months = [sum(counts[month] for counts in checked.by_month.values()) for month in range(12)]
    labels = [str(month) for month in range(1, 13)]
    return [bar_plot(months, labels, f"{checked.year} 年每月的会（次）")]


SELF_CHECK = Calculator(
    "zhibu-zicha",
    "读名册和会议记录自查",
    (
        Form(
            "check",
            "选您支部的工作簿",
            (
                Field(
                    "book",
                    "名册和会议记录（.xlsx）",
                    "file",
                    "一张工作表是名册：姓名、党员类型（正式或预备），可以有党员编号、所在党小组；一张是会议记录：日期、会议类型、应到、实到，"
                    "可以有有表决权应到、有表决权实到、议题；还可以有一张签到：日期、会议类型、党员编号、状态。文件只在内存里读，不保存",
                ),
                Field("other", "分成两个文件的，第二个", "file", needed=False),
                Field("year", "哪一年", hint="不填就是今年", needed=False),
            ),
            _self_check,
        ),
    ),
)
