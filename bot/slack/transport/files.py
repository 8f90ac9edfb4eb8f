"""The one image a person drops beside their words: fetched from Slack with our token, then judged.

A file's address is checked before the token is sent there, because a file may be hosted anywhere (Slack lists external
ones the same way), and whoever gets the token can read every channel the bot is in.
"""

from __future__ import annotations

import http.client
import logging
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.parse import urlsplit
from urllib.request import HTTPRedirectHandler, Request, build_opener

from slack_sdk import WebClient

from bot.domain.emoji import replace_names
from bot.services.images.image_checks import MAX_BYTES, ImageProblem, StoredImage
from bot.services.images.image_helper import judge_image
from bot.slack.transport.calls import Answered, Heard, SaidNo, Unknown, hear, hear_status
from bot.slack.transport.repeats import ask_again, hear_again

log = logging.getLogger(__name__)

TIMEOUT = 5  # seconds; Slack waits three for us, and tells us again if it takes longer
PIECE = 256 * 1024  # bytes
SLACKS = "slack.com"
UPLOAD = "upload"  # as the table of repeats names it


class _NoRedirect(HTTPRedirectHandler):
    def redirect_request(self, *_: Any) -> None:
        """The token would go along."""


class Files:
    """`client`: retries nothing; its token is the one that may read files."""

    def __init__(self, client: WebClient) -> None:
        self._client = client
        self._home = urlsplit(client.base_url)

    def image(self, files: Sequence[Mapping[str, Any]]) -> tuple[StoredImage, str | None] | None:
        """The one image among them, and what its owner says it shows; None if there are no files.

        Raises ImageProblem, whose sentence is for the person.
        """
        if not files:
            return None
        if len(files) > 1:
            raise ImageProblem("Only one image can go along with an answer.", "Take the others out.")
        file = self._known(files[0])
        kind = str(file.get("mimetype") or "")
        if kind and not kind.startswith("image/"):
            raise ImageProblem("Only an image can go along with an answer.", "Take the file out.")
        alt = replace_names(
            str(file.get("alt_txt") or "")
        )  # in Slack's own dialog, names of emoji stay letters
        return judge_image(self._download(str(file.get("url_private") or ""))), alt or None

    def fetch(self, file: Mapping[str, Any]) -> StoredImage:
        """An image that a person chose in a dialog. Raises ImageProblem."""
        return judge_image(self._download(str(self._known(file).get("url_private") or "")))

    def save(self, file_id: str, user: str, into: Path, limit: int) -> str:
        """A plan that this person dropped, written to a file: its name. Raises ImageProblem."""
        heard = ask_again("plan", lambda: self._client.files_info(file=file_id))
        if isinstance(heard, SaidNo):
            raise ImageProblem("It is not in Slack any more.", "Nothing was imported: drop it again.")
        known = heard.data.get("file") if isinstance(heard, Answered) else None
        url = str(known.get("url_private") or "") if isinstance(known, dict) else ""
        if isinstance(known, dict) and known.get("user") not in (None, user):
            raise ImageProblem("Somebody else dropped it.", "Nothing was imported: drop it yourself.")
        if url and not self._is_slacks(url):
            raise ImageProblem("It is not in Slack.", "Drop the file itself into the channel.")
        token = {"Authorization": f"Bearer {self._client.token}"}
        asked = Request(url or self._client.base_url, headers=token)  # noqa: S310 - its scheme was looked at
        heard = hear_again("plan", lambda: _save(asked, into, limit)) if url else heard
        if not isinstance(known, dict) or not url or not isinstance(heard, Answered):
            log.warning("a plan was not to be had from Slack: %s", heard)
            raise ImageProblem("Slack did not hand it over.", "Nothing was imported: try again in a moment.")
        return str(known.get("name") or "The plan")

    def copy(self, sha256: str, media_type: str, content: bytes) -> str | None:
        """`upload_image`, once, since somebody waits: its id in Slack; None if Slack took none. Cards try again."""
        heard = upload_image(self._client, sha256, media_type, content)
        if not isinstance(heard, Answered):
            log.warning("image %s was not copied to Slack: %s", sha256[:12], heard)
            return None
        return str(heard.data["files"][0]["id"])

    def _known(self, file: Mapping[str, Any]) -> Mapping[str, Any]:
        """Of files from shared channels an event tells nothing but the id."""
        if file.get("file_access") != "check_file_info" and (file.get("mimetype") or file.get("url_private")):
            return file
        heard = ask_again("files.info", lambda: self._client.files_info(file=str(file.get("id", ""))))
        known = heard.data.get("file") if isinstance(heard, Answered) else None
        if not isinstance(known, dict) or not (known.get("mimetype") or known.get("url_private")):
            log.warning("what a file is was not to be had from Slack: %s", heard)
            raise ImageProblem("Slack did not say what that file is.", "Try again, or leave it out.")
        return known

    def _download(self, url: str) -> bytes:
        if not self._is_slacks(url):
            raise ImageProblem("That image is not in Slack.", "Drop the file itself into the message.")
        token = {"Authorization": f"Bearer {self._client.token}"}
        asked = Request(url, headers=token)  # noqa: S310 - its scheme was looked at
        heard = hear_again("file", lambda: _fetch(asked))
        if not isinstance(heard, Answered):
            log.warning("an image was not to be had from Slack: %s", heard)
            raise _not_had()
        content: bytes = heard.data["content"]
        return content

    def _is_slacks(self, url: str) -> bool:
        parts = urlsplit(url)
        if (parts.scheme, parts.netloc) == (self._home.scheme, self._home.netloc):
            return True
        host = parts.hostname or ""
        return parts.scheme == "https" and (host == SLACKS or host.endswith(f".{SLACKS}"))


def _fetch(asked: Request) -> Heard:
    """{"content": bytes}. A page of HTML is Slack's way of saying that we may not."""
    try:
        with build_opener(_NoRedirect).open(asked, timeout=TIMEOUT) as answer:
            if answer.headers.get_content_type() == "text/html":
                return SaidNo("a page of HTML")
            return Answered({"content": answer.read(MAX_BYTES + 1)})
    except HTTPError as error:
        error.close()  # a refusal holds its connection open
        return hear_status(error.code, dict(error.headers.items()), str(error))
    except (OSError, http.client.HTTPException) as error:
        return Unknown(f"{type(error).__name__}: {error}")


def _save(asked: Request, into: Path, limit: int) -> Heard:
    """At most one piece more than `limit`: whoever reads it says that it is too large."""
    try:
        with build_opener(_NoRedirect).open(asked, timeout=TIMEOUT) as answer, into.open("wb") as file:
            if answer.headers.get_content_type() == "text/html":
                return SaidNo("a page of HTML")
            size = 0
            while size <= limit and (piece := answer.read(PIECE)):
                file.write(piece)
                size += len(piece)
            return Answered({})
    except HTTPError as error:
        error.close()
        return hear_status(error.code, dict(error.headers.items()), str(error))
    except (OSError, http.client.HTTPException) as error:
        return Unknown(f"{type(error).__name__}: {error}")


def upload_image(client: WebClient, sha256: str, media_type: str, content: bytes) -> Heard:
    """A private copy, which our blocks can show."""
    name = f"{sha256[:12]}.{media_type.partition('/')[2]}"
    return hear(lambda: client.files_upload_v2(filename=name, file=content, title=name))


def _not_had() -> ImageProblem:
    return ImageProblem("Slack did not hand over the image.", "Try again, or leave it out.")
