"""nbgrader's exchange through the hall: one module a verb of nbgrader, one class in each.

The stock commands and panels (``nbgrader submit``, formgrader's buttons …) run these classes when they stand in
``c.ExchangeFactory``; :func:`use_hall` puts them there. Names, not classes: a configuration file is read by programs
that never touch the exchange.
"""

from __future__ import annotations

import os
from collections.abc import Mapping

from traitlets.config import Config

#: Where the hall is; the hub sets it for every server that it starts.
HALL_URL = "TRAINER_HALL_URL"

_HERE = "trainer.nbgrader.exchange"

#: ``c.ExchangeFactory.<key>`` -> the class that does it through the hall.
CLASSES: Mapping[str, str] = {
    "exchange": f"{_HERE}.base.HallVerb",
    "release_assignment": f"{_HERE}.release_assignment.HallReleaseAssignment",
    "list": f"{_HERE}.listing.HallList",
    "fetch_assignment": f"{_HERE}.fetch_assignment.HallFetchAssignment",
    "submit": f"{_HERE}.submit.HallSubmit",
    "collect": f"{_HERE}.collect.HallCollect",
    "release_feedback": f"{_HERE}.release_feedback.HallReleaseFeedback",
    "fetch_feedback": f"{_HERE}.fetch_feedback.HallFetchFeedback",
}


def use_hall(config: Config) -> None:
    """For jupyter_config.py: send the exchange through the hall when there is one, else leave nbgrader's own."""
    if os.environ.get(HALL_URL):
        for key, name in CLASSES.items():
            config.ExchangeFactory[key] = name


def uses_hall(config: Config) -> bool:
    """Whether this configuration collects through the hall."""
    return str(config.ExchangeFactory.get("collect", "")) == CLASSES["collect"]
