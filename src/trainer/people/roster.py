"""The roster (名册, 应考名单): who is expected, and for which township."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from pathlib import Path

from trainer.model.people import Roster, Trainee
from trainer.people.accounts import account_in, account_problem
from trainer.people.cells import is_formula_error
from trainer.people.columns import ACCOUNT, NAME, Column
from trainer.people.replacing import replace_file
from trainer.people.sheets import Row, Table, read_table

_NAME = Column(NAME.field, NAME.variants, required=True)
_TEAM = Column(
    "单位",
    (
        *(
            "乡镇",
            "乡镇/街道",
            "乡镇(街道)",
            "代表队",
            "乡镇街道",
            "镇街",
            "街道",
            "队名",
            "参赛单位",
            "参赛队",
        ),
        *("所在乡镇", "所属乡镇", "所在单位", "所属单位", "工作单位", "单位名称", "team"),
    ),
    required=True,
    second=("单位", "所在单位", "所属单位", "工作单位", "单位名称"),
)
_BRANCH = Column(
    "支部",
    ("党支部", "所在支部", "所在党支部", "所属支部", "所属党支部", "支部名称", "村", "村/社区", "branch"),
    second=("村", "村/社区"),
)
_POST = Column("职务", ("岗位", "党内职务", "post"))
_COHORT = Column("期次", ("班次", "期别", "培训班", "培训班次", "培训期次", "cohort"))
_COLUMNS = (ACCOUNT, _NAME, _TEAM, _BRANCH, _POST, _COHORT)
_REQUIRED = tuple(column.field for column in _COLUMNS if column.required)


def read_roster(path: Path) -> Roster:
    """The roster in a sheet, in its order.

    Raises NotFound, and BadSheet: the file is no table, or some rows cannot be used; all of these are told at
    once. Only fully blank rows are skipped: a total or a remark below the list is reported, lest a person be
    lost unseen.
    """
    table = read_table(path, _COLUMNS)
    table.refuse([*_bad_cells(table), *_repeated(table)])
    return Roster(tuple(_trainee(row) for row in table.rows))


def write_roster(roster: Roster, path: Path) -> None:
    """Writes the canonical csv, which :func:`read_roster` reads back as the same roster. Raises OSError."""
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(column.field for column in _COLUMNS)
    for t in roster:
        writer.writerow((t.account, t.name, t.team, t.branch, t.post, t.cohort))
    replace_file(path, text.getvalue().encode("utf-8-sig"))  # Excel needs the mark to see UTF-8


def _trainee(row: Row) -> Trainee:
    return Trainee(
        account=account_in(row),
        name=row[_NAME.field],
        team=row[_TEAM.field],
        branch=row[_BRANCH.field],
        post=row[_POST.field],
        cohort=row[_COHORT.field],
    )


def _bad_cells(table: Table) -> Iterator[tuple[int, str]]:
    for row in table.rows:
        for sentence in _row_problems(row):
            yield row.number, sentence


def _row_problems(row: Row) -> Iterator[str]:
    blank = [field for field in _REQUIRED if not row[field]]
    if len(blank) == len(_REQUIRED):
        yield "账号、姓名、单位都没有填；如果是合计、备注之类的行，请删去。"
    elif blank:
        merged = "（合并的单元格请先取消合并，逐行填写）" if _TEAM.field in blank else ""
        yield f"没有填写{'、'.join(blank)}{merged}。"
    broken = [field for field, text in row.cells.items() if is_formula_error(text)]
    if broken:
        yield f"{'、'.join(broken)}是出错的公式，请改成实际的内容。"
    account = account_in(row)
    if account and ACCOUNT.field not in broken and (sentence := account_problem(account)):
        yield sentence


def _repeated(table: Table) -> Iterator[tuple[int, str]]:
    """Accounts that were there before. Case is ignored: on some disks A1 and a1 are the same folder."""
    first: dict[str, tuple[int, str]] = {}
    for row in table.rows:
        account = account_in(row)
        if not account or is_formula_error(account):
            continue
        number, earlier = first.setdefault(account.casefold(), (row.number, account))
        if number == row.number:
            continue
        if account == earlier:
            yield row.number, f"账号“{account}”与第 {number} 行重复，一个账号只能属于一个人。"
        else:
            yield (
                row.number,
                f"账号“{account}”与第 {number} 行的“{earlier}”只有大小写不同，会被当成同一个账号。",
            )
