"""`python -m cuoshi` is the command line."""

from cuoshi.cli import main

main()
