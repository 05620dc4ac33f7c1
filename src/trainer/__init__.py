"""Training and exam platform for grassroots Party-affairs cadres, built on Jupyter and nbgrader."""

__version__ = "0.1.0"
