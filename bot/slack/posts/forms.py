"""What a person typed into a dialog: `view.state.values` → frozen values. No payload can crash it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from bot.domain.gate import ALL
from bot.domain.posts import AndThen, Fate, Seen
from bot.domain.preflight.words import is_visible, strip_unseen
from bot.domain.shown.edit_form import EditForm, Theirs
from bot.domain.shown.post_screens import ImageView
from bot.slack.ids import INPUT, Field, format_block, parse_block, parse_delivery, parse_scope, parse_seen
from bot.store.slack.begun import Begun

StateValues = Mapping[str, Mapping[str, Mapping[str, object]]]  # {block_id: {action_id: {…}}}


@dataclass(frozen=True)
class EditAnswers:
    """All of what Save asks for; where the dialog had no field, what the post had."""

    text: str
    variants: dict[str, str]  # {account: text}, only where it differs
    slot: datetime | None  # aware UTC
    alts: dict[str, str]  # {sha256: alt text}
    label: str
    note: str
    and_then: AndThen = AndThen.SAVE
    back: tuple[str, ...] = ()  # accounts it is for again
    accounts: tuple[str, ...] = ()  # it is for, without those
    images: tuple[str, ...] = ()  # digests, in their order; those that were added last
    warning: str = ""  # a content warning


def read_edit(values: StateValues, form: EditForm) -> EditAnswers:
    """`form` is the post as it stands, for what had no field: too long a text, the 21st network."""
    text = read_kept(values, Field.TEXT, form.text)
    had = {account.name: "" for account in form.accounts} | dict(form.variants)
    had |= {one.name: one.text for one in form.left_out} | {account.name: "" for account in form.could_be}
    variants = {
        name: read_kept(values, format_block(Field.VARIANT, name), before) for name, before in had.items()
    }
    ticked = read_boxes(values, Field.BACK)
    chosen, out = read_boxes(values, Field.ACCOUNTS), read_boxes(values, Field.REMOVED)
    images = [*(one.sha256 for one in form.images), *list_added(values, form)]
    before = {one.sha256: one.alt for one in form.images}
    return EditAnswers(
        text=text,
        variants={name: other for name, other in variants.items() if is_visible(other) and other != text},
        slot=read_slot(values) if Field.SLOT in values else form.slot,
        alts={one: read_kept(values, format_block(Field.ALT, one), before.get(one, "")) for one in images},
        label=read_kept(values, Field.LABEL, form.label),
        note=read_kept(values, Field.NOTE, form.note),
        and_then=_and_then(values),
        back=tuple(one.name for one in form.left_out if one.name in ticked),
        accounts=_read_accounts(values, form, chosen),
        images=tuple(one for one in images if one not in out),
        warning=read_kept(values, Field.WARNING, form.warning),
    )


def _read_accounts(values: StateValues, form: EditForm, chosen: set[str]) -> tuple[str, ...]:
    if Field.ACCOUNTS not in values:
        return tuple(account.name for account in form.accounts)
    return tuple(name for name, _ in form.choices if name in chosen)


def list_added(values: StateValues, form: EditForm) -> list[str]:
    """Digests of images the post does not have: they were chosen in this dialog, and each has a field for its alt
    text."""
    there = {one.sha256 for one in form.images}
    parts = [parse_block(block_id) for block_id in values]
    return [key for field, key in parts if field is Field.ALT and key not in there]


def read_slot(values: StateValues) -> datetime | None:
    """The post's time; None if none was picked."""
    return read_moment(values, Field.SLOT)


def read_moment(values: StateValues, block_id: str) -> datetime | None:
    """The picked moment in UTC; None if none was picked."""
    seconds = read_element(values, block_id).get("selected_date_time")
    if isinstance(seconds, bool) or not isinstance(seconds, int) or not 0 <= seconds < 10**11:
        return None
    return datetime.fromtimestamp(seconds, UTC)


def read_scope(values: StateValues) -> str:
    """The gate's scope that was chosen; everything if none was. Raises Malformed."""
    picked = read_chosen(values, Field.SCOPE)
    return parse_scope(picked) if picked is not None else ALL


def read_fates(values: StateValues) -> dict[Seen, tuple[Fate, datetime | None]]:
    """What becomes of each post the Resume dialog listed, with the new time where that was chosen."""
    found: dict[Seen, tuple[Fate, datetime | None]] = {}
    for block_id in values:
        field, key = parse_block(block_id)
        if field is Field.FATE:
            picked = read_chosen(values, block_id)
            fate = Fate(picked) if picked in set(Fate) else Fate.KEEP
            slot = read_moment(values, format_block(Field.MOVE_TO, key)) if fate is Fate.MOVE else None
            found[parse_seen(key)] = (fate, slot)
    return found


