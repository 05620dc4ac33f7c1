"""The writer on SQLite and on PostgreSQL: what happens when something fails, ends or comes back."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest
from sqlalchemy import insert, text

from trainer.errors import TrainerError
from trainer.hall.clock import MINUTE, iso
from trainer.hall.database import Database, address
from trainer.hall.desk import Caller, Desk
from trainer.hall.operations import Extend
from trainer.hall.policy import Policy
from trainer.hall.receipts import verify
from trainer.hall.refusals import Refused
from trainer.hall.saving import NOTHING_SAVED, Save
from trainer.hall.signing import Signer
from trainer.hall.tables import ASSIGNMENTS
from trainer.hall.writer import Writer

from .stored import COURSE, NINE, PAPER, SIGNER, TEN, TIMES, Store, opened, refusal


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
