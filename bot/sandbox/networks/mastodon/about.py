"""What a pretend Mastodon says of itself: its limits and its maker."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any

from PIL import Image
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

MAX_CHARACTERS = 500
MAX_MEDIA = 4
MAX_MEDIA_BYTES = 16 * 1024 * 1024
MAX_ALT = 1500
MAX_MATRIX = 33_177_600  # pixels
MAX_GIF_MATRIX = 921_600  # stated nowhere
PER_URL = 23
MAGIC = {b"\xff\xd8\xff": "image/jpeg", b"\x89PNG": "image/png", b"GIF8": "image/gif", b"RIFF": "image/webp"}


def find_refused_size(data: bytes, media_type: str) -> str | None:
    """The words of the refusal, if it has too many pixels."""
    try:
        with Image.open(io.BytesIO(data)) as image:
            width, height = image.size
    except (OSError, Image.DecompressionBombError):
        return None
    what, most = ("GIF files", MAX_GIF_MATRIX) if media_type == "image/gif" else ("images", MAX_MATRIX)
    return f"{width}x{height} {what} are not supported" if width * height > most else None


class About:
    def __init__(self, domain: Callable[[], str], maker: Callable[[], str]) -> None:
        self._domain = domain
        self._maker = maker

    def routes(self) -> list[BaseRoute]:
        return [
            Route("/.well-known/nodeinfo", self._nodeinfo),
            Route("/nodeinfo/2.0", self._software),
            Route("/api/v2/instance", self._instance),
        ]

    async def _nodeinfo(self, _request: Request) -> Response:
        rel = "http://nodeinfo.diaspora.software/ns/schema/2.0"
        return JSONResponse({"links": [{"rel": rel, "href": f"https://{self._domain()}/nodeinfo/2.0"}]})

    async def _software(self, _request: Request) -> Response:
        return JSONResponse({"version": "2.0", "software": {"name": self._maker(), "version": "4.7.0"}})

    async def _instance(self, _request: Request) -> Response:
        statuses = {
            "max_characters": MAX_CHARACTERS,
            "max_media_attachments": MAX_MEDIA,
            "characters_reserved_per_url": PER_URL,
        }
        media = {
            "supported_mime_types": sorted(MAGIC.values()),
            "image_size_limit": MAX_MEDIA_BYTES,
            "image_matrix_limit": MAX_MATRIX,
            "description_limit": MAX_ALT,
        }
        said: dict[str, Any] = {"statuses": statuses, "media_attachments": media}
        return JSONResponse({"domain": self._domain(), "version": "4.7.0", "configuration": said})
