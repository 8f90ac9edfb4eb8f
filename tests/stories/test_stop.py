"""The bot stops while it checks a picture: the helper that decodes goes with it."""

from __future__ import annotations

import subprocess
import threading

import pytest

from bot.services.images import image_helper
from tests.stories.bakery import Bakery

PICTURE = "picture.png"


def test_a_stop_ends_the_check_of_a_picture(bakery: Bakery, monkeypatch: pytest.MonkeyPatch) -> None:
    begun, has_begun = [], threading.Event()
    begin = image_helper._begin

    def noted() -> subprocess.Popen[bytes]:
        begun.append(begin())
        has_begun.set()
        return begun[-1]

    monkeypatch.setattr(image_helper, "_begin", noted)
    monkeypatch.setattr(image_helper, "ENTRY", "import time; time.sleep(100)")
    (bakery.folder / PICTURE).write_bytes(b"any bytes")
    (bakery.folder / "plan.csv").write_text(
        f"Time,Accounts,Text,Image,Alt text,Label\n,bakery,Loaf,{PICTURE},A loaf,\n"
    )
    bot = bakery.bot
    assert bot is not None
    said: list[dict[str, object]] = []

    def hand_over() -> None:
        asked = {"file": str(bakery.folder / "plan.csv"), "partial": False, "who": "cli:maya@shop"}
        said.append(bot.command("import", asked))

    handed_over = threading.Thread(target=hand_over)
    handed_over.start()
    assert has_begun.wait(30)
    bakery.stop_bot()
    handed_over.join(30)
    assert begun[0].poll() is not None
    assert said[0]["refused"]
