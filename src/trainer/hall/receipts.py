"""Receipts: what the hall promises about one submission, signed, and readable by people and programs alike.

The signature (Ed25519) is over the canonical JSON of everything else, so a receipt can be checked offline with the
public key alone, and the text form holds all that the JSON form holds.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from trainer.errors import TrainerError
from trainer.hall.bundle import content_hash

VERSION = 1
_TITLE = "交卷回执"
_FILES = "文件："
_YES_NO = {True: "是", False: "否"}
#: field → (what it is called in the text form, its type)
_FIELDS: dict[str, tuple[str, type]] = {
    "version": ("回执版本", int),
    "id": ("编号", str),
    "course": ("课程", str),
    "assignment": ("作业", str),
    "trainee": ("学员", str),
    "received_at": ("收到时间", str),
    "late": ("迟交", bool),
    "attempt": ("第几次交", int),
    "answers": ("已作答题数", int),
    "sha256": ("内容指纹", str),
    "key_id": ("签名钥匙", str),
    "signature": ("签名", str),
}
_HEX = re.compile(r"[0-9a-f]{64}")
_LONGEST = 1 << 20


class BadReceipt(TrainerError):
    """What was given cannot be read as a receipt at all."""


@dataclass(frozen=True)
class Verdict:
    """``valid`` and why or why not, as a Chinese sentence."""

    valid: bool
    reason: str


def canonical(receipt: Mapping[str, Any]) -> bytes:
    """The bytes that are signed: JSON of all but the signature, keys sorted, no spaces, UTF-8."""
    signed = {name: value for name, value in receipt.items() if name != "signature"}
    return json.dumps(signed, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode("utf-8")


def verify(receipt: Any, keys: Mapping[str, str]) -> Verdict:
    """Check a receipt against ``keys`` (key id → public key in base64). Never raises: any input gets a verdict."""
    problem = _problem(receipt)
    if problem:
        return Verdict(False, problem)
    if receipt["key_id"] not in keys:
        return Verdict(False, "这份回执不是本系统签发的：不认识签名用的钥匙。")
    if content_hash(receipt["files"]) != receipt["sha256"]:
        return Verdict(False, "回执无效：内容指纹和所列文件对不上，回执被改动过。")
    if not _signed(receipt, keys[receipt["key_id"]]):
        return Verdict(False, "回执无效：签名对不上，回执被改动过或抄写有误。")
    return Verdict(True, "回执有效：确由本系统签发，内容没有被改动。")


def _signed(receipt: Mapping[str, Any], public_key: str) -> bool:
    from nacl.exceptions import BadSignatureError, CryptoError
    from nacl.signing import VerifyKey

    try:
        signature = base64.b64decode(receipt["signature"], validate=True)
        VerifyKey(base64.b64decode(public_key)).verify(canonical(receipt), signature)
    except (BadSignatureError, CryptoError, binascii.Error, ValueError):
        return False
    return True


def _problem(receipt: Any) -> str | None:
    if not isinstance(receipt, Mapping) or set(receipt) != {*_FIELDS, "files"}:
        return "这不是一份完整的回执：缺少内容，或多出了内容。"
    for name, (called, kind) in _FIELDS.items():
        value = receipt[name]
        if type(value) is not kind or (kind is str and not _one_line(value)):
            return f"回执里的“{called}”不对。"
    files = receipt["files"]
    if not isinstance(files, Mapping) or not all(
        isinstance(h, str) and _HEX.fullmatch(h) and _one_line(path) for path, h in files.items()
    ):
        return "回执里列的文件不对。"
    if receipt["version"] != VERSION:
        return f"回执的版本是 {receipt['version']}，这里只会核对版本 {VERSION}。"
    return None


def _one_line(text: Any) -> bool:
    """Whether a value can be shown and encoded: no line ends, no lone surrogates."""
    return isinstance(text, str) and text.replace("\u3000", " ").isprintable()


# -- the text form -----------------------------------------------------------------------------------------------------


def as_text(receipt: Mapping[str, Any]) -> str:
    """The receipt as Chinese lines; :func:`parse` reads them back without loss."""
    lines = [_TITLE]
    for name, (called, kind) in _FIELDS.items():
        value = _YES_NO[receipt[name]] if kind is bool else receipt[name]
        if name == "signature":
            lines.append(_FILES)
            lines += [f"  {receipt['files'][path]}  {path}" for path in sorted(receipt["files"])]
        lines.append(f"{called}：{value}")
    return "\n".join(lines) + "\n"


def parse(text: str) -> dict[str, Any]:
    """A receipt from its JSON or text form, as pasted. Raises BadReceipt."""
    if len(text) > _LONGEST:
        raise BadReceipt("贴进来的内容太长，不是一份回执。")
    stripped = text.strip().removeprefix("\ufeff").strip()
    if not stripped.startswith("{"):
        return _from_lines(stripped)
    try:
        receipt = json.loads(stripped)
    except (ValueError, RecursionError):
        raise BadReceipt("内容不完整，读不出回执。请把回执从头到尾完整地复制过来。") from None
    return dict(receipt)


def _from_lines(text: str) -> dict[str, Any]:
    names = {called: (name, kind) for name, (called, kind) in _FIELDS.items()}
    receipt: dict[str, Any] = {"files": {}}
    for line in filter(None, (line.strip() for line in text.splitlines())):
        called, colon, value = line.partition("：")
        if called in names and colon:
            name, kind = names[called]
            receipt[name] = _value(value, kind)
        elif _HEX.fullmatch(line[:64]) and line[64:66] == "  ":
            receipt["files"][line[66:]] = line[:64]
    if len(receipt) == 1:
        raise BadReceipt("没有认出回执。请把回执从“交卷回执”到“签名”完整地复制过来。")
    return receipt


def _value(text: str, kind: type) -> Any:
    if kind is bool:
        return {"是": True, "否": False}.get(text)
    if kind is int:
        return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else None
    return text
