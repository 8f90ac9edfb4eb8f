"""What stopped a command, as the one sentence a person reads. Whatever is not on the list is a fault of ours."""

from __future__ import annotations

import errno

from sqlalchemy.exc import DBAPIError

from bot.domain.refusals import Refusal
from bot.networks.registry import BrokenNetwork, UnknownNetwork
from bot.settings.load import SettingsError
from bot.store.engine.errors import StoreError


class Refused(Exception):
    """A command's own no; its text is the sentence."""


def find_sentence(error: Exception) -> str | None:
    """None: no user caused this, so a traceback helps more."""
    match error:
        case Refused() | SettingsError() | UnknownNetwork() | BrokenNetwork():
            return str(error)
        case StoreError():
            return " ".join(str(error).split())  # a database server's own words come in several lines
        case Refusal():
            return error.sentence
        case DBAPIError():
            return f"The database refused: {' '.join(str(error.orig).split())}."
        case OSError(errno=errno.EADDRINUSE):
            return "That port is taken: choose another one, or stop what listens there."
        case OSError() if error.filename is not None and error.strerror:
            return f"{error.filename}: {error.strerror}."
    return None
