"""`python -m bot`: the same as `byhand`."""

from bot.cli import main

main()
