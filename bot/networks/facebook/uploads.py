"""A post's pictures on a Facebook Page: uploaded unpublished, and their alt texts read back (promise P1).

What a refused post leaves behind is deleted; so before each try a picture from an earlier one is asked for.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from bot.domain.outcomes import NotSent, Refused
from bot.networks import http_outcomes, text
from bot.networks.http import Answer, Upload
from bot.networks.meta import errors
from bot.networks.meta.control import Control
from bot.networks.meta.graph import Graph, read_id
from bot.networks.protocol import Picture, PrepareFailed

PHOTO_LIVES = timedelta(hours=12)  # an unpublished one is swept away after a day
_SHOWN = 300  # characters of an alt text that a sentence shows


class Uploads:
    def __init__(self, graph: Graph, control: Control, title: str) -> None:
        self._graph = graph
        self._control = control
        self._title = title

    def upload(
        self, page_id: str, pictures: Sequence[Picture], done: Sequence[Mapping[str, Any]], now: datetime
    ) -> list[Mapping[str, Any]]:
        """What the post names for each picture; those in `done` that are still there are kept. Raises PrepareFailed."""
        photos: list[Mapping[str, Any]] = []
        for place, picture in enumerate(pictures):
            known = done[place] if place < len(done) else {}
            which = f"image {place + 1}" if len(pictures) > 1 else "the image"
            usable = _is_usable(known, picture, now) and self._has_kept(str(known["id"]), picture, which)
            photos.append(known if usable else self._upload_one(page_id, picture, which, now))
        return photos

    def forget(self, photo_ids: Sequence[str]) -> None:
        """After a refusal: nobody sees them, and they would stay. What cannot be deleted is left."""
        for photo_id in photo_ids:
            self._graph.delete(photo_id)

    def _upload_one(self, page_id: str, picture: Picture, which: str, now: datetime) -> dict[str, Any]:
        fields = {"published": "false", "alt_text_custom": picture.alt}
        upload = Upload(picture.load(), picture.media_type, fields, "source")
        result = self._graph.upload(page_id, "photos", upload=upload)
        photo_id = read_id(result)
        if photo_id is None:
            raise http_outcomes.to_prepare_failed(errors.judge(result))
        if not self._has_kept(photo_id, picture, which):
            raise PrepareFailed(NotSent(f"Facebook took {which} and does not have it any more"))
        return {
            "id": photo_id,
            "sha256": picture.sha256,
            "alt": picture.alt,
            "at": now.astimezone(UTC).isoformat(),
        }

    def _has_kept(self, photo_id: str, picture: Picture, which: str) -> bool:
        """Is it there? Its alt text must be the approved one; where the answer leaves it out, it is not judged."""
        result = self._graph.get(photo_id, fields="id,alt_text_custom")
        if self._control.is_gone(result):
            return False
        if read_id(result) is None or not isinstance(result, Answer):
            raise http_outcomes.to_prepare_failed(errors.judge(result))
        kept = result.fields().get("alt_text_custom")
        if isinstance(kept, str) and not text.has_same_alt(picture.alt, kept):
            self.forget([photo_id])
            raise PrepareFailed(
                Refused(
                    f'{self._title} changes the alt text of {which}. Approved: "{_cut(picture.alt)}". It would show: '
                    f'"{_cut(kept)}". Nothing was sent; change the alt text.'
                )
            )
        return True


def _is_usable(known: Mapping[str, Any], picture: Picture, now: datetime) -> bool:
    made = http_outcomes.parse_iso_moment(known.get("at"))
    same = known.get("sha256") == picture.sha256 and known.get("alt") == picture.alt
    return bool(known.get("id")) and same and made is not None and now - made < PHOTO_LIVES


def _cut(words: str) -> str:
    return words if len(words) <= _SHOWN else words[: _SHOWN - 1] + "…"
