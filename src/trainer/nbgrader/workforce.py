"""Who marks beside this process: processes of this machine, or the workers of a dask cluster.

Both are ``concurrent.futures.Executor``; what differs is how they are had, and what is said when they are lost.
"""

from __future__ import annotations

import multiprocessing
import os
import pickle
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import BrokenExecutor, Executor, Future, ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass

from trainer.errors import TrainerError
from trainer.nbgrader.marking import Done, Paper, ToMark, mark_task
from trainer.settings import Grading

#: From so many submissions on, processes of their own are quicker in spite of their start and of what they are sent.
WORTH_PROCESSES = 4000
#: Processes of this machine run the program that we are: nothing to compare.
_PROGRAM_HERE = ""
_LOST = "一个阅卷进程被系统结束了（多半是内存不够）。已经写进成绩册的都在；再运行一次就接着阅。"


@dataclass(frozen=True)
class Workforce:
    """An executor; ``ahead`` is how many tasks it is given before the first is waited for.

    ``program`` is the fingerprint that workers have to have, "" where they cannot be other than we are; ``awaited``
    gives the outcome of a task or raises TrainerError when it cannot be had; ``runs_code`` says whether forms with code
    are for it too (here the sandbox has processes of its own).
    """

    executor: Executor
    ahead: int
    program: str
    awaited: Callable[[Future[Done]], Done]
    runs_code: bool = False

    def marking(self, spec: ToMark) -> Callable[[Sequence[Paper]], Callable[[], Done]]:
        """What has submissions of an assignment marked: called with them, it gives what waits for the outcome."""
        form = pickle.dumps(spec)

        def begin(papers: Sequence[Paper]) -> Callable[[], Done]:
            if not papers:
                return lambda: Done(())
            future = self.executor.submit(mark_task, form, self.program, papers)
            return lambda: self.awaited(future)

        return begin


@contextmanager
def processes(count: int) -> Iterator[Workforce]:
    """Processes of this machine, started when there is work for them. Never forked from this one: it may have threads."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["trainer.nbgrader.marking"])
    with ProcessPoolExecutor(count, mp_context=context) as executor:
        try:
            yield Workforce(executor, 2 * count, _PROGRAM_HERE, _awaited)
        except BaseException:
            executor.shutdown(wait=False, cancel_futures=True)
            raise


def _awaited(future: Future[Done]) -> Done:
    try:
        return future.result()
    except BrokenExecutor:
        raise TrainerError(_LOST) from None


@contextmanager
def workforce(settings: Grading, submissions: int) -> Iterator[Workforce | None]:
    """Whoever shall mark so many submissions by these settings; None for this process alone."""
    if settings.dask:
        from trainer.nbgrader.cluster import cluster

        with cluster(settings.dask) as workers:
            yield workers
        return
    count = settings.workers or (len(os.sched_getaffinity(0)) if submissions >= WORTH_PROCESSES else 1)
    if count <= 1:
        yield None
        return
    with processes(count) as workers:
        yield workers
