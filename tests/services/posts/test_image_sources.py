"""Where images come from: the plan's own folder and the open internet, and nowhere else."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from bot.networks.addresses import NoHost, NotPublic
from bot.services.posts import images
from bot.services.posts.image_checks import ImageProblem
from bot.services.posts.images import Fetched, fetch_image


class Internet:
    """Answers by url; remembers what was asked."""

    def __init__(self, answers: dict[str, Fetched | OSError] | None = None) -> None:
        self.answers = answers or {}
        self.asked: list[str] = []

    def get(self, url: str, *, limit: int) -> Fetched:
        self.asked.append(url)
        if "inside.example" in url:
            raise NotPublic("inside.example")
        answer = self.answers.get(url, Fetched(404, b""))
        if isinstance(answer, OSError):
            raise answer
        return answer

    def fetch(self, reference: str, folder: Path | None = None) -> bytes:
        return fetch_image(reference, folder, self.get)


@pytest.fixture
def plans(tmp_path: Path) -> Path:
    (tmp_path / "secret.png").write_bytes(b"secret")
    folder = tmp_path / "plans"
    (folder / "pics").mkdir(parents=True)
    (folder / "pics" / "tacos.png").write_bytes(b"tacos")
    return folder


@pytest.mark.parametrize("reference", ["pics/tacos.png", "./pics/tacos.png", "pics//tacos.png"])
def test_a_path_below_the_plan_is_read(plans: Path, reference: str) -> None:
    assert Internet().fetch(reference, plans) == b"tacos"


@pytest.mark.parametrize(
    "reference",
    [
        "../secret.png",
        "pics/../../secret.png",
        "/etc/passwd",
        "C:\\a.png",
        "c:/a.png",
        "pics\\tacos.png",
        "",
        ".",
        "a\0b",
    ],
)
def test_a_path_that_leaves_the_folder_is_refused(plans: Path, reference: str) -> None:
    with pytest.raises(ImageProblem, match="is not a path below the plan file"):
        Internet().fetch(reference, plans)


def test_a_link_that_leads_out_is_refused(plans: Path) -> None:
    (plans / "out.png").symlink_to(plans.parent / "secret.png")
    (plans / "outside").symlink_to(plans.parent)
    (plans / "in.png").symlink_to(plans / "pics" / "tacos.png")
    for reference in ("out.png", "outside/secret.png"):
        with pytest.raises(ImageProblem, match="is not a path below the plan file"):
            Internet().fetch(reference, plans)
    assert Internet().fetch("in.png", plans) == b"tacos"


def test_only_files_are_read(plans: Path) -> None:
    os.mkfifo(plans / "pipe.png")
    (plans / "round.png").symlink_to(plans / "round.png")
    for reference, sentence in (
        ("pics", "not a file"),
        ("pipe.png", "not a file"),
        ("round.png", "cannot be read"),
    ):
        with pytest.raises(ImageProblem, match=sentence):
            Internet().fetch(reference, plans)


def test_a_missing_file_names_the_closest(plans: Path) -> None:
    with pytest.raises(ImageProblem, match=r'There is no file "pics/taco\.png"') as missing:
        Internet().fetch("pics/taco.png", plans)
    assert missing.value.mend == "Did you mean pics/tacos.png?"


def test_a_large_file_is_not_read_whole(plans: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(images, "MAX_BYTES", 4)
    with pytest.raises(ImageProblem, match="at most"):
        Internet().fetch("pics/tacos.png", plans)


def test_without_a_folder_only_addresses_are_taken() -> None:
    with pytest.raises(ImageProblem, match="there is no folder here"):
        Internet().fetch("tacos.png")


def test_an_address_is_fetched() -> None:
    internet = Internet({"https://a.example/t.png": Fetched(200, b"tacos")})
    assert internet.fetch("https://a.example/t.png") == b"tacos"
    assert internet.asked == ["https://a.example/t.png"]


@pytest.mark.parametrize(
    ("url", "sentence"),
    [
        ("http://a.example/t.png", "not a plain https address"),
        ("file:///etc/passwd", "not a plain https address"),
        ("https://me:pw@a.example/t.png", "not a plain https address"),
        ("https:///t.png", "not a plain https address"),
        ("https://[::1/t.png", "not a plain https address"),
        ("https://a.example:99999/t.png", "not a plain https address"),
        ("https://inside.example/t.png", "inside a private network"),
        ("https://a.example/404.png", "answered with status 404"),
    ],
)
def test_other_addresses_are_refused(url: str, sentence: str) -> None:
    with pytest.raises(ImageProblem, match=sentence):
        Internet().fetch(url)


def test_an_address_without_answer_is_a_problem() -> None:
    with pytest.raises(ImageProblem, match=r"There is no host a\.example\."):
        Internet({"https://a.example/t.png": NoHost("a.example")}).fetch("https://a.example/t.png")
    with pytest.raises(ImageProblem, match="does not answer"):
        Internet({"https://a.example/t.png": TimeoutError()}).fetch("https://a.example/t.png")


def test_redirects_are_judged_like_the_first_address() -> None:
    internet = Internet(
        {
            "https://a.example/1": Fetched(302, b"", "/2"),
            "https://a.example/2": Fetched(301, b"", "https://b.example/3"),
            "https://b.example/3": Fetched(200, b"tacos"),
            "https://a.example/in": Fetched(302, b"", "https://inside.example/t.png"),
            "https://a.example/plain": Fetched(302, b"", "http://b.example/t.png"),
            "https://a.example/round": Fetched(302, b"", "/round"),
        }
    )
    assert internet.fetch("https://a.example/1") == b"tacos"
    for start, sentence in (
        ("in", "private network"),
        ("plain", "not a plain https"),
        ("round", "on and on"),
    ):
        with pytest.raises(ImageProblem, match=sentence):
            internet.fetch(f"https://a.example/{start}")


def test_a_large_answer_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(images, "MAX_BYTES", 4)
    with pytest.raises(ImageProblem, match="at most"):
        Internet({"https://a.example/t.png": Fetched(200, b"tacos")}).fetch("https://a.example/t.png")
