"""Accounts as people type them."""

from __future__ import annotations

import re

from trainer.people.columns import ACCOUNT
from trainer.people.sheets import Row

_ACCOUNT = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_FOREIGN = re.compile(r"[^A-Za-z0-9._-]")
_DECIMAL = re.compile(r"([0-9]+)\.0+")
_EXPONENT = re.compile(r"[0-9](\.[0-9]+)?[Ee]\+[0-9]+")
_NAMED = {" ": "空格", "\u3000": "空格", "\xa0": "空格", "\n": "换行", "\t": "制表符"}


def account_in(row: Row) -> str:
    """The account of a row; 20260001.0, which spreadsheets make of a number, is 20260001."""
    text = row[ACCOUNT.field]
    decimal = _DECIMAL.fullmatch(text)
    return decimal[1] if decimal else text


def account_problem(account: str) -> str | None:
    """Why an account cannot be used, as a sentence; None if it can. ``account`` is not blank."""
    if _ACCOUNT.fullmatch(account):
        return None
    if _EXPONENT.fullmatch(account):
        return (
            f"账号“{account}”是太长的数字，被 Excel 改成了科学记数法，末尾几位已经丢失；"
            "请把这一列的格式设为“文本”，重新填写账号。"
        )
    foreign = dict.fromkeys(
        _NAMED.get(c, c if c.isprintable() else f"U+{ord(c):04X}") for c in _FOREIGN.findall(account)
    )
    if foreign:
        why = f"含有不能用的字符：{'、'.join(foreign)}"
    elif not account[0].isalnum():
        why = "开头不是字母或数字"
    else:
        why = f"有 {len(account)} 个字符，太长了"
    return (
        f"账号“{account}”{why}。账号会成为答卷文件夹的名字，只能用半角的英文字母、数字和 . _ -，"
        "以字母或数字开头，最多 64 个字符。"
    )
