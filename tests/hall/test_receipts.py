"""Receipts: signed over everything, readable in two forms, checked without the server."""

from __future__ import annotations

import json
import stat
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trainer.errors import NotFound, TrainerError
from trainer.hall.bundle import content_hash, file_hashes
from trainer.hall.receipts import BadReceipt, as_text, canonical, parse, verify
from trainer.hall.signing import Signer, load_or_create, publish, read_public

SIGNER = Signer(b"\x01" * 32)
KEYS = {SIGNER.key_id: SIGNER.public_key}


def make(signer: Signer = SIGNER, **changed: object) -> dict[str, object]:
    hashes = file_hashes({"卷 一.ipynb": b"{}", "图/a.png": b"\x89"})
    receipt: dict[str, object] = {
        "version": 1,
        "id": "0123456789abcdef",
        "course": "dangwu",
        "assignment": "擂台赛-A",
        "trainee": "20260001",
        "received_at": "2026-03-01T09:30:00.125+08:00",
        "late": False,
        "attempt": 2,
        "answers": 38,
        "sha256": content_hash(hashes),
        "files": hashes,
        "key_id": signer.key_id,
    }
    receipt |= changed
    return receipt | {"signature": signer.sign(canonical(receipt))}


def test_a_true_receipt_is_valid():
    verdict = verify(make(), KEYS)
    assert verdict.valid
    assert "有效" in verdict.reason


CHANGES = {
    "version": 2,
    "id": "0123456789abcdee",
    "course": "dangwv",
    "assignment": "擂台赛-B",
    "trainee": "20260002",
    "received_at": "2026-03-01T09:29:00.125+08:00",
    "late": True,
    "attempt": 1,
    "answers": 39,
    "sha256": "0" * 64,
    "files": {"卷 一.ipynb": "0" * 64},
    "key_id": "0" * 16,
    "signature": make(attempt=9)["signature"],
}


@pytest.mark.parametrize("field", CHANGES)
def test_a_change_of_any_field_is_found(field):
    true = make()
    assert true[field] != CHANGES[field]
    verdict = verify(true | {field: CHANGES[field]}, KEYS)
    assert not verdict.valid
    assert verdict.reason


@pytest.mark.parametrize("field", CHANGES)
def test_a_missing_or_added_field_is_found(field):
    assert not verify({k: v for k, v in make().items() if k != field}, KEYS).valid
    assert not verify(make() | {f"{field}2": 1}, KEYS).valid


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("late", 0),
        ("attempt", True),
        ("attempt", 2.0),
        ("id", None),
        ("id", "a\nb"),
        ("files", []),
        ("files", {"a": 1}),
        ("signature", "%"),
        ("signature", ""),
    ],
)
def test_other_types_are_found(field, value):
    assert not verify(make() | {field: value}, KEYS).valid


def test_another_installations_receipt_is_not_ours():
    stranger = Signer(b"\x02" * 32)
    assert "不认识" in verify(make(stranger), KEYS).reason
    pretending = make(stranger, key_id=SIGNER.key_id)
    assert "签名对不上" in verify(pretending, KEYS).reason


def test_files_and_fingerprint_belong_together():
    mixed = make(sha256=content_hash({"a": "0" * 64}))
    assert "对不上" in verify(mixed, KEYS).reason


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(),
        lambda x: st.lists(x) | st.dictionaries(st.text(), x),
    )
)
def test_anything_gets_a_verdict(value):
    assert not verify(value, KEYS).valid


def test_both_forms_can_be_read_back():
    receipt = make()
    text = as_text(receipt)
    assert "学员：20260001" in text
    assert parse(text) == receipt
    assert parse("  \r\n" + text.replace("\n", "\r\n")) == receipt
    assert parse(json.dumps(receipt, indent=2)) == receipt
    assert verify(parse(text), KEYS).valid
    assert not verify(parse(text.replace("迟交：否", "迟交：是")), KEYS).valid


@pytest.mark.parametrize("text", ["", "您好", "{", '{"a":', "[" * 100_000, "{" * 100_000, "x" * 2_000_000])
def test_what_is_no_receipt(text):
    with pytest.raises(BadReceipt):
        parse(text)


def test_the_key_is_made_once_and_kept_to_oneself(tmp_path):
    path = tmp_path / "secrets" / "receipt-key.json"
    with ThreadPoolExecutor(4) as pool:
        ids = {signer.key_id for signer in pool.map(load_or_create, [path] * 8)}
    assert len(ids) == 1
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert list(path.parent.iterdir()) == [path]
    path.chmod(0o640)
    with pytest.raises(TrainerError, match="chmod 600"):
        load_or_create(path)


def test_a_damaged_or_linked_key_is_refused(tmp_path):
    path = tmp_path / "key.json"
    path.write_text('{"seed": "AA=="}')
    path.chmod(0o600)
    with pytest.raises(TrainerError, match="损坏"):
        load_or_create(path)
    link = tmp_path / "link.json"
    link.symlink_to(path)
    with pytest.raises(TrainerError, match="不是普通文件"):
        load_or_create(link)


def test_receipts_are_checked_offline_with_the_published_keys(tmp_path):
    path = tmp_path / "receipt-key.pub.json"
    publish(path, KEYS)
    assert verify(make(), read_public(path)).valid
    path.write_text("[]")
    with pytest.raises(TrainerError, match="读不懂"):
        read_public(path)
    with pytest.raises(NotFound):
        read_public(tmp_path / "none.json")
