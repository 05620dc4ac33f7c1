"""Fair shares: requests a second for each name, and bytes that each may have us hold."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable
from time import monotonic

_SWEEP = 10_000


class Throttle:
    """One token bucket per key. ``rate`` is tokens a second, ``burst`` the most that a bucket holds."""

    def __init__(self, rate: float, burst: float, clock: Callable[[], float] = monotonic) -> None:
        self._rate, self._burst, self._clock = rate, burst, clock
        self._buckets: dict[str, tuple[float, float]] = {}

    def wait(self, key: str, cost: float = 1.0) -> int:
        """0 when the request may go on (its cost is taken); otherwise whole seconds to wait, at least 1."""
        moment = self._clock()
        left = self._left(key, moment)
        if left < cost:
            return max(1, math.ceil((cost - left) / self._rate))
        self._buckets[key] = (left - cost, moment)
        if len(self._buckets) > _SWEEP:
            self._sweep(moment)
        return 0

    def charge(self, key: str, cost: float) -> None:
        """Take a cost that was known only afterwards; what is owed makes the next requests wait."""
        moment = self._clock()
        self._buckets[key] = (self._left(key, moment) - cost, moment)

    def empty(self, key: str) -> bool:
        """Whether a request would have to wait; nothing is taken."""
        return self._left(key, self._clock()) < 1.0

    def _left(self, key: str, moment: float) -> float:
        left, stamp = self._buckets.get(key, (self._burst, moment))
        return min(self._burst, left + (moment - stamp) * self._rate)

    def _sweep(self, moment: float) -> None:
        """Forget buckets that are full again, so that names made up by the thousand do not stay."""
        self._buckets = {
            key: bucket for key, bucket in self._buckets.items() if self._left(key, moment) < self._burst
        }


class Holding:
    """Bytes of requests that are still coming in: at most ``total`` for all together."""

    def __init__(self, total: int) -> None:
        self._total = total
        self._held: Counter[str] = Counter()
        self._sum = 0

    def take(self, key: str, size: int, each: int) -> bool:
        """Whether ``size`` more may be held, of which ``key`` may hold ``each`` in all; if so they are."""
        if self._sum + size > self._total or self._held[key] + size > each:
            return False
        self._held[key] += size
        self._sum += size
        return True

    def give(self, key: str, size: int) -> None:
        """No longer held."""
        self._sum -= size
        self._held[key] -= size
        if self._held[key] <= 0:
            del self._held[key]
