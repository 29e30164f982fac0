"""`python -m benchseal` is the command."""

from benchseal.cli import main

main()
