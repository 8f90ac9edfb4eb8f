"""What a Mastodon-compatible server says it takes (`GET /api/v2/instance`, else v1), and what holds until it has.

Every value is checked one by one: a server that omits or garbles one keeps the documented value for that one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from bot.networks.http import Answer, Http
from bot.networks.mastodon.software import UNKNOWN, Software, ask_software
from bot.networks.protocol import Capabilities

VISIBILITIES = ("public", "unlisted", "private", "direct")
_TYPES = frozenset({"image/jpeg", "image/png", "image/gif", "image/webp"})
_GIF = "image/gif"  # Mastodon makes a film of a moving one; of other animations it keeps the first frame
_READ = ("configuration", "max_toot_chars", "domain", "uri")
_MATRIX = 33_177_600  # 7680 x 4320 pixels
_GIF_MATRIX = 921_600  # 1280 x 720: Mastodon refuses larger ones and states it nowhere


@dataclass(frozen=True)
class Limits:
    capabilities: Capabilities
    reserved_per_url: int  # characters a link counts, whatever its length
    domain: str | None  # the part of the handle after the second @; not always the server's host
    software: Software = UNKNOWN
    said: Mapping[str, Any] = field(default_factory=dict, compare=False)  # what all this was read from

    @classmethod
    def read(cls, instance: Mapping[str, Any]) -> Limits:
        """From the instance's own description."""
        known = DOCUMENTED.capabilities
        statuses = _part(instance, "configuration", "statuses")
        media = _part(instance, "configuration", "media_attachments")
        types = media.get("supported_mime_types")
        domain = instance.get("domain") or instance.get(
            "uri"
        )  # v1's word for it; some write an address there
        if isinstance(domain, str):
            domain = domain.removeprefix("https://").rstrip("/")
        capabilities = replace(
            known,
            max_length=_number(
                statuses, "max_characters", _number(instance, "max_toot_chars", known.max_length)
            ),
            max_pictures=_number(statuses, "max_media_attachments", known.max_pictures),
            max_picture_bytes=_number(media, "image_size_limit", known.max_picture_bytes),
            max_picture_pixels=_number(media, "image_matrix_limit", known.max_picture_pixels or 0),
            max_alt=_number(media, "description_limit", known.max_alt or 0),
            picture_types=_TYPES & frozenset(map(str, types)) if isinstance(types, list) else _TYPES,
            stated=bool(instance),
        )
        reserved = _number(statuses, "characters_reserved_per_url", DOCUMENTED.reserved_per_url)
        said = {name: instance[name] for name in _READ if name in instance}
        return cls(capabilities, reserved, domain if isinstance(domain, str) and domain else None, said=said)


DOCUMENTED = Limits(
    Capabilities(
        max_length=500,
        length_unit="characters",
        max_bytes=None,
        max_pictures=4,
        max_picture_bytes=16 * 1024 * 1024,
        picture_types=_TYPES,
        max_picture_pixels=_MATRIX,
        max_alt=1500,
        can_delete=True,
        find_is_authoritative=True,
        settle_after=UNKNOWN.settle_after,
        visibilities=VISIBILITIES,
        moving_types=frozenset({_GIF}),
        folds=True,
        stated=False,
    ),
    reserved_per_url=23,
    domain=None,
)


def ask_limits(http: Http) -> Limits | None:
    """None only if nothing at all came back. A server that fails at this question (Takahe until it has an admin) still
    has limits, the documented ones, and a maker. Never raises."""
    instance: Mapping[str, Any] = {}
    answered = False
    for path in ("/api/v2/instance", "/api/v1/instance"):
        result = http.call("GET", path)
        answered = answered or isinstance(result, Answer)
        if isinstance(result, Answer) and result.status == 200 and (instance := result.fields()):
            break
    if not answered:
        return None
    software, read = ask_software(http, instance), Limits.read(instance)
    settled = replace(read.capabilities, settle_after=software.settle_after)
    return replace(read, software=software, capabilities=by_maker(settled, software))


def by_maker(stated: Capabilities, software: Software) -> Capabilities:
    """What the maker's name tells about images: who raised the one limit may have raised the other."""
    if not software.is_mastodon:
        return replace(stated, moving_types=None)
    usual = (stated.max_picture_pixels or 0) <= _MATRIX
    return replace(stated, max_pixels_of={_GIF: _GIF_MATRIX} if usual else {})


def _part(body: Mapping[str, Any], *names: str) -> Mapping[str, Any]:
    found: Any = body
    for name in names:
        found = found.get(name) if isinstance(found, dict) else None
    return found if isinstance(found, dict) else {}


def _number(body: Mapping[str, Any], name: str, otherwise: int) -> int:
    found = body.get(name)
    return found if isinstance(found, int) and not isinstance(found, bool) and found > 0 else otherwise
