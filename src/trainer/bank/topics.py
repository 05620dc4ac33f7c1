"""The titles of a bank's topics, without reading its questions."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from trainer.bank.contents import TOPICS_FILE, TopicsFile
from trainer.errors import TrainerError
from trainer.model.validation import read_yaml


@lru_cache(maxsize=8)
def _read(path: Path, _stamp: int) -> dict[str, str]:
    return dict(read_yaml(path, TopicsFile, "专题").topics)


def topic_titles(bank: Path) -> dict[str, str]:
    """Chinese titles by topic id; none at all when there is no bank here or its topics cannot be read."""
    path = bank / TOPICS_FILE
    try:
        return _read(path, path.stat().st_mtime_ns)
    except (OSError, TrainerError):
        return {}
