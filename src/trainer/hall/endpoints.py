"""The API: one function for each row of docs/reference/hall-api.md. Who may call it is in :mod:`trainer.hall.routes`."""

from __future__ import annotations

import asyncio
from typing import Any

from trainer.hall import operations
from trainer.hall.admission import may_fetch
from trainer.hall.answers import count_answers, is_filled, released_cells
from trainer.hall.bundle import to_json
from trainer.hall.calls import Call, Reply, shown
from trainer.hall.clock import from_iso, iso
from trainer.hall.names import usable
from trainer.hall.receipts import verify
from trainer.hall.refusals import Refused, invalid
from trainer.hall.released_marks import read_feedback
from trainer.hall.saving import NOTHING_SAVED, Save
from trainer.hall.signing import ALGORITHM
from trainer.hall.submitting import Accepted, Submit

_MOST_MINUTES = 7 * 24 * 60
_MOST_AUDIT = 5000


# -- for everybody -----------------------------------------------------------------------------------------------------


async def time(call: Call) -> Reply:
    return shown({"now": iso(call.caller.arrived)})


async def key(call: Call) -> Reply:
    keys, current = call.hall.writer.keys, call.hall.key_id
    return shown({"algorithm": ALGORITHM, "key_id": current, "public_key": keys[current], "keys": keys})


async def verify_receipt(call: Call) -> Reply:
    verdict = verify(call.json().get("receipt"), call.hall.writer.keys)
    return shown({"valid": verdict.valid, "reason": verdict.reason})


async def assignments(call: Call) -> Reply:
    course, withdrawn = call.query.get("course"), call.query.get("withdrawn") == "1"
    return shown(await call.read(lambda store: store.listing(call.asker.name, course, withdrawn)))


async def assignment(call: Call) -> Reply:
    released = await call.known()
    return shown(await call.read(lambda store: store.one(released, call.asker.name)))


async def files(call: Call) -> Reply:
    released = call.released()
    if not call.asker.instruct:
        may_fetch(call.hall.writer.catalogue, released, call.asker.name, call.caller.arrived)
        # Served even when the disk is too full to record it.
        record = operations.RecordFetch(call.caller, released)
        await asyncio.gather(call.hall.writer.put(record), return_exceptions=True)
    bundle = await call.read(lambda store: store.files(released))
    return shown({"files": to_json(bundle), "sha256": released.sha256})


# -- trainees' work ----------------------------------------------------------------------------------------------------


async def save_answer(call: Call) -> Reply:
    course, name, cell = call.names
    body = call.json()
    text, base = body.get("text"), _base(body.get("base"))
    if not isinstance(text, str) or "\x00" in text:
        raise invalid("要存的答案应是 text 里的一段文字。")
    try:
        size = len(text.encode("utf-8"))
    except UnicodeEncodeError:
        raise invalid("答案里有不完整的字符，没有存上。请删掉最后输入的几个字再试。") from None
    if size > call.hall.policy.answer_bytes:
        most = call.hall.policy.answer_bytes // 1024
        raise Refused(413, "too-large", f"这个答案太长（上限 {most} KB），没有存上。请删短一些再试。")
    stub = call.released().stubs.get(cell, "")
    save = Save(call.caller, course, name, cell, text, is_filled(text, stub), size, base)
    saved_at: int = await call.hall.writer.put(save)
    return shown({"saved_at": iso(saved_at), "cell": cell})


def _base(said: Any) -> int | None:
    """The time that a body names as its base: none, '' (nothing was saved yet), or a ``saved_at`` of ours."""
    if said is None:
        return None
    if said == "":
        return NOTHING_SAVED
    try:
        return from_iso(said)
    except (TypeError, ValueError):
        raise invalid("base 应是上一次存上时回答的 saved_at，或者是空的。") from None


async def answers(call: Call) -> Reply:
    released, account = await call.known(), call.whose() or call.asker.name
    if account != call.asker.name:
        await call.noted("read answers", account)
    return shown(await call.read(lambda store: store.answers(released, account)))


async def submit(call: Call) -> Reply:
    released = await call.known()
    bundle = call.files(call.json(), call.hall.policy.submission_bytes)
    operation = Submit.of(
        call.caller, call.names[0], call.names[1], bundle, count_answers(bundle, released.cells)
    )
    accepted: Accepted = await call.hall.writer.put(operation)
    return Reply(201 if accepted.created else 200, accepted.receipt.encode("utf-8"))


