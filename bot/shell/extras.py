"""What `byhand demo` needs beyond the bot, and what is said where it is not installed."""

from __future__ import annotations

from importlib import import_module
from importlib.util import find_spec

from bot.shell.refusing import Refused

DEMO_LIBRARIES = ("python_multipart", "websockets")  # the extra `demo` in pyproject.toml


def require_demo() -> None:
    """Raises Refused, with what to install, if the demo or a library of its own is missing."""
    if find_spec("bot.sandbox") is None:
        raise Refused("This installation has no demo: get Byhand's source, and type make demo there.")
    for library in DEMO_LIBRARIES:
        try:
            import_module(library)
        except ModuleNotFoundError:
            raise Refused(
                "The demo needs the extra byhand[demo], which is not installed: pip install 'byhand[demo]',"
                " or make demo in Byhand's source."
            ) from None
