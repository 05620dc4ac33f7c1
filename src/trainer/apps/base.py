"""What every ``trainer`` command shares: configuration, Chinese help, errors as sentences, tables and JSON."""

from __future__ import annotations

import getpass
import json
import logging
import os
import sys
import traceback
from collections.abc import Iterable, Sequence
from contextlib import AbstractContextManager, nullcontext
from datetime import datetime
from pathlib import Path
from typing import Any, ClassVar, NoReturn

from jupyter_core.application import JupyterApp
from traitlets import Bool, CaselessStrEnum, Unicode
from traitlets.config import Config
from traitlets.config.loader import ArgumentError

from trainer import __version__
from trainer.errors import TrainerError, UsageError
from trainer.nbgrader.course import CONFIG_FILE, Course
from trainer.settings import CodeSandbox, Grading, HallExchange, Publishing, QuestionBank
from trainer.workflow.turns import taking_turns

_HELP = {"-h", "--help", "--help-all", "--version"}
INSTALLATION_FILE = "jupyter_config.py"

#: What stands in a cell of a printed table: text, a number, or nothing. (Sequences of them are often built by adding.)
Cell = Any


def find_installation(start: Path) -> Path | None:
    """The nearest jupyter_config.py at or above a folder, if it belongs to us or to root.

    Configuration is code: one that somebody else put into a shared folder above is not run.
    """
    for folder in (start, *start.parents):
        path = folder / INSTALLATION_FILE
        if path.is_file():
            return path if path.stat().st_uid in (0, os.getuid()) else None
    return None


class _BadConfig(logging.Filter):
    """Takes traitlets' English line about a setting of the wrong type out of the log, for a sentence of ours."""

    said = ""

    def filter(self, record: logging.LogRecord) -> bool:
        message = record.getMessage()
        if message.startswith("Bad config encountered"):
            self.said = message.partition(": ")[2]
            return False
        return True


_bad_config = _BadConfig()


