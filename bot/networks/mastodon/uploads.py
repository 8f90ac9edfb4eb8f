"""A post's pictures on Mastodon: uploaded before the post is written, and their alt texts as approved (promise P1).

Some servers change an alt text they are given (GoToSocial takes out what looks like a tag). Their answer shows it, so
it is read: what differs is set once more, and if it still differs, nothing goes out.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote

from bot.domain.outcomes import NotSent, Refused
from bot.networks import http_outcomes, text
from bot.networks.http import Answer, Http, Upload
from bot.networks.mastodon.control import Control, read_id
from bot.networks.protocol import Picture, PrepareFailed

MEDIA_LIVES = timedelta(hours=12)  # an upload no status uses is swept away after a day
MEDIA_PATIENCE = 20.0  # seconds to wait for the server to finish an image; the claim's lease is 60
MEDIA_STEP = 0.5  # seconds between two looks at an unfinished image
_CANNOT = frozenset({400, 403, 404, 405, 422, 501})  # the server knows no such call, or not for this picture
_SHOWN = 300  # characters of an alt text that a sentence shows


class Uploads:
    def __init__(
        self, http: Http, auth: Mapping[str, str], title: str, control: Control, wait: Callable[[float], None]
    ) -> None:
        self._http = http
        self._auth = auth
        self._title = title
        self._control = control
        self._wait = wait

    def upload(
        self, pictures: Sequence[Picture], done: Sequence[Mapping[str, Any]], now: datetime
    ) -> list[Mapping[str, Any]]:
        """What the status names for each picture; those in `done` are kept. Raises PrepareFailed."""
        media: list[Mapping[str, Any]] = []
        for place, picture in enumerate(pictures):
            known = done[place] if place < len(done) else {}
            which = f"image {place + 1}" if len(pictures) > 1 else "the image"
            media.append(known if _is_usable(known, picture, now) else self._upload_one(picture, which, now))
        return media

    def _upload_one(self, picture: Picture, which: str, now: datetime) -> dict[str, Any]:
        upload = Upload(picture.load(), picture.media_type, {"description": picture.alt})
        result = self._http.call("POST", "/api/v2/media", headers=self._auth, upload=upload)
        taken = isinstance(result, Answer) and result.status in {200, 202}
        said: Mapping[str, Any] = result.fields() if isinstance(result, Answer) and taken else {}
        media_id = read_id(said)
        if media_id is None:
            raise http_outcomes.to_prepare_failed(self._control.judge(result))
        path = f"/api/v1/media/{quote(media_id, safe='')}"
        if isinstance(result, Answer) and result.status == 202:
            said = self._until_ready(path)
        self._hold_to(picture.alt, said, path, which)
        at = now.astimezone(UTC).isoformat()
        return {"id": media_id, "sha256": picture.sha256, "alt": picture.alt, "at": at}

    def _hold_to(self, alt: str, said: Mapping[str, Any], path: str, which: str) -> None:
        """The server's alt text must be the approved one."""
        kept = self._read_alt(said, path)
        if not text.has_same_alt(alt, kept) and (changed := self._set_alt(alt, path)) is not None:
            kept = self._read_alt(changed, path)
        if not text.has_same_alt(alt, kept):
            made = f'"{_cut(kept)}"' if kept else "nothing"
            raise PrepareFailed(
                Refused(
                    f'{self._title} changes the alt text of {which}. Approved: "{_cut(alt)}". It would show: {made}.'
                    " Nothing was sent; change the alt text."
                )
            )

    def _read_alt(self, said: Mapping[str, Any], path: str) -> str:
        """From an answer that describes the picture; asked for, if that one leaves it out."""
        if "description" not in said:
            result = self._http.call("GET", path, headers=self._auth)
            if not (isinstance(result, Answer) and result.status == 200):
                raise http_outcomes.to_prepare_failed(self._control.judge(result))
            said = result.fields()
        found = said.get("description")
        return found if isinstance(found, str) else ""

    def _set_alt(self, alt: str, path: str) -> Mapping[str, Any] | None:
        """What the server makes of it when told once more; None if it cannot be told."""
        headers = {**self._auth, "content-type": "application/json"}
        body = json.dumps({"description": alt}, ensure_ascii=False).encode()
        result = self._http.call("PUT", path, headers=headers, content=body)
        if isinstance(result, Answer) and result.status == 200:
            return result.fields()
        if isinstance(result, Answer) and result.status in _CANNOT:
            return None
        raise http_outcomes.to_prepare_failed(self._control.judge(result))

    def _until_ready(self, path: str) -> Mapping[str, Any]:
        """A status that names an unfinished image is refused with 422."""
        until = time.monotonic() + MEDIA_PATIENCE
        while time.monotonic() < until:
            result = self._http.call("GET", path, headers=self._auth)
            if isinstance(result, Answer) and result.status == 200:
                return result.fields()
            if not (isinstance(result, Answer) and result.status in {202, 206}):
                raise http_outcomes.to_prepare_failed(self._control.judge(result))
            self._wait(MEDIA_STEP)
        raise http_outcomes.to_prepare_failed(NotSent(f"{self._title} is still working on the image."))


def _is_usable(known: Mapping[str, Any], picture: Picture, now: datetime) -> bool:
    made = http_outcomes.parse_iso_moment(known.get("at"))
    same = known.get("sha256") == picture.sha256 and known.get("alt") == picture.alt
    return same and made is not None and now - made < MEDIA_LIVES


def _cut(words: str) -> str:
    return words if len(words) <= _SHOWN else words[: _SHOWN - 1] + "…"