async def submissions(call: Call) -> Reply:
    released, account = await call.known(), call.whose()
    return shown(await call.read(lambda store: store.submissions(released, account)))


async def submission_files(call: Call) -> Reply:
    released, submission = await call.known(), call.names[2]
    account = None if call.asker.instruct else call.asker.name
    bundle = await call.read(lambda store: store.submission_files(released, submission, account))
    if call.asker.instruct:
        await call.noted("read submission", submission)
    return shown({"files": to_json(bundle)})


async def feedback(call: Call) -> Reply:
    released, account = await call.known(), call.whose() or call.asker.name
    submission = call.query.get("submission")
    return shown(await call.read(lambda store: store.feedback(released, account, submission)))


# -- for instructors ---------------------------------------------------------------------------------------------------


async def release(call: Call) -> Reply:
    course, name = call.names
    if not (usable(course) and usable(name)):
        raise invalid("课程和作业的名称不能用：不能有斜线和看不见的字符，不能以点开头，最多 128 个字符。")
    body = call.json()
    if not isinstance(body.get("force", False), bool):
        raise invalid("force 应是 true 或 false。")
    bundle = call.files(body, call.hall.policy.release_bytes)
    released_cells(bundle)  # refuses a notebook that it cannot read
    operation = operations.Release(
        call.caller, course, name, bundle, body.get("rules"), body.get("force", False), len(call.body)
    )
    changed = await call.hall.writer.put(operation)
    return await _assignment_now(call, changed=changed)


async def change_rules(call: Call) -> Reply:
    course, name = call.names
    await call.hall.writer.put(
        operations.ChangeRules(call.caller, course, name, call.json().get("rules"), len(call.body))
    )
    return await _assignment_now(call)


async def withdraw(call: Call) -> Reply:
    course, name = call.names
    await call.hall.writer.put(operations.Withdraw(call.caller, course, name))
    return await _assignment_now(call)


async def _assignment_now(call: Call, **more: Any) -> Reply:
    released = call.released()
    return shown({**await call.read(lambda store: store.one(released, call.asker.name)), **more})


async def extend(call: Call) -> Reply:
    course, name, account = call.names
    minutes = call.json().get("minutes")
    if not isinstance(minutes, int) or isinstance(minutes, bool) or not 0 <= minutes <= _MOST_MINUTES:
        raise invalid(f"延长的分钟数应是 0 到 {_MOST_MINUTES} 的整数。")
    if not usable(account):
        raise invalid("账号不能用。")
    await call.hall.writer.put(operations.Extend(call.caller, course, name, account, minutes))
    return shown({"user": account, "minutes": minutes})


async def collection(call: Call) -> Reply:
    released, include_saved = call.released(), call.query.get("include_saved") == "1"
    await call.noted("collect")
    return shown(await call.read(lambda store: store.collection(released, include_saved)))


async def put_feedback(call: Call) -> Reply:
    course, name, account = call.names
    body = call.json()
    submission = body.get("submission")
    if not isinstance(submission, str) or not submission.isprintable():
        raise invalid("没有写明是对哪一次交卷的反馈（submission）。")
    bundle = call.files(body, call.hall.policy.release_bytes)
    operation = operations.PutFeedback(
        call.caller, course, name, account, submission, bundle, len(call.body), read_feedback(bundle)
    )
    changed = await call.hall.writer.put(operation)
    return shown({"put_at": iso(call.caller.arrived), "changed": changed})


async def feedback_hashes(call: Call) -> Reply:
    released = call.released()
    return shown(await call.read(lambda store: store.feedback_hashes(released)))


async def progress(call: Call) -> Reply:
    released = call.released()
    return shown(await call.read(lambda store: store.progress(released)))


async def audit(call: Call) -> Reply:
    try:
        after, limit = int(call.query.get("after", "0")), int(call.query.get("limit", "500"))
    except ValueError:
        raise invalid("after 和 limit 应是整数。") from None
    if not 0 <= after < 1 << 62 or not 1 <= limit <= _MOST_AUDIT:
        raise invalid(f"after 应不小于 0，limit 应是 1 到 {_MOST_AUDIT}。")
    return shown(await call.read(lambda store: store.audit(after, limit)))
