"""What can go wrong with a write besides its own exception, each with what it means for the caller.

A reader would question the two kinds of failed commit. They differ in what is known: after `CommitFailed`
nothing of the unit is in the database; after `CommitUnknown` it may be, so the caller reads again by the id
it chose, and a *begin* that ended so is not sent.
"""

from __future__ import annotations


class StoreError(Exception):
    """The database could not do what was asked."""


class CommitFailed(StoreError):
    """The commit was refused: nothing of this unit is in the database."""


class CommitUnknown(StoreError):
    """The answer to the commit was lost: the unit may be in the database or not. Read again by its id."""


class WriteTimeout(StoreError):
    """The unit's turn did not come in time: it was not run and nothing was written."""


class StoreClosed(StoreError):
    """The store is closed; nothing was written."""


class ReadOnly(StoreError):
    """This process opened the database for reading only."""


class BadDatabase(StoreError):
    """The address or the file is not a database Byhand can use; the sentence says why."""
