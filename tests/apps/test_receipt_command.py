"""``trainer receipt``: with the public keys alone, away from the server."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from trainer.hall.bundle import content_hash, file_hashes
from trainer.hall.receipts import as_text, canonical
from trainer.hall.signing import Signer, load_or_create, publish

Cli = Callable[..., Any]
FILES = {"leitai-a.ipynb": b'{"cells": []}', "附件/图.png": b"\x89PNG"}


@pytest.fixture
def signer(tmp_path: Path) -> Signer:
    """The key of a hall in a data folder."""
    secrets = tmp_path / "data" / "hall" / "secrets"
    signer = load_or_create(secrets / "receipt-key.json")
    publish(secrets / "receipt-key.pub.json", {signer.key_id: signer.public_key})
    return signer


@pytest.fixture
def receipt(signer: Signer) -> dict[str, Any]:
    hashes = file_hashes(FILES)
    made = {
        "version": 1,
        "id": "A1B2-C3D4",
        "course": "leitai",
        "assignment": "leitai-a",
        "trainee": "sl001",
        "received_at": "2026-11-20T10:00:00+08:00",
        "late": False,
        "attempt": 1,
        "answers": 3,
        "sha256": content_hash(hashes),
        "files": hashes,
        "key_id": signer.key_id,
    }
    return made | {"signature": signer.sign(canonical(made))}


@pytest.fixture
def collected(tmp_path: Path, receipt: dict[str, Any]) -> Path:
    """A submission as it was collected, with what nbgrader puts beside it."""
    folder = tmp_path / "submitted" / "sl001" / "leitai-a"
    for name, content in (FILES | {"timestamp.txt": b"x"}).items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)
    (folder / "receipt.json").write_text(json.dumps(receipt))
    return folder


@pytest.mark.parametrize("form", ["text", "json"])
def test_a_receipt_is_checked_with_the_published_keys(
    cli: Cli, tmp_path: Path, signer: Signer, receipt: dict[str, Any], form: str
) -> None:
    file = tmp_path / "回执"
    file.write_text(as_text(receipt) if form == "text" else json.dumps(receipt), encoding="utf-8")
    keys = tmp_path / "data" / "hall" / "secrets" / "receipt-key.pub.json"
    for where in (f"--data={tmp_path / 'data'}", f"--key={keys}", f"--key={signer.public_key}"):
        done = cli("receipt", "verify", file, where)
        assert done.status == 0, done.err
        assert "有效 1，无效 0" in done.out


def test_a_changed_receipt_and_a_foreign_one_are_refused(
    cli: Cli, tmp_path: Path, receipt: dict[str, Any]
) -> None:
    good, late, foreign = (tmp_path / name for name in ("good", "late", "foreign"))
    good.write_text(json.dumps(receipt))
    late.write_text(json.dumps(receipt | {"received_at": "2026-11-20T09:00:00+08:00"}))
    foreign.write_text(json.dumps(receipt | {"key_id": "0" * 16}))
    done = cli("receipt", "verify", good, late, foreign, f"--data={tmp_path / 'data'}", "--format=json")
    assert done.status == 1
    rows = json.loads(done.out)["rows"]
    assert [row["有效"] for row in rows] == ["是", "否", "否"]
    assert "签名对不上" in rows[1]["说明"]
    assert "不认识" in rows[2]["说明"]


def test_the_files_are_compared(cli: Cli, tmp_path: Path, collected: Path) -> None:
    data = f"--data={tmp_path / 'data'}"
    assert cli("receipt", "verify", collected, data).status == 0
    notebook = collected / "leitai-a.ipynb"
    words = [collected / "receipt.json", f"--content={notebook}", data, "--format=json"]
    assert "就是交卷时的 leitai-a.ipynb" in cli("receipt", "verify", *words).out
    notebook.write_bytes(b"changed")
    for content in ("", f"--content={notebook}", f"--content={collected}"):
        words = [collected, data, content] if content else [collected, data]
        done = cli("receipt", "verify", *words, "--format=json")
        assert done.status == 1
        assert "内容对不上" in done.out
    notebook.unlink()
    assert cli("receipt", "verify", collected, data).status == 1


def test_what_is_wrong_is_said(cli: Cli, tmp_path: Path, collected: Path) -> None:
    data = f"--data={tmp_path / 'data'}"
    for words, said in (
        (["no", data], "读不了回执"),
        ([collected, "--key=abc"], "也不是一把公钥"),
        ([collected, f"--data={tmp_path}"], "读不到公钥文件"),
        ([collected, data, "--content=nowhere"], "没有 nowhere"),
        ([collected, collected, data, "--content=x"], "一次只能核对一份"),
    ):
        done = cli("receipt", "verify", *words)
        assert done.status in (1, 2)
        assert said in done.err
    (tmp_path / "no receipt").write_text("你好")
    assert "没有认出回执" in cli("receipt", "verify", tmp_path / "no receipt", data).err


def test_a_receipt_is_shown_and_cannot_steer_the_terminal(
    cli: Cli, tmp_path: Path, receipt: dict[str, Any], collected: Path
) -> None:
    done = cli("receipt", "show", collected)
    assert done.out.split("\n")[0] == "交卷回执"
    assert "学员：sl001" in done.out
    file = tmp_path / "evil"
    file.write_text(json.dumps(receipt | {"trainee": "\x1b[2Ja\n签名：x"}))
    done = cli("receipt", "show", file)
    assert done.status == 0
    assert "\x1b" not in done.out
    assert "学员：�[2Ja�签名：x" in done.out
    assert "\x1b" not in cli("receipt", "verify", file, f"--data={tmp_path / 'data'}").out
    file.write_text("{}")
    assert "不是一份完整的回执" in cli("receipt", "show", file).err
