"""The command line as a person meets it: help in Chinese, sentences for errors, JSON for programs."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from openpyxl import Workbook
from traitlets.utils.importstring import import_item

from trainer.apps.base import TrainerApp
from trainer.apps.main import MainApp

from .conftest import Cli


def all_commands(app: type[TrainerApp] = MainApp, words: tuple[str, ...] = ()) -> list[tuple[str, ...]]:
    """Every command and group as typed, without ``trainer``."""
    found = [words]
    for name, (sub, _) in dict(app.subcommands).items():
        found += all_commands(import_item(sub) if isinstance(sub, str) else sub, (*words, name))
    return found


@pytest.mark.parametrize("words", all_commands(), ids=lambda words: " ".join(words) or "trainer")
def test_help_of_every_command_is_chinese(cli: Cli, words: tuple[str, ...]) -> None:
    done = cli(*words, "--help")
    assert done.status == 0
    assert done.out.splitlines()[0].endswith(("。", "：", "馈。"))
    assert f"用法：{' '.join(('trainer', *words))}" in done.out
    assert not re.search(r"\b(Options|Usage|Examples|default|To see)\b", done.out)


def test_help_all_lists_every_setting(cli: Cli) -> None:
    done = cli("grade", "--help-all")
    for name in ("c.QuestionBank.directory", "c.Grading.max_submission_mb", "c.Publishing.directory"):
        assert name in done.out


@pytest.mark.parametrize(
    ("words", "status", "said"),
    [
        pytest.param(["nosuch"], 2, "没有“nosuch”这个命令", id="unknown command"),
        pytest.param(["paper", "nosuch"], 2, "没有“nosuch”这个命令", id="unknown subcommand"),
        pytest.param([], 2, "请写明要做什么", id="no command"),
        pytest.param(["grade"], 2, "参数的个数不对", id="missing argument"),
        pytest.param(["bank", "check", "x"], 2, "参数的个数不对", id="surplus argument"),
        pytest.param(["bank", "check", "--colour=red"], 2, "不认识选项 --colour", id="unknown option"),
        pytest.param(["bank", "check", "--format=xml"], 2, "选项的值不对", id="bad value"),
        pytest.param(["bank", "check", "--bank=nowhere"], 1, "没有找到题库文件夹", id="no bank"),
        pytest.param(["grade", "leitai", "--course=nowhere"], 1, "不是课程文件夹", id="no course"),
        pytest.param(
            ["roster", "import", "名册.xlsx", "--course=nowhere"],
            1,
            "不是课程文件夹",
            id="no course for a roster",
        ),
    ],
)
def test_an_error_is_a_sentence_and_a_status(cli: Cli, words: list[str], status: int, said: str) -> None:
    done = cli(*words)
    assert done.status == status
    assert said in done.err
    assert "Traceback" not in done.err
    assert "CRITICAL" not in done.err


def test_a_defect_is_reported_without_a_traceback_unless_asked(
    cli: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    import trainer.apps.bank as module

    def broken(_: Path) -> None:
        raise ZeroDivisionError("boom")

    monkeypatch.setattr(module, "check_bank", broken)
    done = cli("bank", "check")
    assert done.status == 70
    assert "程序出错了" in done.err
    assert "Traceback" not in done.err
    assert "Traceback" in cli("bank", "check", "--debug").err


def test_bank_check_passes_on_the_real_bank(cli: Cli) -> None:
    done = cli("bank", "check", "--format=json")
    assert done.status == 0
    assert json.loads(done.out)["reviewed"] >= 150


def test_bank_check_lists_every_problem_and_fails(cli: Cli, tmp_path: Path, bank_folder: Path) -> None:
    import shutil

    bank = tmp_path / "tiku"
    bank.mkdir()
    for name in ("regulations.yaml", "topics.yaml"):
        shutil.copy(bank_folder / name, bank)
    (bank / "dangfei").mkdir()
    (bank / "dangfei" / "cuo.yaml").write_text(
        "format: 1\ntopic: dangfei\nquestions:\n  - id: x-1\n    kind: single\n    nosuch: 1\n",
        encoding="utf-8",
    )
    done = cli("bank", "check", f"--bank={bank}", "--format=json")
    assert done.status == 1
    rows = json.loads(done.out)["rows"]
    assert {row["题目"] for row in rows} == {"x-1"}
    assert any("不认识“nosuch”" in row["问题"] and row["行"] == 6 for row in rows)
    assert len(rows) > 5


def test_bank_stats_counts_topic_kind_and_difficulty(cli: Cli) -> None:
    data = json.loads(cli("bank", "stats", "--format=json").out)
    total = data["rows"][-1]
    assert total["专题"] == "合计"
    assert (
        total["合计"]
        == sum(row["合计"] for row in data["rows"][:-1])
        == sum(cell["题数"] for cell in data["cells"])
    )
    assert total["易"] + total["中"] + total["难"] == total["合计"]
    shown = cli("bank", "stats").out
    assert "发展党员" in shown
    assert "单选题" in shown


def _roster(path: Path, people: int = 6) -> Path:
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(["工号", "姓名", "所在乡镇", "党支部", "职务", "班次"])
    for i in range(1, people + 1):
        sheet.append([f"a{i}", f"示例{i}", "甲镇" if i % 2 else "乙乡", "示例村支部", "书记", "第1班"])
    book.save(path)
    return path


def test_a_competition_by_hand_from_an_empty_folder(cli: Cli, workplace: Path) -> None:
    """The path of the tutorial, command by command."""
    course = workplace / "bisai"
    assert cli("course", "create", course, cwd=workplace).status == 0
    here = f"--course={course}"
    done = cli("roster", "import", _roster(workplace / "名册.xlsx"), here, cwd=workplace)
    assert "名册共 6 人（新增 6" in done.out
    assert "示例6" in cli("roster", "show", here, cwd=workplace).out
    blueprint = course / "blueprints" / "xiaoce.yaml"
    blueprint.write_text(
        "format: 1\nid: xiaoce\ntitle: 小测\nforms: 2\nsections:\n"
        "  - {title: 判断题, kind: judge, count: 5, points: 2}\n",
        encoding="utf-8",
    )
    made = cli("paper", "make", blueprint, "--seed=1", here, cwd=workplace)
    assert "xiaoce-a" in made.out
    assert "xiaoce-b" in made.out
    again = cli("paper", "make", blueprint, "--seed=1", here, cwd=workplace)
    assert again.status == 0
    other = cli("paper", "make", blueprint, "--seed=2", here, cwd=workplace)
    assert (other.status, "--replace" in other.err) == (1, True)
    assert "《" in cli("paper", "show", "xiaoce", here, cwd=workplace).out
    allotted = json.loads(cli("paper", "allot", "xiaoce", here, "--format=json", cwd=workplace).out)
    assert sorted(row["人数"] for row in allotted["rows"]) == [3, 3]
    _exchange(course)
    assert "已发布" in cli("release", "xiaoce", here, cwd=workplace).out
    collected = json.loads(cli("collect", "xiaoce", here, "--format=json", cwd=workplace).out)
    assert [(row["作业"], row["份数"]) for row in collected["rows"]] == [("xiaoce-a", 0), ("xiaoce-b", 0)]
    _hand_in(course, "xiaoce-a", "a1")
    graded = cli("grade", "xiaoce", here, cwd=workplace)
    assert graded.status == 0, graded.err
    (course / "contests" / "xiaoce.yaml").write_text(
        "format: 1\nid: xiaoce\ntitle: 小测\npaper: xiaoce\nopens: 2026-11-20T09:00:00+08:00\n"
        "closes: 2026-11-20T10:00:00+08:00\n",
        encoding="utf-8",
    )
    board = json.loads(cli("leaderboard", here, "--format=json", cwd=workplace).out)
    assert [line["单位"] for line in board["teams"]]
    assert all(Path(file).is_file() for file in board["files"])
    assert cli("feedback", "xiaoce", here, cwd=workplace).status == 0
    assert "没有变化" in cli("regrade", "xiaoce", here, cwd=workplace).out
    rebuilt = cli("paper", "rebuild", "xiaoce", here, cwd=workplace)
    assert rebuilt.status == 0
    refused = cli("paper", "make", blueprint, "--seed=2", "--replace", here, cwd=workplace)
    assert "已经有人交卷" in refused.err


def _exchange(course: Path) -> None:
    (course / "exchange").mkdir()
    (course / "exchange").chmod(0o777)
    with (course / "nbgrader_config.py").open("a", encoding="utf-8") as file:
        file.write(f"c.Exchange.root = {str(course / 'exchange')!r}\n")


def _hand_in(course: Path, assignment: str, account: str) -> None:
    """Somebody writes 对 into every answer cell and hands in, whichever form was allotted to them."""
    rows = (course / "people" / "allocation-xiaoce.csv").read_text(encoding="utf-8-sig").splitlines()
    assignment = next(row.rsplit(",", 1)[1] for row in rows if row.startswith(f"{account},"))
    notebook = json.loads((course / "release" / assignment / f"{assignment}.ipynb").read_bytes())
    for cell in notebook["cells"]:
        if cell["metadata"]["nbgrader"]["grade"]:
            cell["source"] = "对"
    folder = course / "submitted" / account / assignment
    folder.mkdir(parents=True)
    (folder / f"{assignment}.ipynb").write_text(json.dumps(notebook), encoding="utf-8")
    (folder / "timestamp.txt").write_text("2026-11-20 01:30:00.000000 UTC")


def test_a_configuration_of_somebody_else_above_us_is_not_run(tmp_path: Path) -> None:
    import os

    from trainer.apps.base import find_installation

    (tmp_path / "jupyter_config.py").write_text("raise SystemExit('run')")
    inner = tmp_path / "a" / "b"
    inner.mkdir(parents=True)
    assert find_installation(inner) == tmp_path / "jupyter_config.py"
    if os.getuid() == 0:
        os.chown(tmp_path / "jupyter_config.py", 12345, 12345)
        assert find_installation(inner) is None
