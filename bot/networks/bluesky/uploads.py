"""A post's pictures on Bluesky: uploaded before the post is written, and not again while the server still has them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from bot.networks import http_outcomes
from bot.networks.bluesky.questions import Call
from bot.networks.bluesky.session import FINAL, judge
from bot.networks.http import Answer, Result
from bot.networks.protocol import Picture

BLOB_LIVES = timedelta(minutes=30)  # an unused blob is swept away after about an hour


class Uploads:
    def __init__(self, call: Call) -> None:
        self._call = call

    def upload(
        self, pictures: Sequence[Picture], done: Sequence[Mapping[str, Any]], now: datetime
    ) -> list[Mapping[str, Any]]:
        """The blob of each picture; those in `done`, of an earlier attempt, are kept. Raises PrepareFailed."""
        blobs: list[Mapping[str, Any]] = []
        for place, picture in enumerate(pictures):
            blob = done[place] if place < len(done) else {}
            blobs.append(blob if _is_usable(blob, picture, now) else self._upload_one(picture, now))
        return blobs

    def _upload_one(self, picture: Picture, now: datetime) -> dict[str, Any]:
        result = self._call(
            "POST", "com.atproto.repo.uploadBlob", content=picture.load(), media_type=picture.media_type
        )
        if isinstance(result, Answer) and result.status == 200:
            blob = result.fields().get("blob")
            if isinstance(blob, dict):
                return {"sha256": picture.sha256, "blob": blob, "at": now.astimezone(UTC).isoformat()}
        raise http_outcomes.to_prepare_failed(judge(result, FINAL) if isinstance(result, Result) else result)


def _is_usable(blob: Mapping[str, Any], picture: Picture, now: datetime) -> bool:
    made = http_outcomes.parse_iso_moment(blob.get("at"))
    return blob.get("sha256") == picture.sha256 and made is not None and now - made < BLOB_LIVES
