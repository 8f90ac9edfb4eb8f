"""A post's pictures on LinkedIn: uploaded beforehand, and seen by nobody before a post names them.

An upload is worked on for a while; a post that names one before that is refused, or shows nothing. So it is asked
whether it is ready, and the next try goes on waiting for one that is not.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from bot.domain.outcomes import Later, NotSent, Refused
from bot.networks import http_outcomes
from bot.networks.http import Answer, Result
from bot.networks.linkedin import errors
from bot.networks.linkedin.api import Api, read_urn, to_json
from bot.networks.protocol import Picture, PrepareFailed

IMAGES = "images"
LIVES = timedelta(hours=12)  # how long LinkedIn keeps one that no post names, it does not say
PATIENCE = 40.0  # seconds for all images of a post; the claim's lease is renewed meanwhile
STEPS = (1.0, 2.0, 4.0, 8.0)  # seconds between two looks: each one counts among the calls of a day
_WORKING = frozenset({"PROCESSING", "WAITING_UPLOAD"})


class Uploads:
    def __init__(self, api: Api, title: str, wait: Callable[[float], None] = time.sleep) -> None:
        self._api = api
        self._title = title
        self._wait = wait

    def upload(
        self, page_id: str, pictures: Sequence[Picture], done: Sequence[Mapping[str, Any]], now: datetime
    ) -> list[dict[str, Any]]:
        """What the post names for each picture; those in `done` that can still be used are kept. Raises PrepareFailed,
        with what the next try may go on with."""
        until = time.monotonic() + PATIENCE
        images = [dict(done[place]) if place < len(done) else {} for place in range(len(pictures))]
        try:
            for place, picture in enumerate(pictures):
                if not _is_usable(images[place], picture, now):
                    images[place] = self._upload_one(page_id, picture, now)
            for place, image in enumerate(images):
                if not image["ready"]:
                    which = f"image {place + 1}" if len(images) > 1 else "the image"
                    self._until_ready(str(image["id"]), which, until)
                    images[place] = {**image, "ready": True}
        except PrepareFailed as failed:
            raise PrepareFailed(failed.outcome, {"page": page_id, "images": images}) from failed
        return images

    def _upload_one(self, page_id: str, picture: Picture, now: datetime) -> dict[str, Any]:
        asked = to_json({"initializeUploadRequest": {"owner": page_id}})
        result = self._api.post(IMAGES, content=asked, action="initializeUpload")
        urn, address = _read_upload(result)
        if urn is None or address is None:
            raise http_outcomes.to_prepare_failed(errors.judge(result))
        taken = self._api.put(address, picture.load(), picture.media_type)
        if not isinstance(taken, Answer) or not 200 <= taken.status < 300:
            raise http_outcomes.to_prepare_failed(errors.judge(taken))
        at = now.astimezone(UTC).isoformat()
        return {"id": urn, "sha256": picture.sha256, "at": at, "ready": False}

    def _until_ready(self, urn: str, which: str, until: float) -> None:
        steps = iter(STEPS)
        while True:
            result = self._api.get(IMAGES, urn)
            said = result.fields() if isinstance(result, Answer) and result.status == 200 else {}
            status = said.get("status")
            if status == "AVAILABLE":
                return
            if status == "PROCESSING_FAILED":
                raise PrepareFailed(Refused(f"{self._title} could not work with {which}."))
            if status not in _WORKING:
                raise _to_unasked(result)
            if time.monotonic() >= until:
                raise PrepareFailed(Later(f"{self._title} is still working on {which}."))
            self._wait(next(steps, STEPS[-1]))


def _to_unasked(result: Result) -> PrepareFailed:
    """Nobody knows whether it is ready; nothing is published, so it may be asked again."""
    outcome = errors.judge(result)
    if isinstance(outcome, Refused) and outcome.http_status == 404:
        return PrepareFailed(NotSent(f"LinkedIn does not have the image any more: {outcome.reason}"))
    return http_outcomes.to_prepare_failed(outcome)


def _read_upload(result: Result) -> tuple[str | None, str | None]:
    """The name of the image, and where its bytes go."""
    said = result.fields().get("value") if isinstance(result, Answer) and result.status == 200 else None
    if not isinstance(said, dict) or not isinstance(said.get("uploadUrl"), str):
        return None, None
    return read_urn(said.get("image")), said["uploadUrl"]


def _is_usable(known: Mapping[str, Any], picture: Picture, now: datetime) -> bool:
    made = http_outcomes.parse_iso_moment(known.get("at"))
    same = bool(known.get("id")) and known.get("sha256") == picture.sha256
    return same and made is not None and now - made < LIVES
