"""A plan that somebody dropped in Slack, from then until they know what came of it.

Where it stands is kept, so that a restart leaves nobody without a word, and a button that is over can say what became
of it. The file is not kept: whatever is done with it fetches it again. Kept beside what people have begun to type, and
for a week after the last press, as that is; its message says until when, and that it is over. That the message is about
to be posted is written down before, as for cards: where the answer is lost, it is looked for before it is posted again.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from typing import Any

from bot.domain.kinds import PlanStage
from bot.domain.people import Person, Right, Role
from bot.domain.refusals import NotFrom, PlanForgotten, WhoAreYou
from bot.domain.shown.plan_screens import PlanQuestions, PlanRow, describe_plan
from bot.services.begun import KEPT, PLAN
from bot.services.begun import PLAN_ROWS as ROWS
from bot.services.plans.report import Choices, Report
from bot.services.posts import drafts
from bot.services.unit_of_work import UnitOfWork, Wake
from bot.services.wording import refuse_guest
from bot.store.slack import begun, slack_events
from bot.store.slack.begun import Begun

MOST_PROBLEMS = 50  # kept beside it, to be drawn again
Place = tuple[str, str]  # (channel, ts)


@dataclass(frozen=True)
class Dropped:
    """`seq` rises with every change. `said_in`: (channel, thread or "") where it was dropped; None: on Home. `message`:
    the direct message that shows it; `posted_at`: when that was asked for, while nobody knows whether it is there.
    `asked`: whatever the file left open, answered or not. `titles`: of the accounts of what came in; `slots`: its first
    and last, as text.

    `wanting`: (post, the digests of its images that had no alt text when they came in), in the order of their slots."""

    id: str
    person: str
    file: str  # Slack's id
    stage: PlanStage = PlanStage.LOOK
    seq: int = 1
    team: str | None = None
    said_in: Place | None = None
    message: Place | None = None
    posted_at: datetime | None = None
    name: str = ""
    choices: Choices = field(default_factory=Choices)
    asked: PlanQuestions = field(default_factory=PlanQuestions)
    outcome: str = ""
    problems: tuple[str, ...] = ()
    wanting: tuple[tuple[str, tuple[str, ...]], ...] = ()
    titles: tuple[str, ...] = ()
    slots: tuple[str, ...] = ()


def check_importer(work: UnitOfWork, person: Person) -> None:
    """Full members import posts, contributors drafts of their own. Raises refusals."""
    if person.role is Role.UNKNOWN:
        raise WhoAreYou
    if not person.may(Right.TEAM) and not drafts.is_contributor(work, person):
        raise refuse_guest(work, Right.TEAM, "bring in a plan")


# --- what its person does ----------------------------------------------------------------------------


def hear(work: UnitOfWork, event_id: str, plans: Sequence[Dropped]) -> None:
    """They were dropped: each is looked at and told, however often Slack tells of it, and whatever ends meanwhile."""
    if slack_events.mark_seen(work.db, f"plan:{event_id}"[:80], work.now):
        for plan in plans:
            _put(work, plan, due=True)
        work.wake(Wake.PLANS)


def load(work: UnitOfWork, person_id: str, plan_id: str) -> Dropped:
    """Of this person. Raises PlanForgotten."""
    return _refuse_forgotten(_load(work, person_id, plan_id, lock=False))


def answer(
    work: UnitOfWork, person: Person, plan_id: str, accounts: tuple[str, ...], *, day_first: bool | None
) -> None:
    """What it leaves open: it is looked at again."""
    plan = _open(work, person, plan_id, "answer this", PlanStage.SHOWN)
    _put(work, _next(plan, PlanStage.LOOK, choices=Choices(accounts, day_first)), due=True)


def want(work: UnitOfWork, person: Person, plan_id: str) -> None:
    """It is to come in."""
    plan = _open(work, person, plan_id, "import it", PlanStage.SHOWN)
    _put(work, _next(plan, PlanStage.IMPORT), due=True)


def cancel(work: UnitOfWork, person: Person, plan_id: str) -> None:
    plan = _open(work, person, plan_id, "cancel it", PlanStage.SHOWN, PlanStage.LOOK)
    _put(work, _next(plan, PlanStage.CANCELLED), due=True)


def redraw(work: UnitOfWork, person_id: str, plan_id: str) -> None:
    """Its message shows what is no longer so."""
    plan = _load(work, person_id, plan_id, lock=True)
    if plan.stage in (PlanStage.IMPORTED, PlanStage.CANCELLED):
        _put(work, _next(plan, plan.stage), due=True)


# --- what Byhand does ---------------------------------------------------------------------------------


def choose(work: UnitOfWork, plan: Dropped, *, dry: bool) -> Choices:
    """What its person has said of it, for one look or the import: that takes what they were shown, or nothing."""
    return replace(plan.choices, dry=dry, told=None if dry else load_rows(work, plan)[0])


def find_due(work: UnitOfWork, person_id: str, plan_id: str) -> Dropped:
    """Whatever is to be done with it now. Raises PlanForgotten."""
    return _load(work, person_id, plan_id, lock=False)


def list_due(work: UnitOfWork) -> list[tuple[str, str]]:
    """(person, plan) of all that wait for Byhand, the oldest first."""
    return [(person, about.removeprefix(PLAN)) for person, about in begun.list_open(work.db, PLAN)]


def note_shown(
    work: UnitOfWork, plan: Dropped, name: str, asked: PlanQuestions, report: Report
) -> Dropped | None:
    """Its person is about to be told what would become of it, and may press at once. None: they have pressed something
    since, or a week has passed."""
    if not _is_still(work, plan):
        return None
    choices = replace(plan.choices, partial=bool(report.problems))
    open_ones = PlanQuestions(asked.accounts or plan.asked.accounts, asked.dates or plan.asked.dates)
    shown = _next(plan, PlanStage.SHOWN, choices=choices, name=name, asked=open_ones)
    _put(work, shown, due=True)
    _keep_rows(work, shown, report)
    return shown


def note_imported(work: UnitOfWork, plan: Dropped, report: Report) -> None:
    """In the transaction that brought it in: nobody is told of posts that are not there, nor the other way round."""
    if _is_still(work, plan):
        problems = report.problems[:MOST_PROBLEMS]
        new = [row for row in report.rows if not row.known]
        slots = sorted(row.slot for row in new if row.slot is not None)
        done = _next(
            plan, PlanStage.IMPORTED, outcome=report.sentence, problems=problems, wanting=report.wanting,
            titles=tuple(dict.fromkeys(title for row in new for title in row.accounts)),
            slots=tuple(slot.isoformat() for slot in (*slots[:1], *slots[-1:])),
        )  # fmt: skip
        _put(work, done, due=True)
        _keep_rows(work, done, replace(report, rows=()))


def note_posting(work: UnitOfWork, plan: Dropped) -> None:
    """Its message is about to be posted: until its place is noted, nobody knows whether it is there."""
    now = _load(work, plan.person, plan.id, lock=True)
    _put(work, replace(now, message=None, posted_at=work.now), due=True)


def note_place(work: UnitOfWork, plan: Dropped, message: Place | None) -> None:
    """Its message is there; None: it is not, which is proven."""
    now = _load(work, plan.person, plan.id, lock=True)
    _put(work, replace(now, message=message, posted_at=None), due=True)


def note_drawn(work: UnitOfWork, plan: Dropped) -> None:
    """Its message shows how it stood; if nobody has pressed anything since, it waits for its person."""
    now = _load(work, plan.person, plan.id, lock=True)
    _put(work, now, due=now.seq != plan.seq)


def forget(work: UnitOfWork, plan: Dropped) -> None:
    """There is nothing to be said of it any more."""
    begun.drop(work.db, plan.person, f"{PLAN}{plan.id}")
    begun.drop(work.db, plan.person, f"{ROWS}{plan.id}")


def has_old(work: UnitOfWork) -> bool:
    """Whether there is anything to forget."""
    return begun.has_old(work.db, PLAN, work.now - KEPT)


def forget_old(work: UnitOfWork) -> None:
    """What nobody pressed for a week. Where it has buttons, its message is drawn once more, to say that it is over; if
    Slack cannot be reached for another week, nobody is told any more."""
    before = work.now - KEPT
    for person, about in begun.list_waiting(work.db, PLAN, before):
        row = begun.find(work.db, person, about, lock=True)
        if row is None or row.at > before:
            continue
        plan = _read(about.removeprefix(PLAN), person, row.typed)
        if plan.stage is PlanStage.SHOWN or (plan.stage is PlanStage.IMPORTED and _has_buttons(plan)):
            _put(work, _next(plan, PlanStage.FORGOTTEN), due=True)
        else:
            forget(work, plan)
    for name in (PLAN, ROWS):
        begun.forget_old(work.db, before - KEPT, name)


def _has_buttons(plan: Dropped) -> bool:
    return bool(plan.problems or plan.wanting)


def doubt_all(work: UnitOfWork) -> None:
    """In a copy of the database: what it says nobody was told may be in Slack by now."""
    for person, about in begun.list_open(work.db, PLAN):
        row = begun.find(work.db, person, about, lock=True)
        plan = _read(about.removeprefix(PLAN), person, row.typed) if row is not None else None
        if row is not None and plan is not None and plan.message is None and plan.posted_at is None:
            _put(work, replace(plan, posted_at=row.at), due=True)


def load_rows(work: UnitOfWork, plan: Dropped) -> tuple[tuple[str, ...], tuple[PlanRow, ...]]:
    """(every problem, every row) as last told."""
    row = begun.find(work.db, plan.person, f"{ROWS}{plan.id}")
    kept = row.typed if row is not None else {"problems": plan.problems, "rows": ()}
    return tuple(kept["problems"]), tuple(_read_row(each) for each in kept["rows"])


# --- its row -----------------------------------------------------------------------------------------


def _open(work: UnitOfWork, person: Person, plan_id: str, verb: str, *stages: PlanStage) -> Dropped:
    """Under its lock, where it stands so that this can be done with it."""
    check_importer(work, person)
    plan = _refuse_forgotten(_load(work, person.id, plan_id, lock=True))
    if plan.stage not in stages:
        raise NotFrom(verb=verb, state=describe_plan(plan.stage, plan.outcome))
    return plan


def _load(work: UnitOfWork, person_id: str, plan_id: str, *, lock: bool) -> Dropped:
    row = begun.find(work.db, person_id, f"{PLAN}{plan_id}", lock=lock)
    if row is None:
        raise PlanForgotten
    return _read(plan_id, person_id, row.typed)


def _refuse_forgotten(plan: Dropped) -> Dropped:
    if plan.stage is PlanStage.FORGOTTEN:
        raise PlanForgotten
    return plan


def _is_still(work: UnitOfWork, plan: Dropped) -> bool:
    row = begun.find(work.db, plan.person, f"{PLAN}{plan.id}", lock=True)
    return row is not None and row.typed["seq"] == plan.seq


def _next(plan: Dropped, stage: PlanStage, **changes: Any) -> Dropped:
    return replace(plan, stage=stage, seq=plan.seq + 1, **changes)


def _put(work: UnitOfWork, plan: Dropped, *, due: bool) -> None:
    kept = asdict(plan)
    del kept["id"], kept["person"]
    kept["posted_at"] = plan.posted_at.isoformat() if plan.posted_at else None
    row = Begun(plan.person, f"{PLAN}{plan.id}", plan.id, "", kept, work.now)
    begun.set_down(work.db, row, is_open=due)
    if due:
        work.wake(Wake.PLANS)


def _read(plan_id: str, person_id: str, kept: Any) -> Dropped:
    return Dropped(
        plan_id, person_id, kept["file"], PlanStage(kept["stage"]), kept["seq"], kept["team"],
        _read_place(kept["said_in"]), _read_place(kept["message"]), _read_moment(kept.get("posted_at")), kept["name"],
        Choices(
            tuple(kept["choices"]["accounts"]), kept["choices"]["day_first"], kept["choices"]["partial"]
        ),
        PlanQuestions(kept["asked"]["accounts"], _read_dates(kept["asked"]["dates"])), kept["outcome"],
        tuple(kept["problems"]), tuple((post, tuple(digests)) for post, digests in kept["wanting"]),
        tuple(kept.get("titles", ())), tuple(kept.get("slots", ())),
    )  # fmt: skip


def _read_place(kept: Collection[str] | None) -> Place | None:
    if kept is None:
        return None
    channel, ts = kept
    return channel, ts


def _read_moment(kept: str | None) -> datetime | None:
    return datetime.fromisoformat(kept) if kept else None


def _read_dates(kept: Collection[str] | None) -> tuple[str, str, str] | None:
    if kept is None:
        return None
    written, day_first, month_first = kept
    return written, day_first, month_first


def _keep_rows(work: UnitOfWork, plan: Dropped, report: Report) -> None:
    """Apart, since only who asks for all rows reads them."""
    rows = [
        [row.line, row.slot.isoformat() if row.slot else None, row.accounts, row.text, row.images, row.known]
        for row in report.rows
    ]
    kept = {"problems": list(report.problems), "rows": rows}
    row = Begun(plan.person, f"{ROWS}{plan.id}", plan.id, "", kept, work.now)
    begun.set_down(work.db, row, is_open=False)


def _read_row(kept: Sequence[Any]) -> PlanRow:
    line, slot, accounts, text, images, known = kept
    return PlanRow(line, datetime.fromisoformat(slot) if slot else None, tuple(accounts), text, images, known)
