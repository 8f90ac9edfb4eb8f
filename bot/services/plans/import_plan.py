"""`byhand import FILE`: read, judge, fetch, add. All or nothing, unless `partial` takes the good rows.

Files and images are read before the transaction; the transaction only adds. So a plan is in as a whole or not
at all, and a slow image holds up nobody. Of all its images only one is in memory: until every row is judged they
wait in a temporary file, then each is stored in a transaction of its own. An image whose posts do not follow,
because we were stopped in between, is used by the next import of that file.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from bot.domain.people import Person
from bot.domain.posts import Image, Status
from bot.networks.http import get_public
from bot.networks.protocol import AccountClient, Content, Part, Picture
from bot.services.plans.image_spool import Spool
from bot.services.plans.plan_file import (
    Judge,
    Judged,
    PlanRefused,
    Problem,
    Row,
    judge_plan,
    make_import_key,
    read_plan,
)
from bot.services.posts import create
from bot.services.posts.create import NewPost
from bot.services.posts.image_checks import ImageProblem
from bot.services.posts.image_helper import Checker
from bot.services.posts.images import Fetched, fetch_image
from bot.services.unit_of_work import Services, UnitOfWork
from bot.store import images
from bot.store.images import ImageFile

MAYBE_OUT = (
    "A backup of {of} was put back, and what was published since is not in it: these may be published already. Each "
    "card says so, and needs an approver who looked."
)


@dataclass(frozen=True)
class Report:
    """What an import did, or why it did nothing. `problems` and `notes` are sentences with line numbers."""

    added: tuple[tuple[int, str], ...]  # (post number, status)
    known: int
    problems: tuple[str, ...]
    notes: tuple[str, ...]
    refused: bool  # nothing was imported

    @property
    def sentence(self) -> str:
        if self.refused:
            return f"Nothing was imported: {_count(len(self.problems), 'problem')} to fix first."
        parts = [f"{_count(len(self.added), 'post')} imported"]
        if self.known:
            parts.append(f"{self.known} already here")
        if self.problems:
            parts.append(f"{_count(len(self.problems), 'problem')} left out")
        return ", ".join(parts) + "."


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"


def import_file(services: Services, path: Path, person: Person, *, partial: bool) -> Report:
    """Never raises for what stands in the file: the report says it."""
    try:
        judged = judge_plan(read_plan(path), _judge(services))
    except PlanRefused as refused:
        return Report((), 0, (str(refused.problem),), (), True)
    with Spool() as spool:
        return _add(services, judged, path, person, spool, partial=partial)


def _add(
    services: Services, judged: Judged, path: Path, person: Person, spool: Spool, *, partial: bool
) -> Report:
    wanted, judged = _with_images(services, judged, path.parent, spool)
    problems = tuple(str(problem) for problem in judged.problems)
    notes = (*map(str, judged.notes), *_list_unasked(services, wanted))
    if problems and (not partial or not wanted):
        return Report((), 0, problems, notes, True)
    _keep_images(services, {image.sha256 for post in wanted for image in post.images}, spool)
    done = services.do(create.import_posts, person, wanted, path.name)
    added = tuple((number, _said(status)) for number, status in done.posts)
    if done.backup_of:
        notes = (*notes, MAYBE_OUT.format(of=done.backup_of))
    return Report(added, done.known, problems, notes, False)


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
    return {Status.REVIEW: "its review is open now", Status.DRAFT: "a draft"}.get(status, status.key)


def _judge(services: Services) -> Judge:
    def measure(account: str, text: str) -> str | None:
        return services.accounts[account].measure(Content(text)).problem

    return Judge(services.policy.zone, tuple(services.policy.accounts), services.clock.now(), measure)


def _keep_images(services: Services, digests: Iterable[str], spool: Spool) -> None:
    """Each in a transaction of its own: five megabytes hold up the writer as long as a click does."""

    def missing(work: UnitOfWork) -> list[str]:
        return sorted(set(digests) - images.load(work.db, digests).keys())

    for digest in services.look(missing):
        services.do(create.keep_image, spool.read(digest))


def _with_images(
    services: Services, judged: Judged, folder: Path, spool: Spool
) -> tuple[list[NewPost], Judged]:
    """Fetch and check each row's image; a bad one makes its row a problem."""
    with Checker() as checker:
        sources = _Sources(folder, spool, checker)
        return _with_images_of(services, judged, sources)


def _with_images_of(services: Services, judged: Judged, sources: _Sources) -> tuple[list[NewPost], Judged]:
    wanted, rows, problems, notes = [], [], list(judged.problems), list(judged.notes)
    for row in judged.rows:
        image = sources.load(row.image) if row.image else None
        if isinstance(image, ImageProblem):
            problems.append(Problem(row.line, "Image", image.sentence, image.mend))
            continue
        found, told = _measure(services.accounts, row, image)
        if found:
            problems += found
            continue
        notes += told
        rows.append(row)
        wanted.append(_new_post(row, image))
    problems.sort(key=lambda problem: problem.line)
    return wanted, replace(judged, rows=tuple(rows), problems=tuple(problems), notes=tuple(notes))


@dataclass
class _Sources:
    """The images of a plan file: each is fetched once, checked, and put away."""

    folder: Path
    spool: Spool
    checker: Checker
    seen: dict[str, ImageFile | ImageProblem] = field(default_factory=dict)

    def load(self, reference: str) -> ImageFile | ImageProblem:
        if reference not in self.seen:
            try:
                fetched = fetch_image(reference, self.folder, fetch_over_http)
                self.seen[reference] = self.spool.put(self.checker.judge(fetched))
            except ImageProblem as problem:
                self.seen[reference] = problem
        return self.seen[reference]


def fetch_over_http(url: str, *, limit: int) -> Fetched:
    answer = get_public(url, limit=limit)
    return Fetched(answer.status, answer.body, answer.headers.get("location"))


_COLUMNS = {Part.TEXT: "Text", Part.IMAGE: "Image", Part.ALT: "Alt text"}
_MENDS = {Part.TEXT: "Shorten it.", Part.IMAGE: "Use another image.", Part.ALT: "Shorten it."}


def _measure(
    accounts: Mapping[str, AccountClient], row: Row, image: ImageFile | None
) -> tuple[list[Problem], list[Problem]]:
    """What the row's networks would refuse, and what they would show otherwise: as its card will be judged."""
    content = Content(row.text, (_picture(image, row.alt),) if image else ())
    measures = [accounts[name].measure(content) for name in row.accounts]
    misfits = dict.fromkeys(misfit for measure in measures for misfit in measure.misfits)
    notes = dict.fromkeys(note for measure in measures for note in measure.notes)
    return (
        [Problem(row.line, _COLUMNS[one.part], one.sentence, _MENDS[one.part]) for one in misfits],
        [Problem(row.line, "Image", note, "") for note in notes],
    )


def _picture(image: ImageFile, alt: str) -> Picture:
    """To be measured: its bytes stay on disk."""
    return Picture(
        image.sha256,
        image.media_type,
        image.width,
        image.height,
        image.size,
        alt,
        lambda: b"",
        image.frames or 1,
    )


def _new_post(row: Row, image: ImageFile | None) -> NewPost:
    pictures = (Image(image.sha256, row.alt),) if image else ()
    key = make_import_key(row, image.sha256 if image else None)
    return NewPost(row.accounts, row.text, row.slot, pictures, row.label, import_key=key)
