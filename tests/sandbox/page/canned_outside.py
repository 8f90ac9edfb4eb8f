"""What people on the pretend networks have said, as the stage would serve it: in threads, and privately."""

from __future__ import annotations

from typing import Any

JSON = dict[str, Any]


def customers() -> JSON:
    return {
        "people": [
            {"name": "Lena K.", "about": "buys her bread here"},
            {"name": "Nora Bakes", "about": "48,000 followers"},
        ],
        "networks": [
            {"name": "Mastodon", "mentions": True, "private": True, "edits": True, "links": True},
            {"name": "Bluesky", "mentions": True, "private": True, "edits": False, "links": True},
            {"name": "Instagram", "mentions": False, "private": False, "edits": False, "links": False},
            {"name": "Facebook", "mentions": False, "private": True, "edits": True, "links": True},
        ],
    }


def said(name: str, by: str, text: str, **more: Any) -> JSON:
    """Something people on the network said, in a thread or as its beginning."""
    return {
        "id": name,
        "by": by,
        "acct": by,
        "text": text,
        "created_at": f"2026-11-24T07:{int(name):02}:00Z",
        "ours": False,
        "deleted": False,
        "edited": False,
        "private": False,
    } | more


def timeline() -> list[JSON]:
    rye = {
        "id": "1",
        "account": "dockbakery-mastodon",
        "acct": "@dockbakery",
        "text": "Good morning, Dock Street. The rye is out of the oven. #bread https://dockbakery.example/rye",
        "html": "<p>not used</p>",
        "created_at": "2026-11-24T06:45:00Z",
        "url": "http://127.0.0.1:9/@dockbakery/1",
        "media": [{"url": "/files/F0LOAVES", "alt": "Rye loaves on a rack"}],
        "visibility": "public",
        "deleted": False,
        "edited": False,
        "private": False,
        "ours": True,
        "by": "@dockbakery",
        "network": "Mastodon",
        "thread": [
            said("11", "Lena K.", "Mine arrived broken <b>and</b> nobody answers.", edited=True),
            said("12", "@dockbakery", "Sorry, Lena! We send a new one today.", ours=True),
            said("13", "Jonas", "First!", deleted=True),
        ],
    }
    whisper = said("21", "Lena K.", "My order number is 4711.", private=True)
    answer = said("22", "@dockbakery", "Thank you, found it.", ours=True, private=True)
    return [
        rye,
        whisper | {"network": "Bluesky", "thread": [answer]},
        said("31", "Nora Bakes", "What do you bake for @dockbakery day?")
        | {"network": "Bluesky", "thread": []},
        rye
        | {
            "thread": [],
            "id": "0",
            "text": "Closed on Monday. Or not.",
            "created_at": "2026-11-23T15:00:00Z",
            "media": [],
            "deleted": True,
        },
    ]
