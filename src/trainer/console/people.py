"""Roster and accounts, and sheets that are uploaded."""

from __future__ import annotations

from typing import Any

from tornado.httputil import HTTPFile, parse_body_arguments
from tornado.web import HTTPError, stream_request_body

from trainer.accounts.store import Account
from trainer.console.pages import Page
from trainer.console.papers import PaperPage
from trainer.errors import NotFound, UsageError
from trainer.model.people import Roster
from trainer.workflow.accounts import account_states, set_disabled, unlock_accounts
from trainer.workflow.people import roster_of

MEGABYTE = 1024 * 1024
LARGEST_UPLOAD = 10 * MEGABYTE
#: What a form adds around its file.
_FRAME = 64 * 1024
_TABLES = {b"PK": ".xlsx", b"\xd0\xcf": ".xls"}


@stream_request_body
class UploadPage(Page):
    """A form with one file. Who asks is known, and how much is announced, before any of it is read.

    Its XSRF token stands in the address, since it is checked before the body is there.
    """

    async def prepare(self) -> None:
        await super().prepare()
        self._received = bytearray()
        if self.request.method != "POST" or self._finished:
            return
        announced = int(self.request.headers.get("Content-Length", "0") or 0)
        if announced > LARGEST_UPLOAD + _FRAME:
            raise HTTPError(413)
        self.request.connection.set_max_body_size(LARGEST_UPLOAD + _FRAME)  # type: ignore[union-attr]

    def data_received(self, chunk: bytes) -> None:
        self._received += chunk

    async def post(self, *names: str) -> None:
        request = self.request
        parse_body_arguments(
            request.headers.get("Content-Type", ""),
            bytes(self._received),
            request.body_arguments,
            request.files,
            request.headers,
        )
        for name, values in request.body_arguments.items():
            request.arguments.setdefault(name, []).extend(values)
        await super().post(*names)

    def sheet(self, called: str) -> tuple[str, bytes]:
        """The uploaded table under a name of ours. Raises UsageError when there is none."""
        found: list[HTTPFile] = self.request.files.get("sheet", [])
        content = found[0].body if found else b""
        if not content:
            raise UsageError("没有选文件，或者文件是空的，什么也没有改动。请选好表格再上传。")
        if len(content) > LARGEST_UPLOAD:
            raise HTTPError(413)
        return called + _TABLES.get(bytes(content[:2]), ".csv"), bytes(content)


class RosterPage(UploadPage):
    """Who is expected; import another sheet."""

    async def view(self, *_names: str) -> None:
        roster = await self.aside(self._roster)
        self.show("roster.html", roster=roster, teams=roster.team_sizes(), most=LARGEST_UPLOAD)

    async def act(self, *_names: str) -> None:
        given = {"replace": self.ticked("replace")}
        await self.begin("import-roster", "", given, upload=self.sheet("名册"))

    def _roster(self) -> Roster:
        try:
            return roster_of(self.console.place.course())
        except NotFound:
            return Roster(())


class MarkSheetPage(UploadPage, PaperPage):
    """Import a mark sheet that markers have filled in."""

    async def act(self, *names: str) -> None:
        found = await self.round(names[0])
        await self.begin("import-marks", found.paper.id, upload=self.sheet("评分表"))


class AccountsPage(Page):
    """Who may log in. Instructors' accounts are only shown: changing them is the operator's business."""

    async def view(self, *_names: str) -> None:
        states, without = await self.aside(self._states)
        self.show("accounts.html", states=states, without=without, slips=self._slips())

    async def act(self, *_names: str) -> None:
        verb = self.get_body_argument("verb", "")
        chosen = self.get_body_arguments("account")
        if verb == "create":
            await self.begin("create-accounts", "")
        elif verb == "reset-unused":
            await self.begin("reset-accounts", "", {"unused": True, "accounts": []})
        elif verb == "reset":
            await self.aside(lambda: self._trainees(chosen))
            await self.begin("reset-accounts", "", {"unused": False, "accounts": chosen})
        elif verb in _AT_ONCE:
            await self.aside(lambda: self._at_once(verb, chosen))
            self.console.note(self.account, _AT_ONCE[verb], {"accounts": chosen})
            self.go("accounts")
        else:
            raise HTTPError(400)

    def _states(self) -> tuple[list[Any], int]:
        now = self.console.now()
        with self.console.accounts() as store:
            states = account_states(store, now)
        have = {state.account.account.casefold() for state in states}
        try:
            roster = roster_of(self.console.place.course())
        except NotFound:
            roster = Roster(())
        return states, sum(trainee.account.casefold() not in have for trainee in roster)

    def _slips(self) -> list[Any]:
        """Sheets of slips that this instructor has made and not fetched yet."""
        records = self.console.jobs.newest_first()
        own = [record for record in records if record.who == self.account]
        return [
            (record, entry["name"])
            for record in own
            for entry in record.files
            if entry["private"] and entry["name"] not in record.taken
        ]

    def _trainees(self, chosen: list[str]) -> list[Account]:
        if not chosen:
            raise UsageError("没有选人，什么也没有改动。请先在表里勾选。")
        with self.console.accounts() as store:
            accounts = store.named(chosen)
        if any(account.role != "trainee" for account in accounts):
            raise UsageError(
                "教师账号不能在这里改，什么也没有改动。请系统管理员在服务器上运行 trainer accounts。"
            )
        return accounts

    def _at_once(self, verb: str, chosen: list[str]) -> None:
        names = [account.account for account in self._trainees(chosen)]
        with self.console.accounts() as store:
            if verb == "unlock":
                unlock_accounts(store, names)
            else:
                set_disabled(store, names, disabled=verb == "disable")


_AT_ONCE = {"unlock": "解锁账号", "disable": "停用账号", "enable": "恢复账号"}
