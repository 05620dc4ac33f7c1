"""The only writer: takes all that waits, writes it in one transaction, and tells everybody after the commit (fsync)."""

from __future__ import annotations

import asyncio
import logging
import threading
from queue import Empty, SimpleQueue
from typing import Any

from sqlalchemy import Connection, func, insert, select
from sqlalchemy.exc import SQLAlchemyError

from trainer.hall.catalogue import Catalogue, load
from trainer.hall.clock import now
from trainer.hall.database import Database, failure
from trainer.hall.desk import Desk, Numbers, Outcome, apply_singly, apply_together
from trainer.hall.policy import MEGABYTE, Policy
from trainer.hall.refusals import Refused, busy, defect, no_room
from trainer.hall.signing import Signer
from trainer.hall.tables import KEYS, SUBMISSIONS

log = logging.getLogger("trainer.hall")

_LARGEST_BATCH = 512
_HEAVIEST_BATCH = 32 * MEGABYTE

_Waiting = tuple[Any, "asyncio.Future[Any]"]


class Writer:
    """Group commit on a thread of its own. ``put`` and ``close`` belong to the event loop's thread.

    ``catalogue`` is what the last committed transaction left; ``keys`` are all public keys by key id.
    Opening raises TrainerError or SQLAlchemyError.
    """

    def __init__(self, database: Database, signer: Signer, policy: Policy) -> None:
        self._database, self._signer, self._policy = database, signer, policy
        self._connection: Connection | None = database.connect()
        database.prepare(self._connection)
        with self._connection.begin():
            self.keys = _remember_key(self._connection, signer)
            self._numbers = Numbers(self._connection.scalar(select(func.max(SUBMISSIONS.c.n))) or 0)
            self.catalogue = load(self._connection, Catalogue())
        self._usage: dict[tuple[int, str], list[int]] = {}
        self._queue: SimpleQueue[_Waiting | None] = SimpleQueue()
        self._waiting = self._waiting_bytes = 0
        self._loop = asyncio.get_running_loop()
        self._thread = threading.Thread(target=self._run, name="hall-writer", daemon=True)
        self._thread.start()

    def put(self, operation: Any) -> asyncio.Future[Any]:
        """Queue an operation; the future has its outcome once it is durable, or raises Refused."""
        future = self._loop.create_future()
        policy = self._policy
        if self._waiting >= policy.waiting or self._waiting_bytes + operation.weight > policy.waiting_bytes:
            future.set_exception(busy())
            return future
        self._waiting += 1
        self._waiting_bytes += operation.weight
        self._queue.put((operation, future))
        return future

    async def close(self) -> None:
        """Write all that was queued, then stop."""
        self._queue.put(None)
        await asyncio.to_thread(self._thread.join)

    # -- the writer's thread -------------------------------------------------------------------------------------------

    def _run(self) -> None:
        while True:
            batch, last = self._take()
            if batch:
                outcomes = self._write([operation for operation, _ in batch])
                self._loop.call_soon_threadsafe(self._tell, batch, outcomes)
            if last:
                break
        if self._connection is not None:
            self._connection.close()

    def _take(self) -> tuple[list[_Waiting], bool]:
        """What waits, at least one; and whether that is the end."""
        batch: list[_Waiting] = []
        weight = 0
        one = self._queue.get()
        while one is not None:
            batch.append(one)
            weight += one[0].weight
            if len(batch) >= _LARGEST_BATCH or weight > _HEAVIEST_BATCH:
                return batch, False
            try:
                one = self._queue.get_nowait()
            except Empty:
                return batch, False
        return batch, True

    def _tell(self, batch: list[_Waiting], outcomes: list[Outcome]) -> None:
        for (operation, future), outcome in zip(batch, outcomes, strict=True):
            self._waiting -= 1
            self._waiting_bytes -= operation.weight
            if future.done():
                continue
            if isinstance(outcome, Refused):
                future.set_exception(outcome)
            else:
                future.set_result(outcome)

    def _write(self, operations: list[Any]) -> list[Outcome]:
        try:
            return self._commit(operations)
        except Exception as error:
            refused = failure(error)
            if refused is None:
                log.exception("A defect while writing; nothing of this batch was written")
                refused = defect()
            else:
                log.error("The store failed, %d not written: %s", len(operations), error)  # noqa: TRY400 - not a defect
            self._drop()
            return [refused] * len(operations)

    def _commit(self, operations: list[Any]) -> list[Outcome]:
        free = self._database.free_bytes()
        if free is not None and free < self._policy.free_floor:
            log.error("Only %d MB free; %d not written", free // MEGABYTE, len(operations))
            return [no_room()] * len(operations)
        connection = self._connected()
        try:
            return self._transaction(connection, operations, apply_together)
        except Exception as error:
            if len(operations) == 1 or failure(error) is not None:
                raise
            log.warning("A batch could not be written together; one by one now", exc_info=True)
            self._usage.clear()
        return self._transaction(connection, operations, apply_singly)

    def _transaction(self, connection: Connection, operations: list[Any], apply: Any) -> list[Outcome]:
        desk = Desk(connection, self.catalogue, self._signer, self._policy, self._numbers, self._usage)
        with connection.begin():
            outcomes: list[Outcome] = apply(desk, operations)
        self.catalogue = desk.catalogue
        return outcomes

    def _connected(self) -> Connection:
        if self._connection is None:
            self._connection = self._database.connect()
            log.info("The store is open again")
        return self._connection

    def _drop(self) -> None:
        """Forget a connection that failed; the next batch opens a new one."""
        connection, self._connection = self._connection, None
        self._usage.clear()
        if connection is not None:
            try:
                connection.invalidate()
                connection.close()
            except SQLAlchemyError:
                log.debug("The failed connection did not close", exc_info=True)


def _remember_key(connection: Connection, signer: Signer) -> dict[str, str]:
    known = {row.key_id: row.public_key for row in connection.execute(select(KEYS))}
    if signer.key_id not in known:
        if known:
            log.warning("The signing key is new; receipts signed with earlier keys stay valid")
        row = {"key_id": signer.key_id, "public_key": signer.public_key, "since": now()}
        connection.execute(insert(KEYS), [row])
        known[signer.key_id] = signer.public_key
    return known
