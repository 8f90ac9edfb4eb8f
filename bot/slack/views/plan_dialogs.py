"""The dialogs of a plan: a file chosen, what it leaves open, all its rows, and alt texts one post after the other."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from bot.domain.shown.moments import name_zone, shorten_moment
from bot.domain.shown.plan_screens import DescribeForm, PlanPage, PlanQuestions, PlanRow
from bot.domain.shown.post_screens import ImageView
from bot.slack.ids import INPUT, Act, Dialog, Field, format_block
from bot.slack.values.plan import format_described, format_page, format_skip
from bot.slack.views.begun import draw_begun, keep_typed
from bot.slack.views.blocks import (
    Block,
    Part,
    actions,
    bullets,
    button,
    files_field,
    image,
    lines,
    plain,
    said,
    several_field,
    small,
    text_field,
    words,
)
from bot.slack.views.posts.dialogs import draw_dialog
from bot.slack.views.quotes import About, draw_about, first_words, list_titles
from bot.slack.views.text import NOWHERE, Place, count, cut

View = dict[str, Any]

KINDS = ("csv", "zip")
TITLE, LOOK, SHOW = "Import a plan", "Check the file", "Show what comes in"
DAY_FIRST, MONTH_FIRST = "day", "month"
A_PAGE, A_BLOCK = 40, 10  # rows
DESCRIBE = "Describe the images"
ALT = "what it shows, for those who cannot see it"


def draw_choose_plan() -> View:
    """[Import] on Home."""
    field = files_field(Field.PLAN, "A CSV file, or a zip of one and its images", KINDS, 1)
    told = small(
        "Byhand's own format, Buffer's, Hootsuite's, or a table of another tool. What is in it, Byhand tells you by "
        "direct message; nothing is imported before you say so."
    )
    return draw_dialog(Dialog.CHOOSE_PLAN, TITLE, None, [{**field, "optional": False}, told], LOOK)


def draw_plan_questions(
    questions: PlanQuestions, accounts: Sequence[tuple[str, str]], value: str, *,
    chosen: Collection[str] = (), day_first: bool | None = None,
) -> View:  # fmt: skip
    """`accounts`: (title, key). `chosen`, `day_first`: what was answered before."""
    drawn: list[Block] = []
    if questions.accounts:
        drawn.append(several_field(Field.ACCOUNTS, "Which accounts are these posts for?", accounts, chosen))
    if questions.dates:
        written, *read = questions.dates
        options = list(zip(read, (DAY_FIRST, MONTH_FIRST), strict=True))
        before = None if day_first is None else DAY_FIRST if day_first else MONTH_FIRST
        drawn.append(_ask_dates(f"{written} is…", options, before))
    drawn.append(small("Nothing is imported yet. Next you see what would come in."))
    return {**draw_dialog(Dialog.ANSWER_PLAN, TITLE, None, drawn, SHOW), "private_metadata": value}


def _ask_dates(label: str, options: Sequence[tuple[str, str]], before: str | None) -> Block:
    """None is chosen but the one of `before`: an answer that nobody gave would be a guess."""
    made = [{"text": plain(text, 75), "value": value} for text, value in options]
    element: Part = {"type": "radio_buttons", "action_id": INPUT, "options": made}
    if chosen := [each for each in made if each["value"] == before]:
        element["initial_option"] = chosen[0]
    return {
        "type": "input", "block_id": Field.DATES, "label": plain(label, 2000), "element": element, "optional": False,
    }  # fmt: skip


# --- all rows ----------------------------------------------------------------------------------------


def draw_plan_rows(page: PlanPage, place: Place = NOWHERE) -> View:
    """A page of them: problems first, then what would come in or is here already."""
    drawn: list[Block] = [lines([words(cut(page.name, 300), bold=True)])]
    drawn += _list(f"To fix ({page.all_problems:,}):", page.problems)
    first = max(page.page * A_PAGE - page.all_problems, 0) + 1
    rows = [_name_row(number, row, place, page.now) for number, row in enumerate(page.rows, first)]
    drawn += _list(f"Good ({page.all_rows:,}, in {name_zone(place.zone)}):", rows)
    if not page.problems and not page.rows:
        drawn.append(said("There are no rows in it."))
    turn: list[Part] = []
    if page.page:
        turn.append(_turn("Previous rows", page, -1))
    if page.page + 1 < page.pages:
        turn.append(_turn("More rows", page, 1))
    if page.pages > 1:
        drawn.append(small(f"Page {page.page + 1} of {page.pages}"))
    drawn += [actions(*turn)] if turn else []
    return draw_dialog(Dialog.PLAN_ROWS, "All rows", None, drawn)


def _list(title: str, rows: Sequence[str]) -> list[Block]:
    """The title stands over the first block alone."""
    return [
        bullets(title if not start else "…", rows[start : start + A_BLOCK], A_BLOCK)
        for start in range(0, len(rows), A_BLOCK)
    ]


def _name_row(number: int, row: PlanRow, place: Place, now: datetime | None) -> str:
    """Counted, since its line says nothing where a text has several. In the zone that is named above all of them."""
    at = shorten_moment(row.slot, place.zone, now) if row.slot else "no time: a draft"
    titles = list_titles(row.accounts, 80) if row.accounts else "no account"
    told = [f"{number:,}. {at}", titles, first_words(row.text)]
    told += [count(row.images, "image")] if row.images else []
    told += ["already here"] if row.known else []
    return " · ".join(told)


def _turn(text: str, page: PlanPage, by: int) -> Part:
    made = button(Act.PLAN_ROWS, text, format_page(page.value, page.page + by), text)
    return {**made, "action_id": f"{Act.PLAN_ROWS.value}:{max(by, 0)}"}


# --- alt texts ---------------------------------------------------------------------------------------


def draw_describe(form: DescribeForm, place: Place = NOWHERE) -> View:
    """The images of one post that have no alt text."""
    typed = dict(form.typed)
    drawn = draw_begun(form.begun, "to describe this", "nothing was saved", place)
    drawn += [lines([words(each)]) for each in form.told]
    about = About(form.text, form.titles, form.slot, name=f"post {form.number}")
    drawn.append(draw_about(about, place))
    for number, view in form.images:
        which = f"Image {number} of {form.of}" if number else "Image"
        drawn += _draw_picture(view)
        block_id = format_block(Field.ALT, view.sha256)
        drawn.append(text_field(block_id, f"{which}: {ALT}", typed.get(view.sha256, ""), optional=False))
    value = format_skip(form.value, form.seen.post_id)
    drawn.append(actions(button(Act.DESCRIBE_PLAN, "Skip this post", value, "Skip this post")))
    submit = "Save" if form.last else "Save and next"
    made = draw_dialog(Dialog.DESCRIBE_PLAN, DESCRIBE, None, keep_typed(drawn), submit)
    return {**made, "private_metadata": format_described(form.value, form.seen)}


def draw_described(told: Sequence[str], sentence: str) -> View:
    """There is nothing left to be described."""
    drawn = [*(lines([words(each)]) for each in told), said(sentence)]
    return draw_dialog(Dialog.NOTICE, DESCRIBE, None, drawn)


def _draw_picture(view: ImageView) -> list[Block]:
    if view.slack_file:
        return [image(view.slack_file, "")]
    return [
        small(
            f"The image ({view.size}) is not in Slack yet. To see it, close this and open it again in a minute."
        )
    ]
