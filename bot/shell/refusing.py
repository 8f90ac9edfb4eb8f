"""What stopped a command, as the one sentence a person reads. Whatever is not on the list is a fault of ours."""

from __future__ import annotations

import errno
import os
import sys
import traceback
from types import TracebackType

from sqlalchemy.exc import DBAPIError

from bot.domain.refusals import Refusal
from bot.networks.registry import BrokenNetwork, UnknownNetwork
from bot.observability import hide_values
from bot.settings.database_url import list_secrets
from bot.settings.load import SettingsError
from bot.store.engine.errors import StoreError


class Refused(Exception):
    """A command's own no; its text is the sentence."""


class WrongUse(Refused):
    """The command line is not one of ours: exit code 2."""


def find_sentence(error: Exception) -> str | None:
    """None: no user caused this, so a traceback helps more. Nothing of a secret is in it, whoever's words they are."""
    sentence = _read_sentence(error)
    return hide_secrets(sentence) if sentence is not None else None


def hide_secrets(text: str) -> str:
    return hide_values(text, list_secrets(os.environ))


def print_fault(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    """For `sys.excepthook`: a traceback ends with a library's words."""
    sys.stderr.write(hide_secrets("".join(traceback.format_exception(kind, error, trace))))


def _read_sentence(error: Exception) -> str | None:
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
