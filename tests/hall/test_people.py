"""An assignment for some people only: to all others it is as if there were none."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest
from sqlalchemy import text

from trainer.hall.client import HallError, HallNotFound
from trainer.hall.database import MIGRATIONS, Database, address
from trainer.hall.policy import Policy
from trainer.hall.refusals import Refused
from trainer.hall.rules import Rules, merged
from trainer.hall.signing import Signer
from trainer.hall.writer import Writer

COURSE = "dangwu"


def refusal(ask: Any) -> tuple[int, str, str]:
    with pytest.raises(HallError) as raised:
        ask()
    return raised.value.status, raised.value.code, str(raised.value)


def listed(client: Any, name: str) -> list[dict[str, Any]]:
    return [row for row in client.assignments(COURSE) if row["assignment"] == name]


@pytest.fixture
def files(name, notebook) -> dict[str, bytes]:
    return {f"{name}.ipynb": notebook()}


@pytest.fixture
def for_zhang(instructor, name, files):
    """Released for one of two."""
    return instructor.release(COURSE, name, files, {"title": "虚构的卷", "people": ["Zhang"]})


def test_who_it_is_for_works_as_ever(for_zhang, zhang, name, files):
    (row,) = listed(zhang, name)
    assert not {"people", "people_count"} & set(row | zhang.assignment(COURSE, name))
    assert zhang.files(COURSE, name) == files
    zhang.save_answer(COURSE, name, "q01", "A")
    assert zhang.submit(COURSE, name, files)["trainee"] == "zhang"


def test_to_others_it_is_an_unknown_one(for_zhang, li, name, files):
    assert listed(li, name) == []

    def all_doors(assignment: str) -> list[tuple[int, str, str]]:
        return [
            refusal(lambda: li.assignment(COURSE, assignment)),
            refusal(lambda: li.files(COURSE, assignment)),
            refusal(lambda: li.save_answer(COURSE, assignment, "q01", "A")),
            refusal(lambda: li.save_answer(COURSE, assignment, "no-such-cell", "A")),
            refusal(lambda: li.answers(COURSE, assignment)),
            refusal(lambda: li.submit(COURSE, assignment, files)),
            refusal(lambda: li.submit(COURSE, assignment, {"p.ipynb": b"no notebook"})),
            refusal(lambda: li.submissions(COURSE, assignment)),
            refusal(lambda: li.submission_files(COURSE, assignment, "0" * 16)),
            refusal(lambda: li.feedback(COURSE, assignment)),
        ]

    found = all_doors(name)
    assert {(status, code) for status, code, _ in found} == {(404, "not-found")}
    unknown = all_doors("meiyou")
    assert [line[2].replace(name, "meiyou") for line in found] == [line[2] for line in unknown]


def test_instructors_see_all_and_whom_it_is_for(for_zhang, instructor, name, files):
    (row,) = listed(instructor, name)
    assert row["people_count"] == 1
    assert instructor.assignment(COURSE, name)["people"] == ["zhang"]
    assert instructor.files(COURSE, name) == files
    instructor.save_answer(COURSE, name, "q01", "试一试")
    assert instructor.submit(COURSE, name, files)["trainee"] == "chen"


def test_somebody_added_sees_it_at_once_and_so_does_everybody(for_zhang, instructor, li, name, files):
    instructor.change_rules(COURSE, name, {"people": ["zhang", "li"]})
    assert listed(li, name)[0]["title"] == "虚构的卷"
    assert li.files(COURSE, name) == files
    instructor.change_rules(COURSE, name, {"people": []})
    assert listed(li, name) == []
    instructor.change_rules(COURSE, name, {"people": None})
    assert len(listed(li, name)) == 1
    assert instructor.assignment(COURSE, name)["people"] is None


def test_other_rules_and_the_same_release_leave_it_as_it_is(for_zhang, instructor, li, name, files):
    instructor.change_rules(COURSE, name, {"attempts": 2})
    assert instructor.release(COURSE, name, files, {})["changed"] is False
    assert instructor.assignment(COURSE, name)["people_count"] == 1
    assert instructor.release(COURSE, name, files, {"people": ["li"]})["changed"] is True
    assert len(listed(li, name)) == 1


def test_who_handed_in_keeps_receipts_and_feedback(instructor, zhang, li, name, files, notebook):
    instructor.release(COURSE, name, files)
    zhang.files(COURSE, name)
    receipt = zhang.submit(COURSE, name, files)
    li.files(COURSE, name)
    instructor.change_rules(COURSE, name, {"people": ["wang"]})
    instructor.put_feedback(COURSE, name, "zhang", receipt["id"], {"a.html": b"<p>"})

    assert listed(zhang, name)[0]["submissions"] == [receipt]
    assert zhang.submissions(COURSE, name) == [receipt]
    assert zhang.submission_files(COURSE, name, receipt["id"]) == files
    assert zhang.feedback(COURSE, name)["files"] == {"a.html": b"<p>"}
    assert zhang.submit(COURSE, name, files) == receipt, "what was accepted before is so still"
    for no_more in (
        lambda: zhang.submit(COURSE, name, {f"{name}.ipynb": notebook("B")}),
        lambda: zhang.save_answer(COURSE, name, "q01", "B"),
        lambda: zhang.files(COURSE, name),
    ):
        assert refusal(no_more)[0] == 404
    # who has only fetched it has nothing to keep, and nothing in the list
    assert (li.submissions(COURSE, name), listed(li, name)) == ([], [])
    with pytest.raises(HallNotFound):
        li.submit(COURSE, name, files)


def test_as_many_as_a_county_has(instructor, li, name, files):
    many = [f"ganbu{number:05}" for number in range(19_999)]
    instructor.release(COURSE, name, files, {"people": many})
    assert listed(li, name) == []
    instructor.change_rules(COURSE, name, {"people": [*many, "li"]})
    assert len(listed(li, name)) == 1
    lines = []
    after, page = 0, {"entries": [None], "next": 0}
    while page["entries"]:
        page = instructor.audit(after, 5000)
        after = page["next"]
        lines += [line for line in page["entries"] if line["assignment"] == name and line["what"] == "rules"]
    assert [json.loads(line["detail"]) for line in lines] == [{"people": 20_000}]
    assert refusal(lambda: instructor.change_rules(COURSE, name, {"people": [*many, "a", "b"]}))[:2] == (
        422,
        "invalid",
    )


@pytest.mark.parametrize("wrong", ["zhang", {"zhang": 1}, [1], [""], ["a/b"], ["a\n"], [["zhang"]], False])
def test_wrong_lists_are_refused(wrong):
    with pytest.raises(Refused, match="people"):
        merged(Rules(), {"people": wrong})


def test_names_are_compared_as_the_hub_writes_them():
    rules = merged(Rules(), {"people": ["SL001"]})
    assert rules.is_for("sl001")
    assert rules.is_for("SL001")
    assert not rules.is_for("sl002")


def test_a_store_from_before_is_for_everybody(store_url, notebook):
    """An assignment of a store of version 2, and what it says after the step to 3."""

    async def play() -> None:
        database = Database(address(store_url))
        writer = Writer(database, Signer(b"\x07" * 32), Policy())
        await writer.close()
        with database.connect() as connection, connection.begin():
            connection.execute(text("ALTER TABLE assignments DROP COLUMN people"))
            connection.execute(
                text("INSERT INTO assignments (id, course, name, rules, release, withdrawn) "
                     "VALUES (1, 'dangwu', 'old', '{}', 1, false)")
            )  # fmt: skip
            connection.execute(
                text("INSERT INTO releases (id, assignment, sha256, files, content, released_at, released_by) "
                     "VALUES (1, 1, 'x', '[]', '', 5, 'chen')")
            )  # fmt: skip
            connection.execute(text("UPDATE hall_schema SET version = 2"))
        database.close()

        database = Database(address(store_url))
        writer = Writer(database, Signer(b"\x07" * 32), Policy())
        try:
            assert writer.catalogue.find("dangwu", "old").rules.people is None
            with database.readers.begin() as connection:
                assert connection.scalar(text("SELECT version FROM hall_schema")) == len(MIGRATIONS) + 1
        finally:
            await writer.close()
            database.close()

    asyncio.run(play())