class TrainerApp(JupyterApp):
    """Base of all commands. A command sets ``usage``, ``arguments`` and ``run``."""

    name = "trainer"
    version = __version__
    #: What a verb does to the course, in a word: meanwhile nobody else does anything to it. Empty for all others.
    doing: ClassVar[str] = ""
    #: What stands behind ``trainer`` on the usage line.
    usage: ClassVar[str] = ""
    #: (argument, what it is) for the help.
    arguments: ClassVar[Sequence[tuple[str, str]]] = ()
    examples = ""
    least: ClassVar[int] = 0
    most: ClassVar[int | None] = 0

    classes = [QuestionBank, Grading, CodeSandbox, Publishing, HallExchange]  # noqa: RUF012 - a traitlets declaration

    #: name -> (class or import string, what it does)
    subcommands = {}  # noqa: RUF012 - a traitlets declaration

    course = Unicode(".", help="课程文件夹，默认为当前文件夹").tag(config=True)
    output_format = CaselessStrEnum(
        ["table", "json"], "table", help="输出格式：table 表格，json 供程序读取"
    ).tag(config=True)
    debug = Bool(False, help="出错时显示详细经过，供技术人员排查").tag(config=True)

    aliases = {  # noqa: RUF012
        "course": ("TrainerApp.course", "课程文件夹，默认为当前文件夹"),
        "bank": ("QuestionBank.directory", "题库文件夹"),
        "format": ("TrainerApp.output_format", "输出格式：table 表格，json 供程序读取"),
    }
    flags = {  # noqa: RUF012
        "debug": ({"TrainerApp": {"debug": True}}, "出错时显示详细经过，供技术人员排查"),
    }

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.log.addFilter(_bad_config)

    def run(self) -> int | None:
        """Do the work; the return value is the exit status (None: 0)."""
        raise UsageError(f"请写明要做什么。运行 {self._command()} --help 查看用法。")

    # -- configuration ---------------------------------------------------------------------------------------------

    def load_config_file(self, suppress_errors: bool = True) -> None:  # type: ignore[override]
        """Jupyter's own places first, then the nearest jupyter_config.py, which wins."""
        super().load_config_file(suppress_errors=False)
        found = find_installation(Path.cwd())
        if found is not None:
            self.load_nearest(found)

    def load_nearest(self, path: Path) -> None:
        from traitlets.config.loader import PyFileConfigLoader

        loaded = PyFileConfigLoader(path.name, path=str(path.parent)).load_config()
        mine = Config(self.cli_config)
        self.update_config(loaded)
        self.update_config(mine)

    def open_course(self) -> Course:
        """The course folder that --course names. Raises NotFound."""
        return Course(Path(self.course), self.cli_config)

    def bank_folder(self, course: Course | None = None) -> Path:
        """The bank: from the command line, the course's configuration, or the installation's."""
        config = course.config if course is not None else self.config
        return Path(QuestionBank(config=config).directory)

    # -- start and errors ------------------------------------------------------------------------------------------

    def parse_command_line(self, argv: Any = None) -> None:
        """As traitlets does, but with our words for what is wrong."""
        if self.subcommands and argv and not str(argv[0]).startswith("-") and argv[0] not in self.subcommands:
            raise UsageError(f"没有“{argv[0]}”这个命令。运行 {self._command()} --help 查看有哪些命令。")
        if self.subcommands and len(argv or ()) > 1 and str(argv[0]).startswith("-") and argv[0] not in _HELP:
            raise UsageError(f"选项要写在命令后面，例如：{self._command()} <命令> {argv[0]}。")
        known = {f"--{name}" for name in (*self.aliases, *self.flags)} | _HELP
        for word in () if argv and argv[0] in self.subcommands else argv or ():
            option = str(word).partition("=")[0]
            if option.startswith("-") and option not in known and "." not in option:
                raise UsageError(f"不认识选项 {option}。运行 {self._command()} --help 查看有哪些选项。")
        try:
            super().parse_command_line(argv)
        except (ArgumentError, SystemExit) as error:
            if isinstance(error, SystemExit) and error.code in (0, None):
                raise
            _bad_config.said = ""
            raise UsageError(f"选项的值不对。运行 {self._command()} --help 查看用法。") from None

    def start(self) -> None:
        """Run the subcommand or this one."""
        if self.subapp is not None:
            self.subapp.start()
            return
        count = len(self.extra_args)
        if count < self.least or (self.most is not None and count > self.most):
            raise UsageError(f"用法：{self._command()} {self.usage}".rstrip() + "。参数的个数不对。")
        with self._turn():
            self.exit(self.run() or 0)

    def _turn(self) -> AbstractContextManager[None]:
        """Hold the course while a verb works on it; one that is busy is told as a sentence (Conflict)."""
        root = Path(self.course)
        if not self.doing or not (root / CONFIG_FILE).is_file():
            return nullcontext()
        doing = " ".join([self.doing, *map(str, self.extra_args[:1])])
        return taking_turns(root, doing, _who(), datetime.now().astimezone())

    def _command(self) -> str:
        return self.name.replace("-", " ")

    # -- printing --------------------------------------------------------------------------------------------------

    def print_table(
        self, title: str, columns: Sequence[str], rows: Iterable[Sequence[Cell]], **extra: Any
    ) -> None:
        """A table for people, or the same as JSON with --format json (``extra`` is only in the JSON)."""
        listed = [list(row) for row in rows]
        if self.output_format == "json":
            records = [dict(zip(columns, row, strict=True)) for row in listed]
            self.print_json({"title": title, "rows": records, **extra})
            return
        self.say(title)
        if not listed:
            return
        from rich.table import Table

        table = Table()
        for index, column in enumerate(columns):
            numeric = bool(listed) and all(isinstance(row[index], int | float | None) for row in listed)
            table.add_column(column, justify="right" if numeric else "left", overflow="fold")
        for row in listed:
            table.add_row(*("" if cell is None else _shown(cell) for cell in row))
        console().print(table)

    def print_json(self, data: Any) -> None:
        sys.stdout.write(json.dumps(data, ensure_ascii=False, indent=2) + "\n")

    def say(self, sentence: str) -> None:
        """A line for people; nothing when the output is JSON, so that programs can read it."""
        if self.output_format != "json":
            console().print(sentence, markup=False, highlight=False)

    # -- help ------------------------------------------------------------------------------------------------------

    def print_help(self, classes: bool = False) -> None:
        sys.stdout.write("\n".join(self.emit_help(classes)) + "\n")

    def emit_help(self, classes: bool = False) -> list[str]:  # type: ignore[override]
        """The whole help in Chinese; ``classes`` adds every setting of jupyter_config.py."""
        usage = self.usage or ("<命令> [选项]" if self.subcommands else "[选项]")
        lines = [str(self.description).strip(), "", f"用法：{self._command()} {usage}"]
        if self.subcommands:
            lines += ["", "命令："]
            lines += [f"  {name:<12}{text}" for name, (_, text) in self.subcommands.items()]
            lines += ["", f"每个命令的用法：{self._command()} <命令> --help"]
        if self.arguments:
            lines += ["", "参数：", *(f"  {name}：{text}" for name, text in self.arguments)]
        lines += ["", "选项：", *self._option_lines()]
        if classes:
            lines += ["", "可以写进 jupyter_config.py 的设置：", *self._setting_lines()]
        if self.examples:
            lines += ["", "例子：", *(f"  {line}" for line in self.examples.strip().splitlines())]
        return lines

    def _option_lines(self) -> list[str]:
        options = [(f"--{name}=…", text) for name, (_, text) in self.aliases.items()]
        options += [(f"--{name}", text) for name, (_, text) in self.flags.items()]
        options += [("--help", "显示这份说明"), ("--help-all", "连同全部设置一起显示")]
        return [f"  {name:<16}{text}" for name, text in options]

    def _setting_lines(self) -> list[str]:
        lines = []
        for cls in self.classes:
            for name, trait in sorted(cls.class_own_traits(config=True).items()):
                lines.append(f"  c.{cls.__name__}.{name}（默认 {trait.default_value!r}）：{trait.help}")
        return lines


