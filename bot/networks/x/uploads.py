"""A post's images on X: uploaded, and given their alt texts in a call of its own, before a post names them.

An image without its alt text is worth nothing here: if that call fails, nothing goes out, and the next try gives the
same image its alt text.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from bot.domain.outcomes import Refused
from bot.networks import http_outcomes, text
from bot.networks.http import Answer, Upload
from bot.networks.protocol import Picture, PrepareFailed
from bot.networks.x import errors
from bot.networks.x.api import Api, read_data, read_id, to_json

LIVES = timedelta(hours=12)  # X keeps one that no post names for a day
CATEGORY = "tweet_image"


class Uploads:
    def __init__(self, api: Api, title: str) -> None:
        self._api = api
        self._title = title

    def upload(
        self, pictures: Sequence[Picture], done: Sequence[Mapping[str, Any]], now: datetime
    ) -> list[dict[str, Any]]:
        """What the post names for each picture; those in `done` that can still be used are kept. Raises PrepareFailed,
        with what the next try may go on with."""
        media = [dict(done[place]) if place < len(done) else {} for place in range(len(pictures))]
        try:
            for place, picture in enumerate(pictures):
                if not _is_usable(media[place], picture, now):
                    media[place] = self._upload_one(picture, now)
                if media[place].get("alt") != picture.alt:
                    which = f"image {place + 1}" if len(pictures) > 1 else "the image"
                    media[place] = self._describe(media[place], picture.alt, which)
        except PrepareFailed as failed:
            raise PrepareFailed(failed.outcome, {"media": media}) from failed
        return media

    def _upload_one(self, picture: Picture, now: datetime) -> dict[str, Any]:
        upload = Upload(picture.load(), picture.media_type, {"media_category": CATEGORY}, name="media")
        result = self._api.upload("media", "upload", upload=upload)
        media_id = read_id(read_data(result))
        if media_id is None:
            raise http_outcomes.to_prepare_failed(errors.judge(result))
        at = now.astimezone(UTC).isoformat()
        return {"id": media_id, "sha256": picture.sha256, "alt": "", "at": at}

    def _describe(self, media: dict[str, Any], alt: str, which: str) -> dict[str, Any]:
        body = to_json({"id": media["id"], "metadata": {"alt_text": {"text": alt}}})
        result = self._api.post("media", "metadata", content=body)
        if not isinstance(result, Answer) or result.status != 200 or errors.read_error(result):
            raise http_outcomes.to_prepare_failed(errors.judge(result))
        kept = _read_alt(read_data(result))
        if kept is not None and not text.has_same_alt(alt, kept):
            raise PrepareFailed(
                Refused(
                    f"{self._title} changes the alt text of {which}. Nothing was sent; change the alt text."
                )
            )
        return {**media, "alt": alt}


def _read_alt(said: Mapping[str, Any]) -> str | None:
    """As X has it now; None: it does not say."""
    found: object = said
    for name in ("associated_metadata", "alt_text", "text"):
        found = found.get(name) if isinstance(found, Mapping) else None
    return found if isinstance(found, str) else None


def _is_usable(known: Mapping[str, Any], picture: Picture, now: datetime) -> bool:
    """One without an alt text can be given it."""
    made = http_outcomes.parse_iso_moment(known.get("at"))
    described = known.get("alt") in ("", picture.alt)
    same = bool(known.get("id")) and known.get("sha256") == picture.sha256 and described
    return same and made is not None and now - made < LIVES
