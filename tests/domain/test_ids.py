"""Ids: text that sorts in the order of its making."""

from datetime import timedelta

from bot.domain.ids import make_id
from tests.backend import MORNING


def test_made_in_one_moment_they_keep_their_order() -> None:
    made = [make_id(MORNING) for _ in range(200)]
    assert made == sorted(made)
    assert len(set(made)) == 200
    assert {len(one) for one in made} == {26}


def test_a_clock_that_steps_back_does_not_put_the_new_before_the_old() -> None:
    later = make_id(MORNING + timedelta(days=400))
    assert make_id(MORNING) > later