def read_ticked(values: StateValues, field: Field = Field.TAKE_DOWN) -> list[str]:
    """The sends that were ticked, to be taken down; or in another field of them. Raises Malformed."""
    found: list[str] = []
    for block_id in values:
        if parse_block(block_id)[0] is field:
            ticked = read_element(values, block_id).get("selected_options")
            options = (
                [each for each in ticked if isinstance(each, Mapping)] if isinstance(ticked, list) else []
            )
            found += [parse_delivery(each.get("value")) for each in options]
    return found


def read_reason(values: StateValues) -> str:
    """The reason, "" if none was given."""
    return strip_unseen(read_typed(values, Field.REASON))


def restore_typed(
    form: EditForm, typed: EditAnswers, by: str | None, added: Sequence[ImageView] = ()
) -> EditForm:
    """The dialog after SavedMeanwhile: `form` is what `by` saved, the fields hold what this person typed. `added`: the
    images that were chosen in it."""
    return replace(with_typed(form, typed, added), theirs=Theirs(by, form.seen.seq, form.text))


def restore_begun(form: EditForm, begun: Begun | None, added: Sequence[ImageView] = ()) -> EditForm:
    """The dialog with what this person had typed before, and not saved. Somebody may have saved since."""
    if begun is None:
        return form
    mine, seen = with_typed(form, read_edit(begun.typed, form), added), parse_seen(begun.seen)
    if mine == form:
        return form
    newer = seen.seq != form.seen.seq
    theirs = Theirs(None, form.seen.seq, form.text) if newer else None
    return replace(mine, theirs=theirs, begun=begun.at)


def with_typed(form: EditForm, typed: EditAnswers, added: Sequence[ImageView] = ()) -> EditForm:
    """The fields hold what was typed. A dialog knows whole minutes."""
    same = _to_minute(typed.slot) == _to_minute(form.slot)
    now = {account.name for account in (*form.accounts, *form.could_be)}
    return replace(
        form,
        text=typed.text,
        variants=tuple((name, text) for name, text in typed.variants.items() if name in now),
        left_out=tuple(replace(one, text=typed.variants.get(one.name, "")) for one in form.left_out),
        back=typed.back,
        slot=form.slot if same else typed.slot,
        images=_described(form.images, typed),
        added=_described([one for one in added if one.sha256 in typed.images], typed),
        removed=tuple(one.sha256 for one in form.images if one.sha256 not in typed.images),
        chosen=typed.accounts,
        warning=typed.warning,
        label=typed.label,
        note=typed.note,
    )


def _described(images: Sequence[ImageView], typed: EditAnswers) -> tuple[ImageView, ...]:
    return tuple(replace(one, alt=typed.alts.get(one.sha256, one.alt)) for one in images)


def _to_minute(moment: datetime | None) -> datetime | None:
    return moment.replace(second=0, microsecond=0) if moment else None


def _and_then(values: StateValues) -> AndThen:
    picked = read_chosen(values, Field.AND_THEN)
    return AndThen(picked) if picked in set(AndThen) else AndThen.SAVE


def read_kept(values: StateValues, block_id: str, otherwise: str) -> str:
    """What was typed; where there was no field, as too long a text has none, what there was."""
    return read_typed(values, block_id) if block_id in values else otherwise


def read_typed(values: StateValues, block_id: str) -> str:
    """What was typed; "" where there was nothing: an empty field comes as null."""
    value = read_element(values, block_id).get("value")
    return value if isinstance(value, str) else ""


def read_chosen(values: StateValues, block_id: str) -> str | None:
    """The value of the chosen option; None if none was chosen."""
    option = read_element(values, block_id).get("selected_option")
    value = option.get("value") if isinstance(option, Mapping) else None
    return value if isinstance(value, str) else None


def read_boxes(values: StateValues, block_id: str) -> set[str]:
    """The values of all that was ticked in a field."""
    options = read_element(values, block_id).get("selected_options")
    ticked = [each for each in options if isinstance(each, Mapping)] if isinstance(options, list) else []
    return {value for each in ticked if isinstance(value := each.get("value"), str)}


def read_element(values: StateValues, block_id: str) -> Mapping[str, object]:
    block = values.get(block_id)
    element = block.get(INPUT) if isinstance(block, Mapping) else None
    return element if isinstance(element, Mapping) else {}
