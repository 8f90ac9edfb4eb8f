"""What can go wrong with a write besides its own exception; `words` says what it means for the caller.

There are two kinds of failed commit, because they differ in what is known: after `CommitFailed` nothing of the
unit is in the database; after `CommitUnknown` it may be, so the caller reads again by the id it chose, and a
*begin* that ended so is not sent.
"""

from __future__ import annotations


class StoreError(Exception):
    """Raised without a sentence of its own it says `words`."""

    words = "The database could not do what was asked."

    def __init__(self, sentence: str = "") -> None:
        super().__init__(sentence or self.words)


class CommitFailed(StoreError):
    words = "The commit was refused: nothing of this unit is in the database."


class CommitUnknown(StoreError):
    words = "The answer to the commit was lost: the unit may be in the database or not. Read again by its id."


class WriteTimeout(StoreError):
    words = "The unit's turn did not come in time: it was not run and nothing was written."


class Unreachable(StoreError):
    words = "The database cannot be reached, or has no connection left."


class StoreClosed(StoreError):
    words = "The store is closed; nothing was written."


class ReadOnly(StoreError):
    words = "This process opened the database for reading only."


class BadDatabase(StoreError):
    """The address or the file is not a database Byhand can use; the sentence says why."""
