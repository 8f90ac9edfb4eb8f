"""What a person typed into the two screens of a new post. No payload can crash it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from bot.domain.posts import Image
from bot.domain.preflight.words import strip_unseen
from bot.services.posts.create import NewPost
from bot.slack.ids import Field, format_block, parse_block
from bot.slack.posts.forms import StateValues, read_boxes, read_element, read_kept, read_slot, read_typed


def read_new_post(values: StateValues, before: NewPost, known: Sequence[str]) -> NewPost:
    """The first screen, over what was there `before`: images that stay, and words for single accounts. `known`: the
    accounts of the settings."""
    chosen, out = read_boxes(values, Field.ACCOUNTS), read_boxes(values, Field.REMOVED)
    return replace(
        before,
        accounts=tuple(name for name in known if name in chosen),
        text=read_kept(values, Field.TEXT, before.text),
        slot=read_slot(values),
        label=strip_unseen(read_kept(values, Field.LABEL, before.label)),
        note=read_kept(values, Field.NOTE, before.note),
        warning=strip_unseen(read_kept(values, Field.WARNING, before.warning)),
        images=tuple(image for image in before.images if image.sha256 not in out),
    )


def read_files(values: StateValues) -> list[Mapping[str, Any]]:
    """The files that were chosen, as Slack describes them."""
    files = read_element(values, find_files_block(values)).get("files")
    return [each for each in files if isinstance(each, Mapping)] if isinstance(files, list) else []


def find_files_block(values: StateValues) -> str:
    """The field in which images are chosen; the field's name where there is none."""
    return next((each for each in values if parse_block(each)[0] is Field.IMAGES), Field.IMAGES)


def read_new_look(values: StateValues, before: NewPost) -> NewPost:
    """The second screen, over what the first held. An account's field that was emptied, or says the same, is none."""
    own = {name: read_typed(values, format_block(Field.VARIANT, name)) for name in list_own(values)}
    variants = {name: own.get(name, text) for name, text in {**before.variants, **own}.items()}
    return replace(
        before,
        variants={
            name: text for name, text in variants.items() if strip_unseen(text) and text != before.text
        },
        images=tuple(_described(values, image) for image in before.images),
    )


def leave_out_same(values: StateValues, text: str) -> StateValues:
    """Without the fields for single accounts that say what the text said when they were shown."""
    return {
        block_id: block
        for block_id, block in values.items()
        if parse_block(block_id)[0] is not Field.VARIANT or read_typed(values, block_id) != text
    }


def list_own(values: StateValues) -> list[str]:
    """The accounts that have a field of their own."""
    parts = [parse_block(block_id) for block_id in values]
    return [key for field, key in parts if field is Field.VARIANT]


def _described(values: StateValues, image: Image) -> Image:
    block_id = format_block(Field.ALT, image.sha256)
    return replace(image, alt=read_typed(values, block_id)) if block_id in values else image
