"""Where images come from: the plan's own folder and the open internet, and nowhere else."""

from __future__ import annotations

import os
import unicodedata
from contextlib import suppress
from pathlib import Path
from typing import Literal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.networks import addresses
from bot.networks.addresses import NoHost, NotPublic
from bot.services.images import sources
from bot.services.images.image_checks import ImageProblem
from bot.services.images.sources import Fetched, fetch_image, is_below, split_references
from bot.services.plans.plan_images import fetch_over_http

FORMS: tuple[Literal["NFC", "NFD"], ...] = ("NFC", "NFD")


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


def test_a_path_as_windows_writes_it_is_told_how_to_write_it(plans: Path) -> None:
    """It was "not a path below the plan file", which it is."""
    with pytest.raises(ImageProblem, match="has backslashes") as said:
        Internet().fetch("pics\\tacos.png", plans)
    assert said.value.mend == 'Write "pics/tacos.png".'


@pytest.mark.parametrize(
    "reference",
    [
        "../secret.png",
        "pics/../../secret.png",
        "/etc/passwd",
        "C:\\a.png",
        "c:/a.png",
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


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("written", FORMS)
def test_a_name_is_found_by_its_letters(
    plans: Path, form: Literal["NFC", "NFD"], written: Literal["NFC", "NFD"]
) -> None:
    """macOS took "ö" apart: "There is no file Brötchen.png. Did you mean Brötchen.png?\""""
    folder = plans / unicodedata.normalize(form, "Körbe")
    folder.mkdir()
    (folder / unicodedata.normalize(form, "Brötchen.png")).write_bytes(b"rolls")
    assert Internet().fetch(unicodedata.normalize(written, "Körbe/Brötchen.png"), plans) == b"rolls"
    with pytest.raises(ImageProblem) as missing:
        Internet().fetch(unicodedata.normalize(written, "Körbe/Brötchn.png"), plans)
    assert missing.value.mend == "Did you mean Körbe/Brötchen.png?"


def test_of_two_spellings_the_one_that_was_written_counts(plans: Path) -> None:
    for form in FORMS:
        (plans / unicodedata.normalize(form, "ö.png")).write_bytes(form.encode())
    for form in FORMS:
        assert Internet().fetch(unicodedata.normalize(form, "ö.png"), plans) == form.encode()


@pytest.mark.parametrize(
    "reference",
    [
        "https://a.example/1.png https://a.example/2.png",
        "https://a.example/1.png,https://a.example/2.png",
        "https://a.example/1.png\nhttps://a.example/2.png",
        "a.png b.png",
        "a.png; b.jpg",
        "https://a.example/1.png a.png",
    ],
)
def test_two_images_in_a_cell_are_two(plans: Path, reference: str) -> None:
    """Two addresses ended the import with a traceback, and then were refused."""
    first, second = split_references(reference, lambda name: is_below(plans, name))
    assert first + second == "".join(part for part in reference.replace(";", ",").replace(",", " ").split())


@pytest.mark.parametrize("reference", ["a loaf of bread", "a.png of Maya", "a.png", ""])
def test_a_name_with_spaces_is_one(reference: str) -> None:
    assert split_references(reference, lambda _name: False) == [reference]


def test_a_name_may_look_like_two(plans: Path) -> None:
    (plans / "a.png b.png").write_bytes(b"both")
    assert split_references("a.png b.png", lambda name: is_below(plans, name)) == ["a.png b.png"]
    assert Internet().fetch("a.png b.png", plans) == b"both"


def test_a_redirect_to_what_is_no_address_is_told() -> None:
    internet = Internet({"https://a.example/1": Fetched(302, b"", "https://[::1/2")})
    with pytest.raises(ImageProblem, match="leads to no address"):
        internet.fetch("https://a.example/1")


@settings(deadline=None, max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.text(max_size=300)
    | st.text("ahttps:/.@[]%\\ ~?#é\u0301\u200b\x00\n", max_size=60)
    | st.text("a.:[]%@/ é\u200b\x7f", max_size=30).map("https://".__add__)
)
def test_whatever_stands_in_the_cell_is_told_in_a_sentence(plans: Path, reference: str) -> None:
    """With the client that is used: its own words for what is no address are another exception."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(addresses, "resolve", lambda _host, _port: [])
        with suppress(ImageProblem):
            fetch_image(reference, plans, fetch_over_http)


def test_a_large_file_is_not_read_whole(plans: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sources, "MAX_BYTES", 4)
    with pytest.raises(ImageProblem, match="at most"):
        Internet().fetch("pics/tacos.png", plans)


def test_without_a_folder_only_addresses_are_taken() -> None:
    with pytest.raises(ImageProblem, match="none came with the plan"):
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
        ("round", "again and again"),
    ):
        with pytest.raises(ImageProblem, match=sentence):
            internet.fetch(f"https://a.example/{start}")


def test_a_large_answer_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sources, "MAX_BYTES", 4)
    with pytest.raises(ImageProblem, match="at most"):
        Internet({"https://a.example/t.png": Fetched(200, b"tacos")}).fetch("https://a.example/t.png")
