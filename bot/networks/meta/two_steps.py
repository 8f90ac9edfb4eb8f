"""A client whose posts are made in two steps: a container first, made by `prepare`; `publish` names it, once.

These networks know no idempotency key, and a container that is named twice may be out twice. So a lost answer is looked
up, and nothing is ever sent again because it was not found.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any, ClassVar

from bot.domain.outcomes import Sent
from bot.networks import public_images, sanitize
from bot.networks.http import Answer
from bot.networks.meta import lookup
from bot.networks.meta.client import MetaClient
from bot.networks.meta.containers import Containers, describe_content, holds_this
from bot.networks.meta.control import PATIENCE
from bot.networks.meta.graph import read_id
from bot.networks.meta.payloads import Payload
from bot.networks.protocol import Capabilities, Content


class TwoStepClient(MetaClient):
    edge: ClassVar[str]  # where a container is published: "media_publish"
    words: ClassVar[str]  # the field that holds a post's: "caption"
    sign: ClassVar[str]  # which the network may leave out of what it tells of them: "@"
    needs_image: ClassVar[bool]  # no post goes without one

    _uploads: Containers

    @property
    def capabilities(self) -> Capabilities:
        """No limit is stated but that of posts a day: the documented ones hold."""
        allowed = replace(
            self.documented, posts_a_day=self._uploads.posts_a_day or self.documented.posts_a_day
        )
        return public_images.limit(allowed, self._account.images, needs_image=self.needs_image)

    def prepare(self, content: Content, prepared: Mapping[str, Any], now: datetime) -> dict[str, Any]:
        us = self._must_know_whose()
        self._uploads.must_have_room(us.id)
        return self._uploads.upload(us.id, self.preview(content), content.pictures, prepared, now)

    def render(
        self,
        content: Content,
        prepared: Mapping[str, Any],
        handle: str,  # noqa: ARG002  they know no such key
        now: datetime,  # noqa: ARG002  a post carries no time of ours
    ) -> bytes:
        return self._name_container(content, prepared)

    def _name_container(
        self, content: Content, prepared: Mapping[str, Any], more: Mapping[str, str] | None = None
    ) -> bytes:
        """Words and images are in the container; one that holds anything else is not named, so that nothing is sent.
        `more`: what it answers."""
        account = str(prepared.get("account") or "")
        holds = describe_content(account, self.preview(content), content.pictures, more)
        body = {"creation_id": str(prepared["container"])} if holds_this(prepared, holds) else {}
        return Payload(account, self.edge, body, holds).pack()

    def _read_back(self, sent: Payload, remote_id: str) -> Sent:
        """The post's address, and whether it has the words that were sent. What is not told is not judged."""
        result = self._graph.within(PATIENCE).get(remote_id, fields=f"id,{self.words},permalink")
        if read_id(result) != remote_id or not isinstance(result, Answer):
            return Sent(remote_id, self.profile_url())
        shown = result.fields()
        url = sanitize.address(shown.get("permalink")) or self.profile_url()
        told, written = shown.get(self.words), str(sent.kept.get("words") or "")
        same = not isinstance(told, str) or lookup.has_same_words(written, told, self.sign)
        return Sent(remote_id, url, None if same else lookup.OTHER_WORDS)
