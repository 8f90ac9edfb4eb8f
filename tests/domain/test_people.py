"""Stopping is everyone's, starting is named people's."""

from __future__ import annotations

import pytest

from bot.domain.people import Person, Right, Role, make_shell_person

RIGHTS = (Right.STOP, Right.TEAM, Right.APPROVE)


@pytest.mark.parametrize(
    ("role", "approver", "may"),
    [
        (Role.MEMBER, False, (True, True, False)),
        (Role.MEMBER, True, (True, True, True)),
        (Role.GUEST, False, (False, False, False)),
        (Role.GUEST, True, (False, False, False)),
        (Role.OUTSIDER, True, (False, False, False)),
        (Role.UNKNOWN, False, (True, False, False)),
        (Role.UNKNOWN, True, (True, False, False)),
        (Role.COMMAND_LINE, False, (True, True, False)),
    ],
)
def test_who_may_what(role: Role, approver: bool, may: tuple[bool, ...]) -> None:
    person = Person("U1", "Tom", role, approver)
    assert tuple(person.may(right) for right in RIGHTS) == may


def test_whoever_is_at_the_shell() -> None:
    ada = make_shell_person("ada", "host")
    assert (ada.id, ada.role, ada.may(Right.STOP), ada.may(Right.APPROVE)) == (
        "cli:ada@host", Role.COMMAND_LINE, True, False,
    )  # fmt: skip
