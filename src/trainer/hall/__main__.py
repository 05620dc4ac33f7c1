"""``python -m trainer.hall``."""

import os

PARENT = os.getppid()  # before the long imports: a parent that ends meanwhile has to be noticed

from trainer.hall.app import HallApp  # noqa: E402

HallApp.main(PARENT)
