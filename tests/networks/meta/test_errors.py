"""What each of Meta's error bodies means, and what its headers say of the throttle."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bot.domain.outcomes import Later, NeedsLogin, NotSent, Outcome, Refused, Unknown
from bot.networks.http import Answer, Lost, Unsent
from bot.networks.meta import errors
from bot.services.accounts.connections import to_account_settings
from bot.settings.account_entry import AccountEntry

DATE = {"date": "Fri, 20 Nov 2026 09:00:00 GMT"}
START = datetime(2026, 11, 20, 9, tzinfo=UTC)


def answer(code: object, subcode: object = None, status: int = 400, **headers: Any) -> Answer:
    found: dict[str, Any] = {
        "message": "(#1) Words",
        "type": "OAuthException",
        "code": code,
        "is_transient": True,
    }
    body = {"error": found | ({} if subcode is None else {"error_subcode": subcode})}
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Answer(status, DATE | named, json.dumps(body).encode())


def judge(code: object, subcode: object = None, status: int = 400) -> Outcome:
    return errors.judge(answer(code, subcode, status))


@pytest.mark.parametrize("code", [4, 17, 32, 341, 613, 80001, 80002, 80003, 80004, 80005, 80006, 1390008])
def test_a_throttle_is_later(code: int) -> None:
    assert judge(code) == Later("(#1) Words", None, 400)


@pytest.mark.parametrize(
    ("code", "subcode"),
    [(1, None), (2, None), (-1, None), (2, 2207051), (4, 2207051), (20, 1772107), (100, 1772107), (31337, None),
     (506, None), (100, 1366051), (100.0, None), ("190", None), (None, None)],
)  # fmt: skip
def test_what_may_have_been_done_is_unknown(code: object, subcode: object) -> None:
    """Whatever `is_transient` says; also what was seen with the post in place, what says that it is there already, and
    what nobody knows."""
    assert isinstance(judge(code, subcode), Unknown)


@pytest.mark.parametrize("code", [100, 368, 1346003, 1366046, 1404078, 4854002, 1404112, 10, 200, 230, 299])
def test_what_is_on_the_list_is_refused(code: int) -> None:
    outcome = judge(code)
    assert isinstance(outcome, Refused), outcome
    assert (outcome.code, outcome.http_status) == (str(code), 400)
    assert outcome.reason.startswith("(#1) Words")


@pytest.mark.parametrize(
    ("code", "subcode", "words"),
    [
        (368, 1390008, "trying again makes it longer"),
        (1404112, None, "trying again makes it longer"),
        (10, None, "withdrawn after 90 days"),
        (210, None, "withdrawn after 90 days"),
        (4854002, None, "prove who it is"),
        (100, 1404078, "prove who it is"),
    ],
)
def test_a_refusal_says_what_helps(code: int, subcode: int | None, words: str) -> None:
    outcome = judge(code, subcode)
    assert isinstance(outcome, Refused), outcome
    assert words in outcome.reason


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("(#10) No permission", "(#10) No permission. The token lacks"),
        ("No permission.", "No permission. The token lacks"),
        ("Are you allowed?", "Are you allowed? The token lacks"),
    ],
)
def test_what_helps_is_a_sentence_of_its_own(said: str, shown: str) -> None:
    body = json.dumps({"error": {"message": said, "code": 10}}).encode()
    outcome = errors.judge(Answer(400, DATE, body))
    assert isinstance(outcome, Refused)
    assert outcome.reason.startswith(shown)


@pytest.mark.parametrize("subcode", [None, 458, 459, 460, 463, 464, 467, 490, 492])
def test_a_token_that_does_not_hold_needs_a_person(subcode: int | None) -> None:
    outcome = judge(190, subcode)
    assert isinstance(outcome, NeedsLogin), outcome
    assert (outcome.mend is not None) is (subcode in {459, 464, 490, 492})
    assert isinstance(judge(102), NeedsLogin)


@pytest.mark.parametrize("status", [200, 201, 301, 500, 503])
@pytest.mark.parametrize("code", [190, 100, 32, 1])
def test_an_error_inside_another_status_is_unknown(status: int, code: int) -> None:
    assert isinstance(judge(code, status=status), Unknown)


@pytest.mark.parametrize("subcode", [4, 17, 32, 190, 613])
def test_a_short_subcode_means_nothing_beside_another_code(subcode: int) -> None:
    assert isinstance(judge(100, subcode), Refused)


@pytest.mark.parametrize(
    ("status", "body", "expected"),
    [
        (200, b"<html>Welcome</html>", Unknown),
        (400, b"<html>Blocked by a firewall</html>", Unknown),
        (401, b"<html>Who are you?</html>", Unknown),
        (404, b"<html>Not here</html>", Unknown),
        (429, b"<html>slow down</html>", Later),
        (400, b'{"error": "invalid_token"}', Unknown),
        (400, b'{"error": {"message": "no code"}}', Unknown),
        (400, b'{"error": []}', Unknown),
        (400, b"[" * 100_000, Unknown),
        (400, b'{"error": {"code": ' + b"9" * 5000 + b"}}", Unknown),
    ],
)
def test_what_is_no_body_of_metas_is_no_answer(status: int, body: bytes, expected: type) -> None:
    assert isinstance(errors.judge(Answer(status, DATE, body)), expected)


def test_without_an_answer() -> None:
    assert errors.judge(Unsent("no way")) == NotSent("no way")
    assert errors.judge(Lost("hung up", 200)) == Unknown("hung up", 200)


def use(*minutes: object) -> str:
    found = [{"type": "pages", "call_count": 100, "estimated_time_to_regain_access": one} for one in minutes]
    return json.dumps({"61550000000001": found})


@pytest.mark.parametrize(
    ("headers", "after"),
    [
        ({"x_business_use_case_usage": use(20)}, timedelta(minutes=20)),
        ({"x_business_use_case_usage": use(0, 5, 90)}, timedelta(minutes=90)),
        ({"x_business_use_case_usage": use(0)}, None),
        ({"x_business_use_case_usage": use("20", None, -3)}, None),
        ({"x_business_use_case_usage": use(10**9)}, None),
        ({"x_business_use_case_usage": use(10**400)}, None),
        ({"x_business_use_case_usage": "[" * 90_000}, None),
        ({"x_business_use_case_usage": "[1]"}, None),
        ({"x_business_use_case_usage": '{"1": {"a": 2}, "2": [3]}'}, None),
        ({"retry_after": "60"}, timedelta(minutes=1)),
        ({}, None),
    ],
)
def test_until_when_a_throttle_lasts(headers: dict[str, Any], after: timedelta | None) -> None:
    outcome = errors.judge(answer(32, **headers))
    assert isinstance(outcome, Later)
    assert outcome.at == (START + after if after else None)


def test_what_is_gone_is_told_by_code_and_subcode() -> None:
    assert errors.says_gone(answer(100, 33))
    assert not errors.says_gone(answer(100, 33, 200))
    assert not errors.says_gone(answer(100))
    assert not errors.says_gone(Answer(404, DATE, b"<html>Not here</html>"))
    assert not errors.says_gone(Lost("hung up"))


def test_a_token_that_the_server_repeats_is_shown_to_nobody() -> None:
    """Facebook does: "Malformed access token EAA…"; also where its end is cut off."""
    account = to_account_settings(AccountEntry("dock", "facebook"), {"TOKEN": "EAA" + "x" * 400})
    said = {"message": f"Malformed access token {account.secrets['TOKEN']}", "code": 190}
    outcome = errors.judge(Answer(400, DATE, json.dumps({"error": said}).encode()))
    assert outcome == NeedsLogin("Malformed access token [hidden]", 400)
    page = Answer(500, DATE, f"<p>You sent {account.secrets['TOKEN']}".encode())
    assert errors.judge(page) == Unknown("The server answered 500: You sent [hidden]", 500)
