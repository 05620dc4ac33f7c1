"""Our JupyterHub: the stock application with our parts plugged in."""

from __future__ import annotations

import asyncio
from functools import cached_property
from typing import Any
from urllib.parse import urlsplit

from jupyterhub.app import JupyterHub
from tornado.ioloop import PeriodicCallback
from tornado.netutil import bind_unix_socket
from traitlets import Instance
from traitlets.config import Config

from trainer.hub.data_folder import DataFolder, Identities
from trainer.hub.forkserver.client import ForkServerClient
from trainer.hub.homes import DiskAlarm
from trainer.hub.limits import ControlGroups
from trainer.hub.spawner import WalledSpawner

_SERVICE_MILLISECONDS = 500
_DISK_MILLISECONDS = 1000
_QUEUE = 1024


class TrainerHub(JupyterHub):  # type: ignore[misc]
    """JupyterHub with our defaults below the configuration file, and one fork server for all spawners."""

    name = "trainer-hub"
    data = Instance(DataFolder)
    who = Instance(Identities)
    defaults = Instance(Config, ())
    spawner_parts = Instance(dict, ())

    fork_server = Instance(ForkServerClient, ())

    def load_config_file(self, *args: Any, **options: Any) -> None:
        """The installation's file wins over our defaults, and the command line over both."""
        super().load_config_file(*args, **options)
        merged = Config()
        merged.merge(self.defaults)
        merged.merge(self.config)
        self.update_config(merged)

    async def initialize(self, *args: Any, **options: Any) -> None:
        self.spawner_class = self._spawner_class()
        await super().initialize(*args, **options)
        await self.fork_server.prepare()

    async def start(self) -> None:
        """Open the people's door, and look after services and servers more often than JupyterHub (30 s): while the hall
        is away, nobody can hand in.
        """
        await super().start()
        within = bind_unix_socket(str(self.data.hub_socket_within), mode=self.hub.socket_mode, backlog=_QUEUE)
        self.http_server.add_socket(within)
        for name, look, milliseconds in (
            ("trainer_services", self._look_after_services, _SERVICE_MILLISECONDS),
            ("trainer_servers", self._look_after_servers, _SERVICE_MILLISECONDS),
            ("trainer_disk", self._look_at_the_disk, _DISK_MILLISECONDS),
        ):
            callback = self._periodic_callbacks[name] = PeriodicCallback(look, milliseconds)
            callback.start()

    async def _look_after_services(self) -> None:
        for service in self._service_map.values():
            if service.managed and service.spawner is not None:
                await service.spawner.poll_and_notify()

    async def _look_at_the_disk(self) -> None:
        """Poll all servers at once when the disk fills fast: between two of JupyterHub's polls one program could fill it."""
        if not self._alarm.rings():
            return
        self.log.warning("The disk fills fast: looking who it is")
        await self._poll(self._running)

    async def _look_after_servers(self) -> None:
        """Take note at once of a server that has ended by itself, so that its owner can start it again."""
        ended = await self.fork_server.ended()
        await self._poll([s for s in self._running if ended is None or s.pid in ended])

    async def _poll(self, spawners: list[WalledSpawner]) -> None:
        await asyncio.gather(*(spawner.poll_and_notify() for spawner in spawners), return_exceptions=True)

    @property
    def _running(self) -> list[WalledSpawner]:
        return [s for user in self.users.values() for s in user.spawners.values() if s.ready]

    @cached_property
    def _alarm(self) -> DiskAlarm:
        return DiskAlarm(self.data.homes)

    async def cleanup(self) -> None:
        try:
            await super().cleanup()
        finally:
            self.fork_server.close()

    def service_from_spec(self, spec: dict[str, Any], from_config: bool = True) -> Any:
        """A service behind a unix socket: JupyterHub can talk to one, but refuses its address when it is configured."""
        url = str(spec.get("url", ""))
        if not url.startswith("http+unix://"):
            return super().service_from_spec(spec, from_config)
        service = super().service_from_spec({**spec, "url": "http://127.0.0.1:80"}, from_config)
        service.url = service.orm.url = url
        address = urlsplit(url)
        service.orm.server.proto, service.orm.server.ip = address.scheme, address.hostname
        return service

    def _spawner_class(self) -> type[WalledSpawner]:
        """The spawner with what it shares with the others. A subclass of its own, since JupyterHub makes the objects."""
        groups = ControlGroups(self.data.runtime.name)
        shared = {
            "data": self.data,
            "who": self.who,
            "fork_server": self.fork_server,
            "groups_of_servers": groups if groups.available else None,
            **self.spawner_parts,
        }

        class Spawner(WalledSpawner):
            def __init__(self, **options: Any) -> None:
                super().__init__(**{**shared, **options})

        Spawner.__name__ = WalledSpawner.__name__
        return Spawner
