"""`python -m refugia.cli` is the command `refugia`."""

from refugia.cli import main

main()
