"""``trainer accounts``: who may log in, and the slips with their one-time passwords."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from contextlib import closing
from datetime import datetime
from pathlib import Path

from traitlets import Bool, Unicode

from trainer.accounts.slips import Slip
from trainer.accounts.store import Account, AccountStore, Person, Role
from trainer.apps.base import TrainerApp
from trainer.errors import UsageError
from trainer.people.roster import read_roster
from trainer.settings import Accounts, Server
from trainer.workflow.accounts import (
    AccountState,
    SlipFile,
    account_states,
    add_account,
    create_accounts,
    open_accounts,
    reset_accounts,
    reset_unused,
    set_disabled,
    unlock_accounts,
)
from trainer.workflow.people import roster_of

_ROLES = {"instructor": "教师", "trainee": "学员"}
_STATES = {"open": "正常", "waiting": "待改密码", "expired": "一次性密码过期", "disabled": "停用"}


class AccountsCommand(TrainerApp):
    """What the commands on accounts share."""

    classes = [Server, Accounts]  # noqa: RUF012 - a traitlets declaration

    aliases = {  # noqa: RUF012
        "data": ("Server.data", "服务器的数据文件夹"),
        "format": TrainerApp.aliases["format"],
    }

    def store(self) -> closing[AccountStore]:
        """The accounts, to be closed again."""
        return closing(open_accounts(Path(Server(config=self.config).data)))

    def settings(self) -> Accounts:
        return Accounts(config=self.config)

    def report(self, title: str, accounts: Sequence[Account]) -> None:
        """Whom something was done to."""
        self.print_table(title, ["账号", "姓名", "单位"], [(a.account, a.name, a.unit) for a in accounts])


class IssuingCommand(AccountsCommand):
    """A command that makes one-time passwords: into a sheet of slips, or onto the screen."""

    slips = Unicode("", help="密码条写到哪个 .docx 文件").tag(config=True)
    aliases = AccountsCommand.aliases | {
        "slips": ("IssuingCommand.slips", "密码条写到哪个 .docx 文件；不写则在屏幕上显示")
    }

    @abstractmethod
    def issue(self, store: AccountStore) -> tuple[str, Sequence[Slip]]:
        """Do the work; returns the title of the report and the slips."""

    def run(self) -> None:
        if self.slips and not self.slips.endswith(".docx"):
            raise UsageError("密码条的文件名要以 .docx 结尾。")
        file = SlipFile(Path(self.slips)) if self.slips else None
        try:
            with self.store() as store:
                title, slips = self.issue(store)
        except BaseException:
            if file is not None:
                file.discard()
            raise
        if file is not None:
            file.write(slips, self.settings())
        self._show(title, slips)

    def _show(self, title: str, slips: Sequence[Slip]) -> None:
        columns = ["账号", "姓名", "单位", "失效日期"]
        rows = [[s.account, s.name, s.unit, f"{s.expires:%Y-%m-%d}"] for s in slips]
        if not self.slips:
            columns.append("一次性密码")
            rows = [[*row, s.password] for row, s in zip(rows, slips, strict=True)]
        if self.slips and self.output_format != "json":
            rows = []  # everything is in the file
        self.print_table(title, columns, rows)
        if slips and self.slips:
            self.say(f"密码条在 {self.slips}，打印、裁开、发给本人后请删除这个文件。")
        elif slips:
            self.say("一次性密码只在这里显示这一次。")


class AccountsCreateApp(IssuingCommand):
    """Accounts for a roster."""

    name = "trainer-accounts-create"
    description = "给名册上还没有账号的人建账号，发一次性密码。可以反复运行，已有的账号不动。"
    examples = """
