"""The writer on SQLite and on PostgreSQL: what is decided, and what is stored."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest

from trainer.hall.clock import MINUTE, from_iso
from trainer.hall.desk import Caller
from trainer.hall.operations import ChangeRules, Extend, PutFeedback, RecordFetch, Release, Withdraw

from .stored import COURSE, NINE, PAPER, TEN, TIMES, Store, refusal


def test_opening_closing_extra_time_grace_and_late(in_store):
    async def scene(store: Store) -> None:
        await store.release(**TIMES, grace_seconds=30)
        assert await refusal(store.submit("a", NINE - 1, "A")) == "not-open"
        assert await refusal(store.save("a", NINE - 1, "q01", "A")) == "not-open"
        assert (await store.submit("a", NINE, "A"))["late"] is False
        assert (await store.submit("a", TEN + 30_000, "A", "B"))["late"] is False
        assert (await store.submit("a", TEN + 30_001, "A", "B", "C"))["late"] is True
        await store.save("b", TEN + 30_000, "q01", "A")
        assert await refusal(store.save("b", TEN + 30_001, "q01", "B")) == "over"
        await store.writer.put(Extend(Caller("chen", "here", TEN), COURSE, PAPER, "b", 15))
        await store.save("b", TEN + 15 * MINUTE, "q01", "C")
        assert (await store.submit("b", TEN + 15 * MINUTE + 30_000, "C"))["late"] is False
        assert (await store.submit("b", TEN + 15 * MINUTE + 30_001, "D"))["late"] is True
        await store.writer.put(Extend(Caller("chen", "here", TEN), COURSE, PAPER, "b", 0))
        assert (await store.submit("b", TEN + 30_001, "E"))["late"] is True

    in_store(scene)


def test_sent_twice_is_stored_once(in_store):
    async def scene(store: Store) -> None:
        await store.release()
        first = await store.submit("a", NINE, "A")
        assert await store.submit("a", NINE + 1, "A") == first
        together = [store.writer.put(store.submission("a", NINE + n, "B")) for n in range(5)]
        accepted = await asyncio.gather(*together)
        assert [one.created for one in accepted] == [True, False, False, False, False]
        assert len({one.receipt for one in accepted}) == 1
        other = await store.submit("b", NINE, "A")
        assert (other["sha256"], other["trainee"]) == (first["sha256"], "b")
        assert store.scalar("select count(*) from submissions") == 3

    in_store(scene)


def test_going_back_to_an_earlier_content_is_the_last_word_and_its_bytes_are_stored_once(in_store):
    async def scene(store: Store) -> None:
        await store.release(counts="last")
        first, _, again = [await store.submit("a", NINE + n, answer) for n, answer in enumerate("ABA")]
        assert (first["attempt"], again["attempt"], first["sha256"]) == (1, 3, again["sha256"])
        assert store.scalar("select count(*) from contents") == 2
        assert store.collection()["a"]["submissions"] == [again]
        released = store.writer.catalogue.find(COURSE, PAPER)
        assert store.reading().submission_files(released, again["id"], "a") == {
            "p.ipynb": store.notebook("A")
        }
        await store.writer.put(ChangeRules(Caller("chen", "", NINE), COURSE, PAPER, {"counts": "first"}))
        assert (await store.submit("a", NINE + 5, "B"))["attempt"] == 2

    in_store(scene)


def test_attempts(in_store):
    async def scene(store: Store) -> None:
        await store.release(attempts=2)
        waiting = [store.writer.put(store.submission("a", NINE, answer)) for answer in "ABCDE"]
        outcomes = await asyncio.gather(*waiting, return_exceptions=True)
        assert [getattr(one, "code", "ok") for one in outcomes] == ["ok", "ok"] + ["no-attempts"] * 3
        assert (await store.submit("a", NINE, "B"))["attempt"] == 2
        assert await refusal(store.submit("a", NINE, "A")) == "no-attempts"
        assert store.scalar("select count(*) from submissions") == 2

    in_store(scene)


@pytest.mark.parametrize(
    ("counts", "late", "expected"),
    [
        ("first", "keep", [1]),
        ("last", "keep", [2]),
        ("best", "keep", [1, 2]),
        ("last", "accept", [3]),
        ("best", "accept", [1, 2, 3]),
    ],
)
def test_what_counts(in_store, counts, late, expected):
    async def scene(store: Store) -> None:
        await store.release(**TIMES, counts=counts, late=late)
        for n, moment in enumerate((NINE, TEN, TEN + 1)):
            await store.submit("a", moment, str(n))
        found = store.collection()["a"]
        assert [one["attempt"] for one in found["submissions"]] == expected
        assert sorted(one["attempt"] for one in found["submissions"] + found["kept"]) == [1, 2, 3]

    in_store(scene)


def test_saved_but_never_submitted_is_collected_at_the_close(in_store):
    async def scene(store: Store) -> None:
        await store.release(**TIMES)
        await store.save("a", NINE, "q01", "A")
        await store.save("a", NINE + 1, "q01", "B")
        await store.save("a", NINE + 2, "q03", "")
        await store.save("slow", NINE, "q01", "A")
        await store.save("sent", NINE, "q01", "A")
        sent = await store.submit("sent", NINE, "Z")
        await store.writer.put(Extend(Caller("chen", "", NINE), COURSE, PAPER, "slow", 30))
        assert set(store.collection()) == {"sent"}
        found = store.collection(include_saved=True, moment=TEN + 1)
        assert found["sent"]["submissions"] == [sent]
        assert "saved" not in found["sent"]
        assert found["slow"]["working"] is True
        assert "saved" not in found["slow"]
        saved = found["a"]["saved"]
        assert saved["answers"] == 1
        cells = json.loads(saved["files"]["p.ipynb"]["text"])["cells"]
        assert [cell["source"] for cell in cells[1::2]] == ["B", "（在这里写答案，写完请删掉这一行）", ""]

    in_store(scene)


def test_who_handed_in_too_late_for_it_to_count_keeps_what_was_saved_in_time(in_store):
    async def scene(store: Store) -> None:
        await store.release(**TIMES, late="keep")
        await store.save("a", NINE, "q01", "B")
        await store.submit("a", TEN + 1, "C")
        found = store.collection(include_saved=True, moment=TEN + 2)["a"]
        assert found["submissions"] == []
        assert [one["late"] for one in found["kept"]] == [True]
        assert found["saved"]["answers"] == 1
        assert "saved" not in store.collection(moment=TEN + 2)["a"]

    in_store(scene)


def test_saving_where_and_when_it_is_allowed(in_store):
    async def scene(store: Store) -> None:
        await store.release()
        assert await refusal(store.save("a", NINE, "q99", "A")) == "no-cell"
        assert await refusal(store.save("a", NINE, "q01-stem", "A")) == "no-cell"
        await store.writer.put(ChangeRules(Caller("chen", "", NINE), COURSE, PAPER, {"save": False}))
        assert await refusal(store.save("a", NINE, "q01", "A")) == "no-saving"

    in_store(scene)


def test_nobody_fills_the_store_alone(in_store):
    async def scene(store: Store) -> None:
        await store.release()
        for n in range(3):
            await store.save("a", NINE, "q01", str(n))
        assert await refusal(store.save("a", NINE, "q01", "x")) == "quota"
        await store.save("b", NINE, "q01", "x")
        await store.submit("a", NINE, "1")
        await store.submit("a", NINE, "2")
        assert await refusal(store.submit("a", NINE, "3")) == "quota"

    in_store(scene, person_saves=3, person_submissions=2)
    in_store(_saved_before_still_counts, person_saves=3)


async def _saved_before_still_counts(store: Store) -> None:
    assert await refusal(store.save("a", NINE, "q01", "x")) == "quota"


def test_withdrawn_takes_nothing_new_but_stands_by_what_it_took(in_store):
    async def scene(store: Store) -> None:
        await store.release()
        receipt = await store.submit("a", NINE, "A")
        await store.writer.put(Withdraw(Caller("chen", "", NINE), COURSE, PAPER))
        assert await refusal(store.submit("a", NINE, "B")) == "withdrawn"
        assert await refusal(store.save("a", NINE, "q01", "B")) == "withdrawn"
        assert await store.submit("a", NINE, "A") == receipt
        assert await store.release() is True
        assert (await store.submit("a", NINE, "B"))["attempt"] == 2

    in_store(scene)


def test_releasing_other_content_needs_force(in_store):
    async def scene(store: Store) -> None:
        assert await store.release(title="一") is True
        assert await store.release() is False
        assert await store.release(title="二") is True
        caller, other = Caller("chen", "", NINE), {"p.ipynb": store.notebook(cells=4)}
        assert (
            await refusal(store.writer.put(Release(caller, COURSE, PAPER, other, None, False, 1)))
            == "released"
        )
        assert await store.writer.put(Release(caller, COURSE, PAPER, other, None, True, 1)) is True
        released = store.writer.catalogue.find(COURSE, PAPER)
        assert (len(released.stubs), released.rules.title) == (4, "二")
        assert store.reading().files(released) == other

    in_store(scene)


def test_who_has_extra_time_is_listed_before_doing_anything(in_store):
    async def scene(store: Store) -> None:
        await store.release(**TIMES)
        await store.writer.put(Extend(Caller("chen", "", NINE), COURSE, PAPER, "slow", 30))
        progress = store.reading().progress(store.writer.catalogue.find(COURSE, PAPER))
        assert [(one["user"], one["extra_minutes"], one["submissions"]) for one in progress["users"]] == [
            ("slow", 30, 0)
        ]
        assert set(progress["counts"].values()) == {0}

    in_store(scene)


def test_progress_and_feedback(in_store):
    async def scene(store: Store) -> None:
        await store.release(**TIMES)
        released = store.writer.catalogue.find(COURSE, PAPER)
        await store.writer.put(RecordFetch(Caller("a", "", NINE), released))
        await store.writer.put(RecordFetch(Caller("a", "", NINE + 5000), released))
        for cell, said in (("q01", "A"), ("q02", "B"), ("q02", "")):
            await store.save("a", NINE + 6000, cell, said)
        receipt = await store.submit("b", TEN + 1, "A", "B")
        progress = store.reading().progress(released)
        assert progress["counts"] == {"fetched": 1, "saving": 1, "submitted": 1, "late": 1}
        a, b = progress["users"]
        assert (a["user"], from_iso(a["fetched_at"]), a["answers_saved"]) == ("a", NINE, 1)
        assert (b["user"], b["submissions"], b["answers_submitted"], b["late"]) == ("b", 1, 2, True)

        def give(who: str, content: bytes) -> Any:
            return store.writer.put(
                PutFeedback(
                    Caller("chen", "", TEN), COURSE, PAPER, who, receipt["id"], {"f.html": content}, 1
                )
            )

        assert await refusal(give("a", b"1")) == "not-found"
        assert [await give("b", c) for c in (b"1", b"1", b"2")] == [True, False, True]
        shown = store.reading().feedback(released, "b", None)
        assert (shown["files"], shown["submission"]) == ({"f.html": {"text": "2"}}, receipt["id"])
        row = store.reading().one(released, "b")
        assert (row["feedback"], row["feedback_for"]) == (True, [receipt["id"]])

    in_store(scene)
