"""An image beside an answer: described in a dialog of its own, and only what is an image goes along."""

from __future__ import annotations

import io

import pytest
from PIL import Image

from bot.sandbox.slack.find import labels, words
from tests.inbox_backend import ASKED, WORDS
from tests.slack.inbox_team import InboxTeam

MAYA = "U0MAYA"


def picture(side: int = 64) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (side, side), "brown").save(out, "PNG")
    return out.getvalue()


DESCRIPTION = "What the image shows, for those who cannot see it"


def test_an_image_goes_along_once_it_is_described(counter: InboxTeam) -> None:
    """Seen: the description landed in the customer's answer, because the Reply dialog asked for it, with the cursor in
    the answer and "Send publicly" as its button."""
    lena = counter.backend.writes(ASKED)
    card = counter.shown(ASKED)
    counter.say(MAYA, card, f"@Byhand {WORDS}", files=[("loaf.png", picture())])
    preview = counter.preview(MAYA, "Please describe it first")
    assert "Send" not in labels(preview)
    counter.click(MAYA, preview, "Describe the image…")
    view = counter.server.modal(MAYA)
    assert [block["label"]["text"] for block in view.blocks if block["type"] == "input"] == [DESCRIPTION]
    assert (view.spec["title"]["text"], view.spec["submit"]["text"]) == ("Describe the image", "Save")
    refused = counter.people.fill(MAYA, {DESCRIPTION: "\u200b"})
    assert refused.errors == {"alt": "Say in a sentence what the picture shows, for those who cannot see it."}
    assert counter.people.fill(MAYA, {DESCRIPTION: "A round loaf"}).ok
    described = counter.preview(MAYA, "A round loaf")
    assert WORDS in words(described)
    assert len(counter.previews(MAYA)) == 1, "in its place"
    assert counter.backend.got(lena) == []
    counter.click(MAYA, described, "Send")
    counter.deliver()
    (answer,) = [each for each in counter.backend.network.conversation(lena) if each["ours"]]
    assert WORDS in answer["text"]
    assert "A round loaf" in str(answer) or counter.backend.network.ledger[-1]


def test_a_description_that_would_go_out_otherwise_is_shown_first(counter: InboxTeam) -> None:
    lena = counter.backend.writes(ASKED)
    card = counter.shown(ASKED)
    counter.say(MAYA, card, f"@Byhand {WORDS}", files=[("loaf.png", picture())])
    counter.click(MAYA, counter.preview(MAYA, "Please describe it first"), "Describe the image…")
    counter.server.modal(MAYA)
    assert counter.people.fill(MAYA, {DESCRIPTION: "A round loaf :bread:"}).ok
    counter.preview(MAYA, "A round loaf 🍞")
    assert counter.backend.got(lena) == []


@pytest.mark.parametrize(
    ("files", "says"),
    [
        ([("a.png", picture()), ("b.png", picture(65))], "Only one image"),
        ([("plan.pdf", b"%PDF-1.7")], "Only an image"),
        ([("loaf.png", picture()[:80])], "damaged"),
    ],
    ids=["two", "pdf", "broken"],
)
def test_files_that_cannot_go_along(counter: InboxTeam, files: list[tuple[str, bytes]], says: str) -> None:
    counter.backend.writes(ASKED)
    card = counter.shown(ASKED)
    counter.say(MAYA, card, f"@Byhand {WORDS}", files=files)
    counter.told(MAYA, says)
    assert counter.previews(MAYA) == []
