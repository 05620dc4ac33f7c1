"""Question kinds (题型), one module each. They are found through the entry-point group ``trainer.kinds``."""
