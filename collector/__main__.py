"""`python -m collector` is `tajo`."""

from collector.cli import main

main()
