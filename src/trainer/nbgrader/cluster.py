"""Marking on the workers of a dask cluster (``trainer grade --dask``): they mark, this process reads and writes.

The workers need the same version of this program and nothing else: no shared folder, no gradebook. Everything about
dask that is not ``concurrent.futures`` is here.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator
from concurrent.futures import CancelledError, Future
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from trainer.errors import TrainerError
from trainer.nbgrader.fingerprint import fingerprint
from trainer.nbgrader.marking import Done
from trainer.nbgrader.workforce import Workforce

if TYPE_CHECKING:
    from distributed import Client

CONNECT_SECONDS = 10
#: So long a cluster may be without a worker before it is given up; a restarted one needs a moment.
PATIENCE_SECONDS = 30.0
_LOOK_SECONDS = 1.0
_AGAIN = "已经写进成绩册的都在；处理好以后再运行一次就接着阅，也可以去掉 --dask 在本机阅。"


@contextmanager
def cluster(address: str) -> Iterator[Workforce]:
    """The workers of the scheduler at ``address``. Raises TrainerError where there is none."""
    try:
        import dask
        from distributed import Client
    except ImportError:
        raise TrainerError('没有装 dask：请运行 pip install "trainer[dask]"，各台工作机也要装。') from None
    _hush()
    with dask.config.set({"distributed.comm.retry.count": 0}):
        try:
            client = Client(address, timeout=CONNECT_SECONDS, set_as_default=False)  # type: ignore[no-untyped-call]
        except (OSError, ValueError, TimeoutError):
            raise TrainerError(
                f"连不上 dask 调度器 {address}。请检查地址，以及 dask scheduler 是不是在那台机器上运行着。"
            ) from None
        try:
            yield Workforce(
                client.get_executor(pure=False),  # type: ignore[no-untyped-call]
                _ahead(client),
                fingerprint(),
                _Watch(client).awaited,
                runs_code=True,
            )
        finally:
            client.close(timeout=5)  # type: ignore[no-untyped-call]


def _hush() -> None:
    """Its log is in English and about its own affairs; what matters is said as a sentence."""
    for name in ("distributed", "distributed.client", "distributed.comm", "distributed.batched"):
        logging.getLogger(name).setLevel(logging.CRITICAL)


def _workers(client: Client) -> dict[str, Any]:
    workers: dict[str, Any] = client.scheduler_info(n_workers=-1).get("workers", {})
    return workers


def _ahead(client: Client) -> int:
    """Twice as many tasks as can be worked on, so that nobody waits for us."""
    return 2 * max(2, sum(int(worker["nthreads"]) for worker in _workers(client).values()))


class _Watch:
    """Waits for outcomes, as long as there is somebody who could have them."""

    def __init__(self, client: Client) -> None:
        self._client = client

    def awaited(self, future: Future[Done]) -> Done:
        """The outcome of a task. Raises TrainerError when the workers or their scheduler are gone."""
        from distributed import KilledWorker

        alone = time.monotonic()
        while True:
            try:
                return future.result(timeout=_LOOK_SECONDS)
            except TimeoutError:
                pass
            except CancelledError:
                raise TrainerError(f"和 dask 调度器的连接断了，阅卷没有做完。{_AGAIN}") from None
            except KilledWorker:
                raise TrainerError(
                    f"几台工作机先后在阅同一批卷时退出了（多半是内存不够）。{_AGAIN}"
                ) from None
            except TrainerError:
                raise
            except Exception as error:
                raise TrainerError(
                    f"工作机上出错了（{type(error).__name__}：{error}）。请检查各台工作机是不是装了同一个版本的 trainer。{_AGAIN}"
                ) from error
            if self._client.status not in ("running", "connecting"):
                raise TrainerError(f"和 dask 调度器的连接断了，阅卷没有做完。{_AGAIN}")
            if _workers(self._client):
                alone = time.monotonic()
            elif time.monotonic() - alone > PATIENCE_SECONDS:
                raise TrainerError(f"dask 调度器没有工作机可用（等了 {PATIENCE_SECONDS:.0f} 秒）。{_AGAIN}")
