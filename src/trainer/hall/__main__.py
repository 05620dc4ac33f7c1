"""``python -m trainer.hall``."""

from trainer.hall.app import HallApp

HallApp.main()
