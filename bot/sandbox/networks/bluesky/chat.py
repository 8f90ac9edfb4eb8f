"""Private messages of a pretend Bluesky, which are a service apart: reached through the account's own server with
the header `atproto-proxy`, and only with an app password that allows it. Nobody can take back what they wrote
there: a deletion is for oneself alone."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import regex
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from bot.sandbox.networks.bluesky.reads import Pager, Who, error, limit_of
from bot.sandbox.networks.bluesky.state import Account, BlueskyState, iso
from bot.sandbox.networks.server import Published

PROXY = "did:web:api.bsky.chat#bsky_chat"
MAX_GRAPHEMES = 1000
MAX_BYTES = 10_000
Take = Callable[[Request, Callable[[Request], Awaitable[Response]]], Awaitable[Response]]


@dataclass(eq=False)
class Message:
    id: str
    rev: str
    by: Account
    text: str
    at: datetime
    hidden: bool = False  # by the customer, from themselves


@dataclass(eq=False)
class Convo:
    id: str
    ours: Account
    customer: Account
    messages: list[Message] = field(default_factory=list)  # oldest first

    def remote_id(self, message: Message) -> str:
        return f"{self.id}/{message.id}"

    def seen(self, message: Message) -> dict[str, Any]:
        """As its customer sees it."""
        return {
            "id": self.remote_id(message),
            "by": message.by.name or message.by.handle,
            "text": message.text,
            "ours": message.by is self.ours,
            "deleted": message.hidden,
            "edited": False,
            "private": True,
        }


class Chat:
    def __init__(
        self, state: BlueskyState, now: Callable[[], datetime], answer: Callable[[dict[str, Any]], Response], who: Who,
        page: Pager, publish: Callable[[Published], None], late: Callable[[str], bool],
    ) -> None:  # fmt: skip
        self.allowed = True  # by the app password
        self.convos: dict[str, Convo] = {}
        self._log: list[tuple[str, Convo, Message]] = []
        self._state = state
        self._now = now
        self._answer = answer
        self._who = who
        self._page = page
        self._publish = publish
        self._late = late  # in no list yet

    def say(
        self, ours: Account, customer: Account, by: Account, text: str, at: datetime | None = None
    ) -> str:
        """Remote id of the new message."""
        found = (one for one in self.convos.values() if (one.ours, one.customer) == (ours, customer))
        convo = next(found, None) or Convo(self._state.tid(), ours, customer)
        self.convos[convo.id] = convo
        return convo.remote_id(self._add(convo, by, text, at))

    def find(self, remote_id: str) -> tuple[Convo, Message] | None:
        convo_id, _, message_id = remote_id.partition("/")
        convo = self.convos.get(convo_id)
        message = next((one for one in convo.messages if one.id == message_id), None) if convo else None
        return (convo, message) if convo and message else None

    def routes(
        self, reading: Callable[[Callable[[Request], Response]], Any], publishing: Take
    ) -> list[BaseRoute]:
        async def send(request: Request) -> Response:
            return await publishing(request, self._send)

        asked = {"listConvos": self._convos, "getLog": self._logs, "getMessages": self._messages}
        reads = [
            Route(f"/xrpc/chat.bsky.convo.{name}", reading(read), methods=["GET"])
            for name, read in asked.items()
        ]
        return [*reads, Route("/xrpc/chat.bsky.convo.sendMessage", send, methods=["POST"])]

    def _convos(self, request: Request) -> Response:
        account = self._allowed(request)
        if isinstance(account, Response):
            return account
        mine = [convo for convo in self.convos.values() if convo.ours is account and convo.messages]
        mine.sort(key=lambda convo: convo.messages[-1].rev, reverse=True)
        begin = int(request.query_params.get("cursor", "0"))
        page = mine[begin : begin + limit_of(request)]
        body: dict[str, Any] = {"convos": [self._shown(convo) for convo in page]}
        end = begin + len(page)
        return self._answer({**body, "cursor": str(end)} if end < len(mine) else body)

    def _logs(self, request: Request) -> Response:
        """Without a cursor: only where the log stands."""
        account = self._allowed(request)
        if isinstance(account, Response):
            return account
        mine = [
            line
            for line in self._log
            if line[1].ours is account and not self._late(line[1].remote_id(line[2]))
        ]
        cursor = request.query_params.get("cursor")
        if cursor is None:
            return self._answer({"cursor": mine[-1][0] if mine else "", "logs": []})
        begin = sum(rev <= cursor for rev, _, _ in mine)
        page = self._page(mine, begin, begin + limit_of(request))
        logs = [
            {
                "$type": "chat.bsky.convo.defs#logCreateMessage",
                "rev": rev,
                "convoId": convo.id,
                "message": _view(message),
            }
            for rev, convo, message in page
        ]
        return self._answer({"cursor": max((line["rev"] for line in logs), default=cursor), "logs": logs})

    def _messages(self, request: Request) -> Response:
        account = self._allowed(request)
        if isinstance(account, Response):
            return account
        convo = self.convos.get(request.query_params.get("convoId", ""))
        if convo is None or convo.ours is not account:
            return error(400, "InvalidConvo", "Convo not found")
        end = min(int(request.query_params.get("cursor", len(convo.messages))), len(convo.messages))
        begin = max(0, end - limit_of(request))
        body: dict[str, Any] = {"messages": [_view(one) for one in reversed(convo.messages[begin:end])]}
        return self._answer({**body, "cursor": str(begin)} if begin else body)

    async def _send(self, request: Request) -> Response:
        account = self._allowed(request)
        if isinstance(account, Response):
            return account
        body = await request.json()
        convo, text = self.convos.get(str(body.get("convoId"))), (body.get("message") or {}).get("text")
        if convo is None or convo.ours is not account:
            return error(400, "InvalidConvo", "Convo not found")
        if not isinstance(text, str) or not text:
            return error(400, "InvalidRequest", 'Input must have the property "message.text"')
        if len(regex.findall(r"\X", text)) > MAX_GRAPHEMES or len(text.encode()) > MAX_BYTES:
            words = f"Input/message/text must not be longer than {MAX_GRAPHEMES} graphemes"
            return error(400, "InvalidRequest", words)
        message = self._add(convo, account, text, None)
        before = [one for one in convo.messages if one.by is convo.customer]
        answered = convo.remote_id(before[-1]) if before else None
        remote_id = convo.remote_id(message)
        self._publish(Published(message.at, account.handle, remote_id, None, text, answered, "direct"))
        return self._answer(_view(message))

    def _add(self, convo: Convo, by: Account, text: str, at: datetime | None) -> Message:
        rev = self._state.tid()
        message = Message(self._state.tid(), rev, by, text, at or self._now())
        convo.messages.append(message)
        self._log.append((rev, convo, message))
        return message

    def _allowed(self, request: Request) -> Account | Response:
        account = self._who(request)
        if request.headers.get("atproto-proxy") != PROXY:
            return error(404, "XRPCNotSupported", "XRPCNotSupported")
        if isinstance(account, Account) and not self.allowed:
            return error(400, "InvalidToken", "Bad token method")
        return account

    def _shown(self, convo: Convo) -> dict[str, Any]:
        return {
            "id": convo.id,
            "rev": convo.messages[-1].rev,
            "members": [self._state.profile(member) for member in (convo.ours, convo.customer)],
            "lastMessage": _view(convo.messages[-1]),
            "muted": False,
            "status": "accepted",
            "unreadCount": 0 if convo.messages[-1].by is convo.ours else 1,
        }


def _view(message: Message) -> dict[str, Any]:
    return {
        "$type": "chat.bsky.convo.defs#messageView",
        "id": message.id,
        "rev": message.rev,
        "text": message.text,
        "sender": {"did": message.by.did},
        "sentAt": iso(message.at),
    }
