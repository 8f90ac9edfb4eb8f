"""`byhand import FILE`: read, judge, fetch, add. All or nothing, unless `partial` takes the good rows.

Files and images are read before the transaction; the transaction only adds. So a plan is in as a whole or not
at all, and a slow image holds up nobody. Of all its images only one is in memory: until every row is judged they
wait in a temporary file, then each is stored in a transaction of its own. An image whose posts do not follow,
because we were stopped in between, is used by the next import of that file.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

from bot.domain.people import Person
from bot.domain.posts import Image, Status
from bot.domain.preflight.words import is_visible
from bot.domain.shown.plan_screens import PlanRow
from bot.services import digest
from bot.services.images.image_helper import Checker
from bot.services.pause import scope_words
from bot.services.plans.findings import Found, Judge, Judged, PlanRefused, Problem, Row
from bot.services.plans.image_spool import Spool
from bot.services.plans.plan_file import judge_plan, make_import_key, read_plan
from bot.services.plans.plan_images import Beside, Folder, Images, Measures, Pictured, measure_row
from bot.services.plans.report import A_DRAFT, MAYBE_OUT, Choices, Report
from bot.services.plans.zipped import is_zip, open_zip
from bot.services.posts import create, drafts
from bot.services.posts.create import NewPost
from bot.services.unit_of_work import Services, UnitOfWork
from bot.store import images
from bot.store.posts import posts

Tell = Callable[[str], None]  # a line about how far it is
Note = Callable[[UnitOfWork, Report], None]  # in the transaction that brings the posts in

EVERY = 500  # rows between two such lines
FIRST = 120  # characters of a row's text


@dataclass(frozen=True)
class Plan:
    """A plan's bytes, and what lies beside it."""

    name: str
    data: bytes = field(repr=False)
    beside: Beside


def import_file(
    services: Services, path: Path, person: Person, choices: Choices, tell: Tell = lambda _line: None
) -> Report:
    """A CSV and what lies beside it, or a zip of both. Never raises for what stands in it: the report says it."""
    try:
        with open_plan(path, Folder(path.parent)) as plan:
            return import_plan(services, plan, person, choices, tell)
    except PlanRefused as refused:
        return Report(problems=(str(refused.problem),), refused=True)


@contextmanager
def open_plan(path: Path, beside: Beside) -> Iterator[Plan]:
    """`beside`: what lies beside a plan that is no zip. Raises PlanRefused."""
    try:
        zipped = is_zip(path)
        file = path.open("rb")
    except OSError as problem:
        raise PlanRefused(
            Problem(0, "", f"It cannot be read: {problem.strerror}.", "Check its name.")
        ) from None
    with file:
        if zipped:
            plan = open_zip(path, file)
            yield Plan(plan.name, plan.data, plan)
        else:
            yield Plan(path.name, read_plan(file), beside)


def import_plan(
    services: Services, plan: Plan, person: Person, choices: Choices, tell: Tell = lambda _line: None,
    note: Note = lambda _work, _report: None,
) -> Report:  # fmt: skip
    """A contributor's rows become drafts of their own."""
    measures = Measures(services.accounts)
    try:
        judged = judge_plan(plan.data, _make_judge(services, choices, measures))
    except PlanRefused as refused:  # an account that nobody has
        return Report(problems=(str(refused.problem),), refused=True)
    if judged.found is None:
        return Report(problems=tuple(map(str, judged.problems)), refused=True)
    with Spool() as spool, Checker() as checker:
        wanted = _Wanted(judged, judged.found, list(judged.problems), list(judged.notes))
        _fetch(measures, wanted, Images(plan.beside, spool, checker), tell)
        return _add(services, wanted, plan, person, choices, spool, note)


@dataclass
class _Wanted:
    """What becomes of a plan: its posts, and what is wrong with the others."""

    judged: Judged
    found: Found
    problems: list[Problem]
    notes: list[Problem]
    posts: list[NewPost] = field(default_factory=list)
    past: list[tuple[NewPost, Problem]] = field(default_factory=list)
    lines: dict[str, int] = field(default_factory=dict)  # by import key: where it was first


def _fetch(measures: Measures, wanted: _Wanted, sources: Images, tell: Tell) -> None:
    """Each row's images, and what its networks say of them; a bad one makes its row a problem."""
    rows = wanted.judged.rows
    for done, row in enumerate(rows):
        if done and done % EVERY == 0:
            tell(f"{done:,} of {len(rows):,} rows")
        loaded = sources.load(row, wanted.found)
        if isinstance(loaded, Problem):
            wanted.problems.append(loaded)
            continue
        found, told = measure_row(measures, row, loaded, wanted.found)
        post = _new_post(row, loaded)
        first = wanted.lines.setdefault(str(post.import_key), row.line)
        if first != row.line:  # their images have the same bytes, and other names
            found.append(Problem(row.line, "", f"It is the same as line {first}.", "Remove one."))
        wanted.problems += found
        if not found:
            wanted.notes += told
            wanted.posts.append(post)
    for row, over in wanted.judged.past:
        loaded = sources.load(row, wanted.found)
        if not isinstance(loaded, Problem):
            wanted.past.append((_new_post(row, loaded), over))