def _who() -> str:
    """Whoever runs the command, as the machine knows them."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a numeric user without a name
        return f"用户 {os.getuid()}"


def _shown(cell: str | float) -> str:
    from rich.markup import escape

    return f"{cell:.2f}" if isinstance(cell, float) else escape(str(cell))


def console() -> Any:
    """A console for stdout; as wide as the terminal, and wide enough for Chinese tables when piped."""
    from rich.console import Console

    return Console(width=None if sys.stdout.isatty() else 160, soft_wrap=False)


def run_app(app: type[TrainerApp], argv: Sequence[str]) -> NoReturn:
    """Start a command; every error leaves as a sentence and an exit status, never as a traceback.

    0: done. 1: something for the user to mend. 2: the command line is wrong. 70: a defect of ours.
    """
    debug = "--debug" in argv
    try:
        app.launch_instance(list(argv))
    except TrainerError as error:
        _report(str(error), debug)
        sys.exit(error.exit_status)
    except SystemExit:
        if _bad_config.said:
            _report(f"jupyter_config.py 里有一项设置的值不对：{_bad_config.said}", debug)
            sys.exit(2)
        raise
    except KeyboardInterrupt:
        _report("已中断。再运行一次即可接着做。", False)
        sys.exit(130)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(0)
    except Exception as error:  # noqa: BLE001 - the last line of defence: a defect is reported, not thrown at the user
        _report(
            f"程序出错了（{type(error).__name__}：{error}）。请加 --debug 再运行一次，把输出交给技术人员。",
            debug,
        )
        sys.exit(70)
    sys.exit(0)


def _report(sentence: str, debug: bool) -> None:
    if debug:
        traceback.print_exc()
    sys.stderr.write(f"{sentence}\n")
