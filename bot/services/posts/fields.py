"""What is wrong with the words and images of a post, under the field of a dialog where each is mended."""

from __future__ import annotations

from bot.domain.posts import Body
from bot.domain.preflight.words import NOTHING_IN, find_damage, is_visible
from bot.networks.protocol import Part
from bot.services.posts import preflight
from bot.services.unit_of_work import UnitOfWork

PASSED = "That time has passed."
NO_ACCOUNT = "Choose at least one account."
DESCRIBE = "Say in a sentence what the picture shows, for those who cannot see it."


def find_wrong_fields(work: UnitOfWork, body: Body) -> dict[str, str]:
    """{field: sentence}, as `FieldErrors` has them. Too long is wrong here already: it could never be approved."""
    wrong: dict[str, str] = {}
    if not body.images and not is_visible(body.text):
        wrong["text"] = f"{NOTHING_IN}."
    wrong |= _find_misfits(work, body)
    wrong |= find_damaged_fields(body)
    for image in body.images:
        if not is_visible(image.alt):
            wrong[f"alt:{image.sha256}"] = DESCRIBE
    return wrong


def _find_misfits(work: UnitOfWork, body: Body) -> dict[str, str]:
    """For an image there is no field: the card says what is wrong with it, and the words can be saved all the same."""
    found: dict[str, str] = {}
    for account, (content, measure) in preflight.measure_body(work, body).items():
        for misfit in measure.misfits:
            if misfit.part is Part.TEXT:
                field = "text" if account not in (body.variants or {}) else f"variant:{account}"
                found.setdefault(field, misfit.sentence)
            elif misfit.part is Part.ALT:
                found.setdefault(f"alt:{content.pictures[misfit.picture].sha256}", misfit.sentence)
    return found


def find_damaged_fields(body: Body) -> dict[str, str]:
    """Where a program has put its own signs in the place of somebody's words."""
    fields = {"text": body.text, "warning": body.warning}
    fields |= {f"variant:{account}": text for account, text in (body.variants or {}).items()}
    fields |= {f"alt:{image.sha256}": image.alt for image in body.images}
    found = {field: find_damage(text) for field, text in fields.items()}
    return {field: " ".join(damage) for field, damage in found.items() if damage is not None}
