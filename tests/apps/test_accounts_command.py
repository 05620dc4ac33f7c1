"""``trainer accounts`` as a person types it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from docx import Document

Cli = Any


@pytest.fixture
def place(workplace: Path) -> Path:
    """A workplace with cheap hashes and a roster of made-up people."""
    with (workplace / "jupyter_config.py").open("a", encoding="utf-8") as file:
        file.write("\nc.Accounts.hash_memory_kib = 8\nc.Accounts.hash_rounds = 1\n")
        file.write('c.Accounts.installation = "虚构县培训"\nc.Accounts.address = "http://192.0.2.1/"\n')
    (workplace / "名册.csv").write_text(
        "账号,姓名,单位\n20260001,虚构甲,青石镇\n20260002,虚构乙,柳河乡\n", encoding="utf-8"
    )
    return workplace


def listed(cli: Cli, place: Path) -> list[dict[str, str]]:
    out = cli("accounts", "list", "--format=json", cwd=place).out
    return list(json.loads(out)["rows"])


def test_from_the_roster_to_slips(cli: Cli, place: Path) -> None:
    first = cli("accounts", "create", "--roster=名册.csv", "--slips=密码条.docx", cwd=place)
    assert (first.status, first.err) == (0, "")
    assert "新建账号 2 个，原来已有 0 个" in first.out
    [table] = Document(str(place / "密码条.docx")).tables
    texts = [cell.text for row in table.rows for cell in row.cells]
    assert ["20260001" in texts[0], "虚构县培训" in texts[0], "http://192.0.2.1/" in texts[0]] == [True] * 3
    assert texts[0].split("一次性密码")[1].strip()[:6] not in first.out
    again = cli("accounts", "create", "--roster=名册.csv", "--slips=再来.docx", cwd=place)
    assert "新建账号 0 个，原来已有 2 个" in again.out
    assert not (place / "再来.docx").exists()
    assert [row["状态"] for row in listed(cli, place)] == ["待改密码"] * 2


def test_from_a_course(cli: Cli, place: Path) -> None:
    assert cli("course", "create", "kecheng", cwd=place).status == 0
    none = cli("accounts", "create", "--course=kecheng", cwd=place)
    assert none.status == 1
    assert "还没有名册" in none.err
    assert cli("roster", "import", "名册.csv", "--course=kecheng", cwd=place).status == 0
    made = cli("accounts", "create", "--course=kecheng", "--format=json", cwd=place)
    rows = json.loads(made.out)["rows"]
    assert [row["账号"] for row in rows] == ["20260001", "20260002"]
    assert all(len(row["一次性密码"]) == 13 for row in rows)


def test_the_other_verbs(cli: Cli, place: Path) -> None:
    added = cli("accounts", "add", "laoshi", "--name=虚构师", "--instructor", "--data=d", cwd=place)
    assert "已建教师账号 laoshi" in added.out
    assert "一次性密码只在这里显示这一次。" in added.out
    assert "已重发一次性密码 1 个" in cli("accounts", "reset", "LAOSHI", "--data=d", cwd=place).out
    assert "已重发一次性密码 0 个" in cli("accounts", "reset", "--unused", "--data=d", cwd=place).out
    assert "已停用" in cli("accounts", "disable", "laoshi", "--data=d", cwd=place).out
    assert "停用" in cli("accounts", "list", "--data=d", cwd=place).out
    assert "已恢复" in cli("accounts", "enable", "laoshi", "--data=d", cwd=place).out
    assert "已解锁" in cli("accounts", "unlock", "laoshi", "--data=d", cwd=place).out
    assert not (place / "data").exists()


@pytest.mark.parametrize(
    ("words", "status", "sentence"),
    [
        (["add", "x"], 2, "请写明姓名"),
        (["add", "x y", "--name=甲"], 2, "含有不能用的字符：空格"),
        (["reset"], 2, "请写明给谁重发"),
        (["reset", "x", "--unused"], 2, "请写明给谁重发"),
        (["reset", "nobody"], 1, "没有这 1 个账号：nobody"),
        (["disable", "nobody"], 1, "没有这 1 个账号：nobody"),
        (["disable"], 2, "参数的个数不对"),
        (["create", "--roster=没有.csv"], 1, "没有.csv"),
        (["create", "--roster=名册.csv", "--slips=x.pdf"], 2, "要以 .docx 结尾"),
        (["create", "--roster=名册.csv", "--slips=没有/x.docx"], 1, "写不了"),
        (["create", "--roster=名册.csv", "--slips=名册.csv.docx", "--data=名册.csv"], 1, "数据文件夹"),
    ],
)
def test_what_goes_wrong_is_said_and_leaves_nothing(
    cli: Cli, place: Path, words: list[str], status: int, sentence: str
) -> None:
    outcome = cli("accounts", *words, cwd=place)
    assert (outcome.status, outcome.out) == (status, "")
    assert sentence in outcome.err
    assert list(place.glob("*.docx")) == []
    assert listed(cli, place) == []
