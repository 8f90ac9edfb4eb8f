"""How many frames a stored image has, also one that an older Byhand stored without counting them.

Counted in the bytes when somebody needs to know, once in a process: the same digest is the same bytes for ever.
"""

from __future__ import annotations

from sqlalchemy import Connection as Database

from bot.services.images.image_measures import measure
from bot.store import images
from bot.store.images import ImageFile

NEVER_MOVE = frozenset({"image/jpeg"})
REMEMBERED = 1000  # images

_counted: dict[str, int] = {}


def count_frames(db: Database, file: ImageFile) -> int:
    """More than one: it moves."""
    if file.frames is not None:
        return file.frames
    if file.media_type in NEVER_MOVE:
        return 1
    if file.sha256 not in _counted:
        if len(_counted) >= REMEMBERED:
            _counted.clear()
        _counted[file.sha256] = _count(images.read_bytes(db, file.sha256))
    return _counted[file.sha256]


def _count(data: bytes) -> int:
    """What cannot be read any more is shown as it is: one picture."""
    try:
        measures = measure(data)
    except ValueError:
        return 1
    return measures.frames if measures else 1
