"""The writer on SQLite and on PostgreSQL: what is decided, what is stored, what happens when something fails."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest
from sqlalchemy import insert, text

from trainer.errors import TrainerError
from trainer.hall.answers import count_answers
from trainer.hall.clock import MINUTE, from_iso, iso
from trainer.hall.database import Database, address
from trainer.hall.desk import Caller, Desk
from trainer.hall.operations import ChangeRules, Extend, PutFeedback, RecordFetch, Release, Withdraw
from trainer.hall.policy import Policy
from trainer.hall.reading import Reading
from trainer.hall.receipts import verify
from trainer.hall.refusals import Refused
from trainer.hall.saving import NOTHING_SAVED, Save
from trainer.hall.signing import Signer
from trainer.hall.submitting import Submit
from trainer.hall.tables import ASSIGNMENTS
from trainer.hall.writer import Writer

COURSE, PAPER = "dangwu", "leitai-A"
NINE, TEN = from_iso("2026-03-01T09:00:00+08:00"), from_iso("2026-03-01T10:00:00+08:00")
TIMES = {"opens": "2026-03-01T09:00:00+08:00", "closes": "2026-03-01T10:00:00+08:00"}
SIGNER = Signer(b"\x07" * 32)


class Store:
    """A writer with the verbs of the people in the tests."""

    def __init__(self, writer: Writer, database: Database, notebook: Callable[..., bytes]) -> None:
        self.writer, self.database, self.notebook = writer, database, notebook

    async def release(self, moment: int = NINE, **rules: Any) -> bool:
        files = {"p.ipynb": self.notebook()}
        return await self.writer.put(
            Release(Caller("chen", "here", moment), COURSE, PAPER, files, rules, False, 100)
        )

    def submission(self, who: str, moment: int, *answers: str) -> Submit:
        files = {"p.ipynb": self.notebook(*answers)}
        cells = self.writer.catalogue.find(COURSE, PAPER).cells
        return Submit.of(Caller(who, "here", moment), COURSE, PAPER, files, count_answers(files, cells))

    async def submit(self, who: str, moment: int, *answers: str) -> dict[str, Any]:
        return json.loads((await self.writer.put(self.submission(who, moment, *answers))).receipt)

    async def save(self, who: str, moment: int, cell: str, said: str) -> None:
        await self.writer.put(
            Save(Caller(who, "here", moment), COURSE, PAPER, cell, said, bool(said), len(said))
        )

    def reading(self, moment: int = TEN) -> Reading:
        return Reading(self.database.readers, self.writer.catalogue, moment, instruct=True)

    def collection(self, *, include_saved: bool = False, moment: int = TEN) -> dict[str, Any]:
        found = self.reading(moment).collection(self.writer.catalogue.find(COURSE, PAPER), include_saved)
        return {one["user"]: one for one in found["users"]}

    def scalar(self, query: str) -> Any:
        with self.database.readers.begin() as connection:
            return connection.scalar(text(query))


@asynccontextmanager
async def opened(url: str, notebook: Callable[..., bytes], policy: Policy = Policy()) -> AsyncIterator[Store]:  # noqa: B008
    database = Database(address(url))
    writer = Writer(database, SIGNER, policy)
    try:
        yield Store(writer, database, notebook)
    finally:
        await writer.close()
        database.close()


async def refusal(waiting: Any) -> str:
    """The code of the refusal."""
    with pytest.raises(Refused) as raised:
        await waiting
    assert str(raised.value).endswith("。")
    return raised.value.code


@pytest.fixture
def in_store(store_url, notebook):
    """Run a coroutine function with an open store."""

    def run(scene: Callable[[Store], Any], **policy: Any) -> None:
        async def play() -> None:
            async with opened(store_url, notebook, Policy(**policy)) as store:
                await scene(store)

        asyncio.run(play())

    return run


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


def test_one_that_cannot_be_written_does_not_fail_its_neighbours(in_store):
    class Broken:
        weight = 1

        def apply(self, desk: Desk) -> None:
            desk.connection.execute(insert(ASSIGNMENTS), [{"course": COURSE, "name": PAPER}])

    async def scene(store: Store) -> None:
        await store.release()
        waiting = [store.writer.put(store.submission("a", NINE, "A")), store.writer.put(Broken())]
        waiting += [store.writer.put(store.submission("b", NINE, "B")), store.writer.put(Broken())]
        outcomes = await asyncio.gather(*waiting, return_exceptions=True)
        assert [getattr(one, "code", "ok") for one in outcomes] == ["ok", "defect", "ok", "defect"]
        receipts = [json.loads(outcomes[n].receipt) for n in (0, 2)]
        assert all(verify(receipt, store.writer.keys).valid for receipt in receipts)
        assert store.scalar("select count(*) from submissions") == 2
        assert store.scalar("select count(*) from audit where what = 'submit'") == 2

    in_store(scene)


def test_more_than_can_wait_is_refused_at_once(in_store):
    async def scene(store: Store) -> None:
        await store.release()
        waiting = [store.writer.put(store.submission("a", NINE, str(n))) for n in range(6)]
        outcomes = await asyncio.gather(*waiting, return_exceptions=True)
        assert [getattr(one, "code", "ok") for one in outcomes] == ["ok"] * 3 + ["busy"] * 3
        assert (await store.submit("a", NINE, "5"))["attempt"] == 4

    in_store(scene, waiting=3)


def test_everything_is_there_after_a_restart(in_store):
    kept: dict[str, Any] = {}

    async def before(store: Store) -> None:
        await store.release(**TIMES, attempts=2)
        await store.writer.put(Extend(Caller("chen", "", NINE), COURSE, PAPER, "a", 5))
        kept["receipt"] = await store.submit("a", NINE, "A")

    async def after(store: Store) -> None:
        assert store.writer.catalogue.find(COURSE, PAPER).rules.attempts == 2
        assert await store.submit("a", NINE, "A") == kept["receipt"]
        second = await store.submit("a", TEN + 5 * MINUTE, "B")
        assert (second["attempt"], second["late"]) == (2, False)
        assert await refusal(store.submit("a", NINE, "C")) == "no-attempts"

    in_store(before)
    in_store(after)


def test_only_one_hall_opens_a_store(store_url, notebook, monkeypatch):
    monkeypatch.setattr("trainer.hall.database._LOCK_PATIENCE", 0.2)

    async def scene() -> None:
        async with opened(store_url, notebook):
            with pytest.raises(TrainerError, match="另一个考场服务"):
                async with opened(store_url, notebook):
                    pass

    asyncio.run(scene())


def test_steps_to_a_newer_version_run_once_and_an_older_program_refuses(store_url, notebook):
    def add_column(connection: Any) -> None:
        connection.execute(text("ALTER TABLE extensions ADD COLUMN why TEXT"))

    async def open_with(*steps: Any) -> None:
        database = Database(address(store_url), steps)
        try:
            await Writer(database, SIGNER, Policy()).close()
        finally:
            database.close()

    asyncio.run(open_with())
    asyncio.run(open_with(add_column))
    asyncio.run(open_with(add_column))
    with pytest.raises(TrainerError, match="更新的版本（2），这个程序只认到版本 1"):
        asyncio.run(open_with())


def test_a_new_key_leaves_old_receipts_valid(store_url, notebook):
    async def scene() -> None:
        async with opened(store_url, notebook) as store:
            await store.release()
            receipt = await store.submit("a", NINE, "A")
        database = Database(address(store_url))
        writer = Writer(database, Signer(b"\x08" * 32), Policy())
        try:
            assert len(writer.keys) == 2
            assert verify(receipt, writer.keys).valid
        finally:
            await writer.close()
            database.close()

    asyncio.run(scene())


@pytest.mark.xdist_group("postgresql")
def test_a_database_that_comes_back_is_used_again(postgresql, notebook):
    async def scene() -> None:
        async with opened(postgresql.new(), notebook) as store:
            await store.release()
            receipt = await store.submit("a", NINE, "A")
            await asyncio.to_thread(postgresql.restart)
            assert await refusal(store.submit("a", NINE, "B")) == "unavailable"
            assert (await store.submit("a", NINE, "B"))["attempt"] == 2
            assert await store.submit("a", NINE, "B") != receipt
            assert store.scalar("select count(*) from submissions") == 2

    asyncio.run(scene())


def test_acknowledged_means_durable(store_url):
    """Whatever the server's default is, the writer's commits wait for the disk."""
    database = Database(address(store_url))
    connection = database.connect()
    try:
        if connection.dialect.name == "sqlite":
            assert connection.exec_driver_sql("PRAGMA journal_mode").scalar() == "wal"
            assert connection.exec_driver_sql("PRAGMA synchronous").scalar() == 2
        else:
            name = connection.engine.url.database
            connection.exec_driver_sql(f"ALTER DATABASE {name} SET synchronous_commit TO off")
            connection.commit()
            connection.close()
            connection = database.connect()
            assert connection.exec_driver_sql("SHOW synchronous_commit").scalar() == "on"
    finally:
        connection.close()
        database.close()


def test_addresses():
    assert address("/data").database == "/data/hall.sqlite"
    assert address("postgresql://a@b/c").drivername == "postgresql+psycopg"
    for wrong in ("mysql://a@b/c", "://"):
        with pytest.raises(TrainerError):
            address(wrong)


def test_saves_written_together_see_each_other(in_store):
    async def scene(store: Store) -> None:
        await store.release()

        def save(cell: str, text: str, base: int | None, who: str = "a", moment: int = NINE) -> Any:
            return store.writer.put(
                Save(Caller(who, "here", moment), COURSE, PAPER, cell, text, bool(text), len(text), base)
            )

        outcomes = await asyncio.gather(
            save("q01", "A", NOTHING_SAVED),
            save("q01", "A", NOTHING_SAVED, moment=NINE + 1),
            save("q01", "B", NOTHING_SAVED, moment=NINE + 2),
            save("q01", "B", NINE, moment=NINE + 3),
            save("q02", "C", None),
            save("q02", "D", NOTHING_SAVED, moment=NINE + 4),
            save("q01", "D", NOTHING_SAVED, who="b"),
            return_exceptions=True,
        )
        refused = [outcomes[2], outcomes[5]]
        assert [outcomes[n] for n in (0, 1, 3, 4, 6)] == [NINE, NINE, NINE + 3, NINE, NINE]
        assert all(isinstance(one, Refused) for one in refused)
        assert [(one.code, one.more) for one in refused] == [
            ("newer-answer", {"text": text, "saved_at": iso(NINE)}) for text in ("A", "C")
        ]
        assert store.scalar("select count(*) from saves") == 4

    in_store(scene)


def test_a_clock_that_was_set_back_makes_nothing_look_older(in_store):
    async def scene(store: Store) -> None:
        await store.release()
        for said, base, moment in (("A", NOTHING_SAVED, NINE + 9), ("B", NINE + 9, NINE)):
            await store.writer.put(
                Save(Caller("a", "here", moment), COURSE, PAPER, "q01", said, True, 1, base)
            )
        with pytest.raises(Refused, match="改过"):
            await store.writer.put(
                Save(Caller("a", "here", NINE + 10), COURSE, PAPER, "q01", "C", True, 1, NINE + 9)
            )

    in_store(scene)
