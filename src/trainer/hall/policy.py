"""The numbers that keep one person, or one bad program, from using up the hall. ``HallApp`` has a setting for each."""

from __future__ import annotations

from dataclasses import dataclass

MEGABYTE = 1024 * 1024


@dataclass(frozen=True)
class Policy:
    """Sizes are in bytes, rates in requests a second, times in seconds.

    ``person_*`` hold for one person and one assignment; ``free_floor`` is the free disk space below which nothing is taken.
    """

    submission_bytes: int = 10 * MEGABYTE
    answer_bytes: int = 64 * 1024
    release_bytes: int = 50 * MEGABYTE
    files: int = 200
    person_submissions: int = 200
    person_bytes: int = 200 * MEGABYTE
    person_saves: int = 20_000
    free_floor: int = 200 * MEGABYTE
    rate: float = 20.0
    burst: float = 100.0
    instructor_rate: float = 500.0
    instructor_burst: float = 2000.0
    waiting: int = 4000
    waiting_bytes: int = 256 * MEGABYTE
    connections: int = 4000
    peer_connections: int = 64
    idle_seconds: float = 60.0
    body_seconds: float = 60.0
    token_seconds: float = 30.0
    refused_token_seconds: float = 3.0
