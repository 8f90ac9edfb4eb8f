"""Images for a new post: fetched from Slack, judged, stored, and a private copy made that our dialogs can show.

Apart from listeners, since this takes longer than Slack waits for an answer. Nothing is published by it.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from bot.domain.emoji import replace_names
from bot.domain.posts import Image
from bot.domain.preflight.conversions import Conversion
from bot.domain.refusals import Refusal
from bot.services.images.image_checks import ImageProblem
from bot.services.posts import conversions, create
from bot.services.unit_of_work import UnitOfWork
from bot.slack.context import ListenerContext
from bot.slack.views.posts.new_post import draw_no_look
from bot.store import images

log = logging.getLogger(__name__)

View = dict[str, Any]
SlackFile = Mapping[str, Any]  # of a file_input's state, or of a message


def draw_after_look(draw: Callable[[], View], title: str, close: str) -> View:
    """What a dialog that says "Looking at your images…" shows in the end: what `draw` makes of them, or why there is
    nothing. Nobody else would tell its person."""
    try:
        return draw()
    except Refusal as refusal:
        return draw_no_look(title, close, refusal.sentence)
    except Exception:  # a boundary: the thread that this runs in would keep it to itself
        log.exception("a look at images failed")
        return draw_no_look(title, close)


def take_images(context: ListenerContext, files: Sequence[SlackFile]) -> tuple[list[Image], list[str]]:
    """The images in their order, each once, and a sentence for each file that cannot be used."""
    taken: dict[str, Image] = {}
    troubles = []
    for file in files:
        try:
            stored = context.files.fetch(file)
        except ImageProblem as problem:
            name = str(file.get("name") or "A file")
            troubles.append(" ".join(filter(None, (f"{name}: {problem.sentence}", problem.mend))))
            continue
        context.services.do(create.keep_image, stored)
        copy_to_slack(context, stored.sha256)
        described = replace_names(str(file.get("alt_txt") or ""))
        taken.setdefault(stored.sha256, Image(stored.sha256, described))
    return list(taken.values()), troubles


def convert_images(context: ListenerContext, wanted: Sequence[Conversion]) -> dict[str, str]:
    """{the digest of each: of what came of it}, stored, and Slack has a copy. Raises ImageProblem."""
    made = conversions.convert(context.services, wanted)
    context.services.do(conversions.keep_made, made)
    for one in made:
        copy_to_slack(context, one.image.sha256)
    return {one.conversion.sha256: one.image.sha256 for one in made}


def copy_to_slack(context: ListenerContext, sha256: str) -> None:
    """A stored image. Without a copy the dialog names the image, and cards try again."""
    wanted = context.services.look(_find_to_copy, sha256)
    if wanted is None:
        return
    if (slack_file := context.files.copy(sha256, *wanted)) is not None:
        context.services.do(create.note_copied, sha256, slack_file)


def _find_to_copy(work: UnitOfWork, sha256: str) -> tuple[str, bytes] | None:
    return images.find_to_upload(work.db, sha256)
