"""Check receipts without the server: with the public keys alone, and with the files that were handed in."""

from __future__ import annotations

import base64
import binascii
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

from trainer.errors import NotFound, UsageError
from trainer.hall.receipts import Verdict, parse, verify
from trainer.hall.signing import read_public
from trainer.hub.data_folder import DataFolder

#: Beside a collected submission.
RECEIPT_FILE = "receipt.json"
_KEY_BYTES = 32
_LARGEST = 1 << 20
_CHUNK = 1 << 20
_SHOWN = 5


@dataclass(frozen=True)
class Checked:
    """A receipt and what is to be thought of it. ``content`` says whether files were compared too."""

    path: Path
    receipt: Mapping[str, Any]
    verdict: Verdict
    content: bool


def public_keys(data: DataFolder, key: str) -> dict[str, str]:
    """Key id → public key in base64: from ``key`` (a file of keys, or one key itself), else from the data folder.

    Raises NotFound, UsageError, TrainerError.
    """
    if not key:
        return read_public(data.hall / "secrets" / "receipt-key.pub.json")
    if Path(key).exists():
        return read_public(Path(key))
    try:
        raw = base64.b64decode(key, validate=True)
    except (binascii.Error, ValueError):
        raw = b""
    if len(raw) != _KEY_BYTES:
        raise UsageError(f"没有公钥文件 {key}，它也不是一把公钥（44 个字符）。")
    return {sha256(raw).hexdigest()[:16]: key}


def read_receipt(path: Path) -> dict[str, Any]:
    """A receipt from a file in either form; "-" is standard input; of a folder, its receipt.json.

    Raises NotFound, BadReceipt.
    """
    if str(path) == "-":
        return parse(sys.stdin.read(_LARGEST + 1))
    file = path / RECEIPT_FILE if path.is_dir() else path
    try:
        with file.open(encoding="utf-8", errors="replace") as stream:
            return parse(stream.read(_LARGEST + 1))
    except OSError as error:
        raise NotFound(f"读不了回执 {file}：{error.strerror}。") from None


def check_receipt(path: Path, keys: Mapping[str, str], content: Path | None) -> Checked:
    """Check the receipt at ``path``, and the files in ``content`` (or beside it, when ``path`` is a folder).

    Raises NotFound, BadReceipt.
    """
    receipt = read_receipt(path)
    verdict = verify(receipt, keys)
    content = content or (path if path.is_dir() else None)
    if verdict.valid and content is not None:
        verdict = _compared(receipt["files"], content)
    return Checked(path, receipt, verdict, content is not None)


def _compared(hashes: Mapping[str, str], content: Path) -> Verdict:
    """Whether each file of the receipt is there as it was. What lies beside them is of no importance."""
    if content.is_file():
        return _compared_file(hashes, content)
    different = [path for path, wanted in sorted(hashes.items()) if _hash(content / path) != wanted]
    if different:
        more = f" 等 {len(different)} 个文件" if len(different) > _SHOWN else ""
        named = "、".join(different[:_SHOWN])
        return Verdict(False, f"回执是真的，但内容对不上：{named}{more}和交卷时不同，或者没有了。")
    return Verdict(True, f"回执有效，{len(hashes)} 个文件和交卷时一样。")


def _compared_file(hashes: Mapping[str, str], file: Path) -> Verdict:
    found = _hash(file)
    for path, wanted in hashes.items():
        if found == wanted:
            return Verdict(True, f"回执有效，{file.name} 就是交卷时的 {path}。")
    return Verdict(False, f"回执是真的，但内容对不上：{file.name} 和交卷时的文件都不同。")


def _hash(path: Path) -> str:
    """SHA-256 in hex, "" when there is no such file. Raises NotFound when it may not be read."""
    digest = sha256()
    try:
        with path.open("rb") as stream:
            while data := stream.read(_CHUNK):
                digest.update(data)
    except PermissionError:
        raise NotFound(f"没有权限读 {path}，请以它的主人或 root 运行。") from None
    except OSError:
        return ""
    return digest.hexdigest()
