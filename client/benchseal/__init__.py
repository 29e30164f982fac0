"""Command line and Python client of the Benchseal evidence registry; it never needs the server's code."""

from typing import Final

__version__: Final = "0.1.0"
