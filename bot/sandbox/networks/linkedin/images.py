"""Images on a pretend LinkedIn: an address for each, its bytes, and a while in which they are worked on."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response

from bot.sandbox.networks.linkedin.answers import error, forbidden, not_found, read_json, read_part
from bot.sandbox.networks.linkedin.state import POSTERS, Image, LinkedInState, Member

MAX_ALT = 4086
MAX_IMAGES = 20
MAGIC = (b"\xff\xd8\xff", b"\x89PNG", b"GIF8")
Known = Callable[[Request], Member | Response]


class Images:
    """`who` and `know` say whose token a request comes with; the first counts it and asks for LinkedIn's headers."""

    def __init__(
        self,
        state: LinkedInState,
        url: Callable[[], str],
        lock: Callable[[], threading.RLock],
        who: Known,
        know: Known,
    ) -> None:
        self._state, self._url, self._lock = state, url, lock
        self._who, self._know = who, know

    async def begin_upload(self, request: Request) -> Response:
        member = self._who(request)
        if isinstance(member, Response):
            return member
        body = await read_json(request)
        owner = str(body.get("initializeUploadRequest", {}).get("owner"))
        if request.query_params.get("action") != "initializeUpload":
            return error(400, "No such action", "ILLEGAL_ARGUMENT")
        if member.roles.get(owner) not in POSTERS:
            return forbidden("images.ACTION-initializeUpload")
        with self._lock():
            image = self._state.add_image(owner)
        address = f"{self._url()}/dms-uploads/{image.urn}?ut=1"
        return JSONResponse({"value": {"uploadUrl": address, "image": image.urn}})

    async def upload(self, request: Request) -> Response:
        member = self._know(request)
        image = self._state.images.get(read_part(request))
        if isinstance(member, Response) or image is None:
            return Response("Unauthorized", 401)
        data = await request.body()
        with self._lock():
            image.data, image.failed = data, not data.startswith(MAGIC)
        return Response(status_code=201)

    def status(self, _: Member, request: Request) -> Response:
        image = self._state.images.get(read_part(request))
        if image is None:
            return not_found()
        status = "PROCESSING_FAILED" if image.failed else "AVAILABLE"
        if not image.data:
            status = "WAITING_UPLOAD"
        elif image.working > 0:
            image.working -= 1
            status = "PROCESSING"
        return JSONResponse({"id": image.urn, "owner": image.owner, "status": status})

    async def file(self, request: Request) -> Response:
        image = self._state.images.get(read_part(request))
        if image is None or image.post is None:
            return HTMLResponse("Gone", 404)
        png = image.data.startswith(b"\x89PNG")
        return Response(image.data, media_type="image/png" if png else "image/jpeg")

    def read(self, body: dict[str, Any]) -> list[tuple[Image, str]] | str:
        """Those that a post names, with their alt texts; or what is wrong with them."""
        content = body.get("content") or {}
        many = content.get("multiImage", {}).get("images")
        if many is not None and not 2 <= len(many) <= MAX_IMAGES:
            return f"multiImage takes 2 to {MAX_IMAGES} images"
        listed = many or ([content["media"]] if "media" in content else [])
        found = []
        for one in listed:
            image = self._state.images.get(str(one.get("id")))
            if image is None or image.owner != body.get("author") or not image.data or image.failed:
                return f"{one.get('id')} is not an image of the author's"
            if image.working > 0:
                return f"{image.urn} is not ready"
            if len(alt := str(one.get("altText", ""))) > MAX_ALT:
                return f"altText of {len(alt)} is more than {MAX_ALT}"
            found.append((image, alt))
        return found
