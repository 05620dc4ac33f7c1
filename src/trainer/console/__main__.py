"""``python -m trainer.console``."""

from trainer.console.app import ConsoleApp

ConsoleApp.main()
