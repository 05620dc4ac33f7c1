"""``trainer receipt``: check receipts offline."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from traitlets import Unicode

from trainer.apps.backup import DataCommand
from trainer.apps.base import TrainerApp
from trainer.errors import UsageError
from trainer.hall.receipts import as_text
from trainer.workflow.receipts import Checked, check_receipt, public_keys, read_receipt


class ReceiptVerifyApp(DataCommand):
    """Check receipts with the public keys."""

    name = "trainer-receipt-verify"
    description = (
        "核对交卷回执：是不是本系统签发的，有没有被改过；加 --content 时，再核对文件是不是交上来的那份。"
        "不用连服务器，有公钥就行。有一份无效时退出状态为 1。"
    )
    usage = "<回执>… [选项]"
    arguments = (
        ("回执", "回执文件（.json 或 .txt），- 表示从标准输入读；收上来的文件夹，则核对里面的回执和全部文件"),
    )
    examples = """
trainer receipt verify 回执.txt --key=receipt-key.pub.json
trainer receipt verify 回执.json --content=leitai-a.ipynb --data=/srv/trainer
trainer receipt verify courses/leitai/submitted/*/leitai-a --data=/srv/trainer
"""
    least, most = 1, None

    key = Unicode("", help="公钥").tag(config=True)
    content = Unicode("", help="文件或文件夹").tag(config=True)
    aliases = DataCommand.aliases | {
        "key": (
            "ReceiptVerifyApp.key",
            "公钥文件（receipt-key.pub.json），或公钥本身；不写则用数据文件夹里的",
        ),
        "content": ("ReceiptVerifyApp.content", "交上来的文件或文件夹，核对内容是不是回执上的那份"),
    }

    def run(self) -> int:
        if self.content and len(self.extra_args) > 1:
            raise UsageError("写了 --content 时，一次只能核对一份回执。")
        keys = public_keys(self.data, self.key)
        content = Path(self.content) if self.content else None
        if content is not None and not content.exists():
            raise UsageError(f"没有 {content}。")
        checked = [check_receipt(Path(name), keys, content) for name in self.extra_args]
        bad = sum(not one.verdict.valid for one in checked)
        self.print_table(
            f"核对了 {len(checked)} 份回执：有效 {len(checked) - bad}，无效 {bad}",
            ["回执", "学员", "作业", "收到时间", "有效", "说明"],
            [_row(one) for one in checked],
        )
        return 1 if bad else 0


def _row(checked: Checked) -> list[str]:
    receipt, valid = checked.receipt, checked.verdict.valid
    told = [_plain(str(receipt.get(name, ""))) for name in ("trainee", "assignment", "received_at")]
    return [str(checked.path), *told, "是" if valid else "否", checked.verdict.reason]


class ReceiptShowApp(TrainerApp):
    """A receipt for people to read."""

    name = "trainer-receipt-show"
    description = "把回执（.json 或 .txt）显示成给人看的文字；--format=json 则显示成 JSON。只显示，不核对。"
    usage = "<回执> [选项]"
    arguments = (("回执", "回执文件，- 表示从标准输入读，或收上来的文件夹"),)
    examples = "trainer receipt show courses/leitai/submitted/sl001/leitai-a"
    aliases = {"format": TrainerApp.aliases["format"]}  # noqa: RUF012
    least = most = 1

    def run(self) -> None:
        receipt = read_receipt(Path(self.extra_args[0]))
        if self.output_format == "json":
            self.print_json(receipt)
            return
        try:
            self.say(as_text(_plain(receipt)).rstrip())
        except (KeyError, TypeError):
            raise UsageError("这不是一份完整的回执，显示不了。") from None


def _plain(value: Any) -> Any:
    """The same without characters that steer a terminal or end a line: anybody may have written this."""
    if isinstance(value, str):
        return "".join(c if c.isprintable() or c == "\u3000" else "�" for c in value)
    if isinstance(value, dict):
        return {_plain(key): _plain(inner) for key, inner in value.items()}
    return value


class ReceiptApp(TrainerApp):
    """Commands on receipts."""

    name = "trainer-receipt"
    description = "交卷回执：核对、显示。"
    subcommands = {  # noqa: RUF012
        "verify": (ReceiptVerifyApp, "核对回执，以及交上来的文件"),
        "show": (ReceiptShowApp, "把回执显示成文字"),
    }