def _add(
    services: Services,
    wanted: _Wanted,
    plan: Plan,
    person: Person,
    choices: Choices,
    spool: Spool,
    note: Note,
) -> Report:
    known = services.look(_find_known, [*wanted.posts, *(post for post, _ in wanted.past)])
    _count_past_as_here(wanted, known)
    problems = tuple(str(each) for each in sorted(wanted.problems, key=lambda one: one.line))
    good = sum(post.import_key not in known for post in wanted.posts)
    here = len(wanted.posts) - good
    notes = (*map(str, wanted.notes), *_list_unasked(services, wanted.posts))
    to_fix = bool(wanted.judged.questions or (problems and (not choices.partial or not wanted.posts)))
    changed = not to_fix and choices.told is not None and set(choices.told) != set(problems)
    report = Report(
        known=here, problems=problems, notes=notes, found=wanted.found.sentence, times=wanted.found.times, good=good,
        questions=wanted.judged.questions, dry=choices.dry, undescribed=_count_undescribed(wanted.posts, known),
        refused=to_fix or changed, changed=changed,
        rows=tuple(_list_rows(services, wanted, known)), as_drafts=services.look(drafts.is_contributor, person),
    )  # fmt: skip
    if report.refused or choices.dry:
        return report
    _keep_images(services, {image.sha256 for post in wanted.posts for image in post.images}, spool)
    return services.do(_bring_in, person, wanted.posts, plan.name, report, note)


def _count_past_as_here(wanted: _Wanted, known: set[str]) -> None:
    """They came in when their time was still to come."""
    here = [(post, over) for post, over in wanted.past if post.import_key in known]
    for post, over in here:
        wanted.posts.append(post)
        wanted.lines.setdefault(str(post.import_key), over.line)
    none = {over for _, over in here}
    wanted.problems = [each for each in wanted.problems if each not in none]


def _bring_in(
    work: UnitOfWork, person: Person, wanted: Sequence[NewPost], name: str, report: Report, note: Note
) -> Report:
    done = create.import_posts(work, person, wanted, name, own=report.as_drafts)
    digest.step(work)  # in one with the cards of what is due soon: it comes above them
    added = tuple((number, _said(status)) for number, status in done.posts)
    notes = (*report.notes, *([MAYBE_OUT.format(of=done.backup_of)] if done.backup_of else []))
    wanting = tuple(_list_wanting(work, wanted))
    report = replace(report, added=added, known=done.known, notes=notes, wanting=wanting)
    note(work, report)
    return report


def _list_wanting(work: UnitOfWork, wanted: Iterable[NewPost]) -> Iterator[tuple[str, tuple[str, ...]]]:
    """As they stand now: of those that were here already, somebody may have described some."""
    keys = [
        post.import_key for post in wanted if post.import_key and not all(each.alt for each in post.images)
    ]
    for post in posts.list_these(work.db, import_keys=keys):
        if digests := tuple(each.sha256 for each in post.version.body.images if not is_visible(each.alt)):
            yield post.id, digests


def _list_rows(services: Services, wanted: _Wanted, known: set[str]) -> Iterator[PlanRow]:
    titles = {name: services.policy.title_of(name) for name in services.policy.accounts}
    for post in wanted.posts:
        key = str(post.import_key)
        names = tuple(titles.get(name, name) for name in post.accounts)
        text, images = post.text[:FIRST], len(post.images)
        yield PlanRow(wanted.lines[key], post.slot, names, text, images, key in known)


def _count_undescribed(wanted: Iterable[NewPost], known: set[str]) -> int:
    new = [post for post in wanted if post.import_key not in known]
    return sum(not image.alt for post in new for image in post.images)


def _find_known(work: UnitOfWork, wanted: Iterable[NewPost]) -> set[str]:
    return posts.find_known_imports(work.db, [post.import_key for post in wanted if post.import_key])


def _list_unasked(services: Services, wanted: Iterable[NewPost]) -> list[str]:
    """No run of the bot was ever told what these accounts take."""
    names = dict.fromkeys(name for post in wanted for name in post.accounts)
    return [
        f"Byhand has not asked {services.policy.title_of(name)} for its limits yet and used the usual ones. "
        "Each card is checked again."
        for name in names
        if not services.accounts[name].capabilities.stated
    ]


def _said(status: Status) -> str:
    return {Status.REVIEW: "its review is open now", Status.DRAFT: A_DRAFT}.get(status, status.key)


def _make_judge(services: Services, choices: Choices, measures: Measures) -> Judge:
    """Raises PlanRefused for a given account that there is not."""
    names = scope_words.list_names(services.policy, services.accounts)

    def find(word: str) -> tuple[str, ...]:
        named = scope_words.find_accounts(word, names)
        return () if named.rest else named.accounts

    accounts = tuple(services.policy.accounts)
    given: dict[str, None] = {}
    for name in choices.accounts:
        keys = (name,) if name in accounts else find(name)
        if len(keys) != 1:
            several = (
                f'"{name}" is the name of several accounts.' if keys else f'There is no account "{name}".'
            )
            raise PlanRefused(Problem(0, "", several, f"Known: {', '.join(sorted(accounts))}."))
        given |= dict.fromkeys(keys)
    now = services.clock.now()
    return Judge(
        services.policy.zone,
        accounts,
        now,
        measures.find_problem,
        find,
        tuple(given),
        choices.day_first,
        services.policy.title_of,
    )


def _keep_images(services: Services, digests: Iterable[str], spool: Spool) -> None:
    """Each in a transaction of its own: five megabytes hold up the writer as long as a click does."""

    def missing(work: UnitOfWork) -> list[str]:
        return sorted(set(digests) - images.load(work.db, digests).keys())

    for sha256 in services.look(missing):
        services.do(create.keep_image, spool.read(sha256))


def _new_post(row: Row, loaded: Sequence[Pictured]) -> NewPost:
    pictures = tuple(Image(each.file.sha256, each.alt) for each in loaded)
    key = make_import_key(row, [each.file.sha256 for each in loaded])
    return NewPost(row.accounts, row.text, row.slot, pictures, row.label, import_key=key)
