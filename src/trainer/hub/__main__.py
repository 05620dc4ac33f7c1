"""``python -m trainer.hub``: the hub itself, started by ``trainer serve`` in its own place."""

from __future__ import annotations

import argparse
import os
import resource
import signal
from pathlib import Path

from tornado.httpserver import HTTPServer
from traitlets.config import Config
from traitlets.config.loader import PyFileConfigLoader

from trainer.accounts.store import AccountStore
from trainer.hub.app import TrainerHub
from trainer.hub.data_folder import DataFolder, Identities
from trainer.hub.defaults import hub_config
from trainer.hub.forkserver.join import die_with_parent
from trainer.hub.gate import GateServer
from trainer.settings import Accounts, Server


def main() -> None:
    """Run until SIGTERM or Ctrl-C; everything that was started ends with it."""
    options = _options()
    os.umask(0o077)
    if options.exit_with_parent:
        die_with_parent(signal.SIGTERM)
        if os.getppid() == 1:
            return
    data, who = DataFolder(options.data), Identities(os.getuid() == 0, options.first_uid)
    data.create(who)
    file: Path | None = options.config
    config = _read(file)
    settings, server = Accounts(config=config), Server(config=config, ip=options.ip, port=options.port)
    accounts = AccountStore(data.accounts_db)
    HTTPServer.configure(GateServer, who=who)
    _allow_many_files()
    app = TrainerHub.instance(
        data=data,
        who=who,
        defaults=hub_config(data, who, settings, server, options.course, str(config.HallApp.get("data", ""))),
        spawner_parts={
            "number_of": lambda account: accounts.named([account])[0].number,
            "roster": lambda: {account.account: account.number for account in accounts.everyone()},
            "shown_courses": data.courses,
            "course": options.course,
        },
    )
    app.launch_instance(["-f", str(file)] if file else ["-f", os.devnull])


def _allow_many_files() -> None:
    """Every connection is an open file."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m trainer.hub")
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--config", type=Path)
    parser.add_argument("--ip", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8000)
    parser.add_argument("--course", default="")
    parser.add_argument("--first-uid", type=int, default=200_000)
    parser.add_argument("--exit-with-parent", action="store_true")
    return parser.parse_args()


def _read(file: Path | None) -> Config:
    return PyFileConfigLoader(file.name, path=str(file.parent)).load_config() if file else Config()


if __name__ == "__main__":
    main()
