"""`byhand import FILE`: read, judge, fetch, add. All or nothing, unless `partial` takes the good rows.

Files and images are read before the transaction; the transaction only adds. So a plan is in as a whole or not
at all, and a slow image holds up nobody.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from bot.domain.people import Person
from bot.domain.posts import Status
from bot.networks.http import get_public
from bot.networks.protocol import AccountClient, Content
from bot.services.posts import create
from bot.services.posts.create import NewPost
from bot.services.posts.images import Fetched, ImageProblem, StoredImage, fetch_image, judge_image
from bot.services.posts.plan_file import (
    Judge,
    Judged,
    PlanRefused,
    Problem,
    Row,
    judge_plan,
    make_import_key,
    read_plan,
)
from bot.services.unit_of_work import Services


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
            return f"Nothing was imported: {_count(len(self.problems), 'problem')} to mend first."
        parts = [f"{_count(len(self.added), 'post')} imported"]
        if self.known:
            parts.append(f"{self.known} known already")
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
    wanted, judged = _with_images(services, judged, path.parent)
    problems = tuple(str(problem) for problem in judged.problems)
    notes = tuple(str(note) for note in judged.notes)
    if problems and (not partial or not wanted):
        return Report((), 0, problems, notes, True)
    done = services.do(create.import_posts, person, wanted, path.name)
    added = tuple((number, _said(status)) for number, status in done.posts)
    return Report(added, done.known, problems, notes, False)


def _said(status: Status) -> str:
    return {Status.REVIEW: "its review is open now", Status.DRAFT: "a draft"}.get(status, status.key)


def _judge(services: Services) -> Judge:
    def measure(account: str, text: str) -> str | None:
        return services.accounts[account].measure(Content(text)).problem

    return Judge(services.policy.zone, tuple(services.policy.accounts), services.clock.now(), measure)


def _with_images(services: Services, judged: Judged, folder: Path) -> tuple[list[NewPost], Judged]:
    """Fetch and check each row's image; a bad one makes its row a problem."""
    seen: dict[str, StoredImage | ImageProblem] = {}
    wanted, rows, problems = [], [], list(judged.problems)
    for row in judged.rows:
        image = _image(row.image, folder, seen) if row.image else None
        if isinstance(image, ImageProblem):
            problems.append(Problem(row.line, "Image", image.sentence, image.mend))
            continue
        misfit = _misfit(services.accounts, row, image)
        if misfit:
            problems.append(Problem(row.line, "Image", misfit, "Use another image."))
            continue
        rows.append(row)
        wanted.append(_new_post(row, image))
    problems.sort(key=lambda problem: problem.line)
    return wanted, replace(judged, rows=tuple(rows), problems=tuple(problems))


def _image(
    reference: str, folder: Path, seen: dict[str, StoredImage | ImageProblem]
) -> StoredImage | ImageProblem:
    """Each reference is fetched once a file."""
    if reference not in seen:
        try:
            seen[reference] = judge_image(fetch_image(reference, folder, _http_get))
        except ImageProblem as problem:
            seen[reference] = problem
    return seen[reference]


def _http_get(url: str, *, limit: int) -> Fetched:
    answer = get_public(url, limit=limit)
    return Fetched(answer.status, answer.body, answer.headers.get("location"))


def _misfit(accounts: Mapping[str, AccountClient], row: Row, image: StoredImage | None) -> str | None:
    """What a network would refuse of this image: its type or its size."""
    if image is None:
        return None
    for name in row.accounts:
        can = accounts[name].capabilities
        if image.media_type not in can.picture_types:
            return f"{name} takes no {image.media_type.removeprefix('image/').upper()}."
        if image.size > can.max_picture_bytes:
            return f"{name} takes at most {can.max_picture_bytes / 1e6:.1f} MB; it has {image.size / 1e6:.1f} MB."
    return None


def _new_post(row: Row, image: StoredImage | None) -> NewPost:
    images = ((image, row.alt),) if image else ()
    key = make_import_key(row, image.sha256 if image else None)
    return NewPost(row.accounts, row.text, row.slot, images, row.label, key)
