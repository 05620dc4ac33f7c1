"""``python -m trainer.console``."""

import os

PARENT = os.getppid()  # before the long imports: a parent that ends meanwhile has to be noticed

from trainer.console.app import ConsoleApp  # noqa: E402

ConsoleApp.main(PARENT)
