"""The tables of learning: lessons for everybody; for each person how far they are, what they had wrong, and their marks."""

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
    String,
    Table,
    Text,
    UniqueConstraint,
)

from trainer.hall.tables import METADATA

_NUMBER = BigInteger().with_variant(Integer, "sqlite")

#: One row a lesson, as last published. ``exercises`` is JSON: exercise → what has to be known to practise it; ``names`` the
#: exercises alone, which is all that most readers need.
LESSONS = Table(
    "lessons",
    METADATA,
    Column("lesson", String(80), primary_key=True),
    Column("version", Integer, nullable=False),
    Column("withdrawn", Boolean, nullable=False),
    Column("about", Text, nullable=False),
    Column("names", Text, nullable=False),
    Column("exercises", Text, nullable=False),
    Column("sha256", String(64), nullable=False),
    Column("files", Text, nullable=False),
    Column("content", LargeBinary, nullable=False),
    Column("published_at", BigInteger, nullable=False),
    Column("published_by", String(128), nullable=False),
)

#: How far a person is in a lesson. ``done`` is a JSON list of the exercises that were once right.
LEARNING = Table(
    "learning",
    METADATA,
    Column("account", String(128), primary_key=True),
    Column("lesson", String(80), primary_key=True),
    Column("opened_at", BigInteger, nullable=False),
    Column("last_at", BigInteger, nullable=False),
    Column("milliseconds", BigInteger, nullable=False),
    Column("tries", Integer, nullable=False),
    Column("done", Text, nullable=False),
    Column("finished_at", BigInteger),
)

#: The wrong-question book. A row stays for good; ``cleared_at`` says that the question has left the list.
MISTAKES = Table(
    "mistakes",
    METADATA,
    Column("id", _NUMBER, primary_key=True),
    Column("account", String(128), nullable=False),
    Column("question", String(200), nullable=False),
    Column("topic", String(80), nullable=False),
    Column("topic_title", String(200), nullable=False),
    Column("origin", String(400), nullable=False),
    Column("origin_title", String(400), nullable=False),
    Column("entry", Text, nullable=False),
    Column("own", Text, nullable=False),
    Column("added_at", BigInteger, nullable=False),
    Column("streak", Integer, nullable=False),
    Column("tries", Integer, nullable=False),
    Column("last_try", String(80), nullable=False),
    Column("tried_at", BigInteger),
    Column("cleared_at", BigInteger),
    UniqueConstraint("account", "question"),
    Index("mistakes_by_topic", "account", "topic"),
)

#: What a trainee reads as the mark of an assignment: that of the latest feedback. Points are hundredths.
MARKS = Table(
    "marks",
    METADATA,
    Column("assignment", Integer, ForeignKey("assignments.id"), primary_key=True),
    Column("account", String(128), primary_key=True),
    Column("submission", String(20), nullable=False),
    Column("points", Integer, nullable=False),
    Column("full", Integer, nullable=False),
    Column("pending", Integer, nullable=False),
    Column("put_at", BigInteger, nullable=False),
)


def add_learning(connection: Connection) -> None:
    """Make these tables in a store that was made before there were any."""
    METADATA.create_all(connection, tables=[LESSONS, LEARNING, MISTAKES, MARKS])
