"""What a person's browser is shown of JupyterLab and Notebook: Jupyter's own ``labconfig`` files, in layers.

A layer is a folder here. ``labconfig/page_config.json`` names plugins that are not loaded, ``labconfig/default_setting_overrides.json``
changes defaults of settings. Everybody gets our extension, which draws question cells (``labextension/`` in the
repository; its built form is part of this package). None of this protects anything: it leaves out what a person has no
use for. What must not be done is refused by the server.
"""

from __future__ import annotations

import os
from pathlib import Path

from trainer.hub.singleuser.rules import ServerRules

_HERE = Path(__file__).parent
#: Extensions of JupyterLab and Notebook in the form that their loader wants: one folder each.
EXTENSIONS = Path(__file__).parents[3] / "labextension" / "lab"


def layers(rules: ServerRules) -> list[Path]:
    """The folders for a server under ``rules``, the strongest first."""
    names = ["everyone"]
    if not rules.instructor:
        names.insert(0, "trainee")
        if not rules.kernels:
            names.insert(0, "questions")
    return [_HERE / name for name in names]


def use_labconfig(folders: list[Path]) -> None:
    """Have Jupyter's programs in this process read the layers before anybody's own configuration."""
    os.environ["JUPYTER_CONFIG_PATH"] = os.pathsep.join(map(str, folders))


def labextensions() -> list[str]:
    """Where the extensions are."""
    return [str(EXTENSIONS)]
