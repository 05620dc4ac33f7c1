"""The tables of the hall's store, for SQLite and PostgreSQL alike.

What trainees send is only ever added. Times are milliseconds since 1970 (UTC). Files of a bundle are kept as their bytes
one after the other, with ``files``: a JSON list of ``[path, size, sha256]``.
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Connection,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
    text,
)

METADATA = MetaData()

#: SQLite numbers rows by itself only in columns of type INTEGER.
_NUMBER = BigInteger().with_variant(Integer, "sqlite")


def _assignment() -> Column[int]:
    return Column("assignment", Integer, ForeignKey("assignments.id"), nullable=False)


def _account() -> Column[str]:
    return Column("account", String(128), nullable=False)


#: One row: the version of these tables.
SCHEMA = Table("hall_schema", METADATA, Column("version", Integer, primary_key=True, autoincrement=False))

#: Every public key that ever signed here, so that old receipts can be checked after a change of key.
KEYS = Table(
    "signing_keys",
    METADATA,
    Column("key_id", String(16), primary_key=True),
    Column("public_key", String(64), nullable=False),
    Column("since", BigInteger, nullable=False),
)

#: ``people`` is a JSON list of the accounts that an assignment is for, null for everybody.
ASSIGNMENTS = Table(
    "assignments",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("course", String(128), nullable=False),
    Column("name", String(128), nullable=False),
    Column("rules", Text, nullable=False),
    Column("release", Integer, nullable=False),
    Column("withdrawn", Boolean, nullable=False),
    Column("people", Text),
    UniqueConstraint("course", "name"),
)

RELEASES = Table(
    "releases",
    METADATA,
    Column("id", Integer, primary_key=True),
    _assignment(),
    Column("sha256", String(64), nullable=False),
    Column("files", Text, nullable=False),
    Column("content", LargeBinary, nullable=False),
    Column("released_at", BigInteger, nullable=False),
    Column("released_by", String(128), nullable=False),
)

EXTENSIONS = Table(
    "extensions",
    METADATA,
    Column("assignment", Integer, ForeignKey("assignments.id"), primary_key=True),
    Column("account", String(128), primary_key=True),
    Column("minutes", Integer, nullable=False),
)

FETCHES = Table(
    "fetches",
    METADATA,
    Column("assignment", Integer, ForeignKey("assignments.id"), primary_key=True),
    Column("account", String(128), primary_key=True),
    Column("fetched_at", BigInteger, nullable=False),
)

#: The bytes of submissions: the same content of the same person is here once. ``id`` is the first submission's ``n``.
CONTENTS = Table(
    "contents",
    METADATA,
    Column("id", _NUMBER, primary_key=True, autoincrement=False),
    Column("content", LargeBinary, nullable=False),
)

SUBMISSIONS = Table(
    "submissions",
    METADATA,
    Column("n", _NUMBER, primary_key=True, autoincrement=False),
    Column("id", String(20), nullable=False, unique=True),
    _assignment(),
    _account(),
    Column("received_at", BigInteger, nullable=False),
    Column("late", Boolean, nullable=False),
    Column("attempt", Integer, nullable=False),
    Column("answers", Integer, nullable=False),
    Column("sha256", String(64), nullable=False),
    Column("files", Text, nullable=False),
    Column("size", Integer, nullable=False),
    Column("content", _NUMBER, ForeignKey("contents.id"), nullable=False),
    Column("receipt", Text, nullable=False),
    UniqueConstraint("assignment", "account", "attempt"),
)

SAVES = Table(
    "saves",
    METADATA,
    Column("id", _NUMBER, primary_key=True),
    _assignment(),
    _account(),
    Column("cell", String(200), nullable=False),
    Column("text", Text, nullable=False),
    Column("filled", Boolean, nullable=False),
    Column("saved_at", BigInteger, nullable=False),
    Index("saves_by_cell", "assignment", "account", "cell", "id"),
)

FEEDBACK = Table(
    "feedback",
    METADATA,
    Column("id", Integer, primary_key=True),
    _assignment(),
    _account(),
    Column("submission", String(20), ForeignKey("submissions.id"), nullable=False),
    Column("sha256", String(64), nullable=False),
    Column("files", Text, nullable=False),
    Column("content", LargeBinary, nullable=False),
    Column("put_at", BigInteger, nullable=False),
    Column("put_by", String(128), nullable=False),
    Index("feedback_by_person", "assignment", "account", "id"),
)

AUDIT = Table(
    "audit",
    METADATA,
    Column("id", _NUMBER, primary_key=True),
    Column("at", BigInteger, nullable=False),
    Column("who", String(128), nullable=False),
    Column("address", String(64), nullable=False),
    Column("what", String(40), nullable=False),
    Column("course", String(128), nullable=False),
    Column("assignment", String(128), nullable=False),
    Column("detail", Text, nullable=False),
    Column("outcome", String(40), nullable=False),
)


def add_people(connection: Connection) -> None:
    """Let assignments of a store that was made before say whom they are for: so far, everybody."""
    connection.execute(text("ALTER TABLE assignments ADD COLUMN people TEXT"))
