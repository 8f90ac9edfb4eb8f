"""How a post is named in a refusal and in the record: nobody knows it by its number."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.domain.posts import Body, Image
from bot.services.posts import drafts, edit, review
from bot.services.posts.edit import Changes
from bot.services.queries import history, new_post
from bot.services.wording import begin_with, make_state_sentence, name_post, quote_post
from tests.backend import MAYA, TOM, Backend, key

LOAF = (Image("a" * 64, "A loaf"),)


@pytest.mark.parametrize(
    ("body", "name"),
    [
        (Body(("bakery",), "Rye today"), "“Rye today”"),
        (Body(("bakery", "cafe"), "", variants={"cafe": "Rye & rolls"}), "“Rye & rolls”"),
        (Body(("bakery",), "", images=LOAF), "a post without text (post 1)"),
        (
            Body(("bakery",), " \u200b", variants={"cafe": "of no account of it"}),
            "a post without text (post 1)",
        ),
    ],
)
def test_by_its_words_wherever_it_has_any(sqlite_backend: Backend, body: Body, name: str) -> None:
    post = sqlite_backend.post(sqlite_backend.plan("Bread"))
    assert quote_post(replace(post, version=replace(post.version, body=body))) == name


def test_a_sentence_begins_with_a_capital() -> None:
    assert begin_with("a post without text (post 4)") == "A post without text (post 4)"
    assert begin_with("“rye”") == "“rye”"


def test_what_is_gone_has_no_words(sqlite_backend: Backend) -> None:
    assert sqlite_backend.services.look(name_post, "nowhere") == "a post"
    assert sqlite_backend.services.look(new_post.name_original, "nowhere") == ""


def test_a_copy_is_one_of_words_whatever_became_of_them(sqlite_backend: Backend) -> None:
    """Seen: "as a copy of post 1"."""
    seen = sqlite_backend.plan("Rye today")
    copy = sqlite_backend.services.do(drafts.duplicate, MAYA, seen.post_id, key())
    (line,) = sqlite_backend.services.look(history.list_history, copy.id)
    assert line.words == "Made this draft as a copy of “Rye today”"
    assert sqlite_backend.services.look(new_post.name_original, seen.post_id) == "“Rye today”"


def test_what_happened_to_a_post_is_a_sentence_about_it(sqlite_backend: Backend) -> None:
    """Seen: "“Bread”: It has a new time by Tom at 08:21", which is not the new time."""
    backend = sqlite_backend
    seen = backend.plan("Bread", minutes=25 * 60)

    def tell(name: str = "it") -> str:
        return backend.services.look(make_state_sentence, seen.post_id, name)

    assert tell("“Bread”") == "“Bread” was scheduled by a colleague at 09:00, for 10:00 on Wed 25 Nov."
    backend.services.do(edit.save_edit, TOM, seen, Changes("Rolls", backend.post(seen).slot), key())
    told = (
        "A colleague changed {} at 09:00. It was scheduled by a colleague at 09:00, for 10:00 on Wed 25 Nov."
    )
    assert [tell(), tell("“Rolls”")] == [told.format("it"), told.format("“Rolls”")]
    backend.push(minutes=1)
    backend.services.do(review.hold, MAYA, backend.now_seen(seen), key())
    assert tell("“Rolls”").startswith("“Rolls” was put on hold by")
