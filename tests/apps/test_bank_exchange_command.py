"""``trainer bank import`` and ``trainer bank export`` as a person types them."""

from __future__ import annotations

import json

TEXT = "判断题（虚构）\n1、灯是红的。（√）\n2、绳是长的。\n"


def test_a_try_writes_the_report_and_says_how_to_go_on(cli, workplace):
    (workplace / "题库.txt").write_text(TEXT)
    done = cli("bank", "import", "题库.txt", cwd=workplace)
    assert done.status == 0, done.err
    assert "没有答案" in done.out
    assert "这次只是试读" in done.out
    assert (workplace / "导入报告.xlsx").is_file()


def test_json_for_programs(cli, workplace):
    (workplace / "题库.txt").write_text(TEXT)
    done = cli("bank", "import", "题库.txt", "--format=json", "--out=报告.xlsx", cwd=workplace)
    data = json.loads(done.out)
    assert data["rows"][0]["题数"] == 2
    assert data["doubtful"][0] == {
        "文件": "题库.txt",
        "位置": "第 3 行",
        "题干": "绳是长的。",
        "原因": "没有答案",
    }


def test_an_error_is_a_sentence(cli, workplace):
    (workplace / "题库.docx").write_bytes(b"MZ")
    done = cli("bank", "import", "题库.docx", cwd=workplace)
    assert (done.status, done.out) == (1, "")
    assert "其实是一个程序" in done.err
    assert cli("bank", "import", "--out=a.txt", "题库.docx", cwd=workplace).status == 2


def test_export_says_what_it_wrote(cli, workplace):
    done = cli("bank", "export", "空.xlsx", "--empty", cwd=workplace)
    assert (done.status, done.out) == (0, "已写入 空.xlsx\n是空白的填写表。\n"), done.err