trainer accounts create --course=courses/2026leitai --slips=密码条.docx
trainer accounts create --roster=名册.xlsx --slips=密码条.docx
"""

    roster = Unicode("", help="名册文件").tag(config=True)
    aliases = IssuingCommand.aliases | {
        "course": TrainerApp.aliases["course"],
        "roster": ("AccountsCreateApp.roster", "名册文件（.xlsx 或 .csv）；不写则用课程里导入过的名册"),
    }

    def issue(self, store: AccountStore) -> tuple[str, Sequence[Slip]]:
        roster = read_roster(Path(self.roster)) if self.roster else roster_of(self.open_course())
        done = create_accounts(store, roster, self.settings(), datetime.now().astimezone())
        changed = f"，更新姓名或单位 {done.renamed} 个" if done.renamed else ""
        return f"新建账号 {len(done.slips)} 个，原来已有 {done.existing} 个{changed}", done.slips


class AccountsAddApp(IssuingCommand):
    """One account."""

    name = "trainer-accounts-add"
    description = "建一个账号，发一次性密码。教师加 --instructor。"
    usage = "<账号> --name=<姓名> [选项]"
    arguments = (("账号", "半角的英文字母、数字和 . _ -"),)
    examples = "trainer accounts add zhanglaoshi --name=张老师 --instructor"
    least = most = 1

    person = Unicode("", help="姓名").tag(config=True)
    unit = Unicode("", help="单位").tag(config=True)
    instructor = Bool(False, help="是教师").tag(config=True)
    aliases = IssuingCommand.aliases | {
        "name": ("AccountsAddApp.person", "姓名"),
        "unit": ("AccountsAddApp.unit", "单位"),
    }
    flags = TrainerApp.flags | {
        "instructor": ({"AccountsAddApp": {"instructor": True}}, "建教师账号（能发卷、阅卷、看成绩）")
    }

    def issue(self, store: AccountStore) -> tuple[str, Sequence[Slip]]:
        if not self.person:
            raise UsageError("请写明姓名，例如 --name=张老师。")
        role: Role = "instructor" if self.instructor else "trainee"
        person = Person(str(self.extra_args[0]), self.person, self.unit, role)
        slip = add_account(store, person, self.settings(), datetime.now().astimezone())
        return f"已建{_ROLES[role]}账号 {slip.account}", [slip]


class AccountsResetApp(IssuingCommand):
    """New one-time passwords."""

    name = "trainer-accounts-reset"
    description = "重新发一次性密码：原来的密码作废，锁定解除，已有的登录失效。"
    usage = "<账号>… [选项]"
    arguments = (("账号", "一个或几个"),)
    examples = "trainer accounts reset 20260001 20260002 --slips=补发.docx"
    most = None

    unused = Bool(False, help="没有登录过的学员全部重发").tag(config=True)
    flags = TrainerApp.flags | {
        "unused": (
            {"AccountsResetApp": {"unused": True}},
            "给没有登录过的学员全部重发（密码条遗失、过期时用），不写账号",
        )
    }

    def issue(self, store: AccountStore) -> tuple[str, Sequence[Slip]]:
        if bool(self.extra_args) == self.unused:
            raise UsageError("请写明给谁重发：写一个或几个账号，或只写 --unused。")
        settings, now = self.settings(), datetime.now().astimezone()
        if self.unused:
            slips = reset_unused(store, settings, now)
        else:
            slips = reset_accounts(store, self.extra_args, settings, now)
        return f"已重发一次性密码 {len(slips)} 个", slips


class AccountsDisableApp(AccountsCommand):
    """Close accounts."""

    name = "trainer-accounts-disable"
    description = "停用账号：不能再登录，已有的登录在一两分钟内失效。作答和成绩都保留。"
    usage = "<账号>… [选项]"
    arguments = (("账号", "一个或几个"),)
    least, most = 1, None

    def run(self) -> None:
        with self.store() as store:
            self.report("已停用：", set_disabled(store, self.extra_args, disabled=True))


class AccountsEnableApp(AccountsCommand):
    """Open accounts again."""

    name = "trainer-accounts-enable"
    description = "恢复停用的账号，密码照旧。"
    usage = "<账号>… [选项]"
    arguments = (("账号", "一个或几个"),)
    least, most = 1, None

    def run(self) -> None:
        with self.store() as store:
            self.report("已恢复：", set_disabled(store, self.extra_args, disabled=False))


class AccountsUnlockApp(AccountsCommand):
    """Lift locks."""

    name = "trainer-accounts-unlock"
    description = "解除锁定：输错太多次、要等的人，马上可以再试。密码照旧。"
    usage = "<账号>… [选项]"
    arguments = (("账号", "一个或几个"),)
    least, most = 1, None

    def run(self) -> None:
        with self.store() as store:
            self.report("已解锁：", unlock_accounts(store, self.extra_args))


class AccountsListApp(AccountsCommand):
    """Show the accounts."""

    name = "trainer-accounts-list"
    description = "列出全部账号和它们的状态。"

    def run(self) -> None:
        with self.store() as store:
            states = account_states(store, datetime.now().astimezone())
        columns = ["编号", "账号", "姓名", "单位", "角色", "状态", "上次登录"]
        self.print_table(f"账号（{len(states)} 个）", columns, [_row(state) for state in states])


def _row(state: AccountState) -> tuple[object, ...]:
    account = state.account
    words = _STATES[state.state]
    if state.locked:
        words += f"，锁定（还有 {state.locked} 秒）"
    login = "" if account.last_login is None else f"{account.last_login.astimezone():%Y-%m-%d %H:%M}"
    return (
        str(account.number),
        *(account.account, account.name, account.unit, _ROLES[account.role], words, login),
    )


class AccountsApp(TrainerApp):
    """Commands on accounts."""

    name = "trainer-accounts"
    description = "账号：建立、重发密码、停用、解锁、列出。"
    subcommands = {  # noqa: RUF012
        "create": (AccountsCreateApp, "按名册建账号，做密码条"),
        "add": (AccountsAddApp, "建一个账号，例如教师的"),
        "reset": (AccountsResetApp, "重新发一次性密码"),
        "disable": (AccountsDisableApp, "停用账号"),
        "enable": (AccountsEnableApp, "恢复账号"),
        "unlock": (AccountsUnlockApp, "解除锁定"),
        "list": (AccountsListApp, "列出账号"),
    }
