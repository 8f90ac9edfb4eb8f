"""The page's few names of emoji mean what Slack means by them."""

from __future__ import annotations

import re
from pathlib import Path

import bot.sandbox.page
from bot.domain.emoji import find_by_name

SCRIPT = Path(bot.sandbox.page.__file__).parent / "static/emoji.js"
LISTED = re.compile(r'"?([a-z0-9_+-]+)"?: "([^"]+)"')


def test_every_name_is_slacks() -> None:
    listed = dict(LISTED.findall(SCRIPT.read_text(encoding="utf-8")))
    assert len(listed) > 100
    wrong = {
        name: (shown, find_by_name(name)) for name, shown in listed.items() if find_by_name(name) != shown
    }
    assert wrong == {}
