"""All that people read, in one place to be read as a whole; and what must not come back.

The snapshot changes with every new or changed sentence (`pytest tests/test_sentences.py --snapshot-update`): read the
difference as the person would who gets it, out of nowhere, on a phone. Who does what, by when, and what happens if
nobody acts?
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from syrupy.assertion import SnapshotAssertion

from tests.sentences import list_sentences

SCREENS = sorted(Path(__file__).parent.rglob("slack/views/__snapshots__/*.ambr"))
NOT_FOR_PEOPLE = ("slack/ids.py", "settings/schema.py", "sandbox/page/server.py")

# What people read and stumbled over, and what is said instead.
NEVER = {
    r"must be true or false": "write true or false",
    r"\bgraphemes?\b": "characters",
    r"\ballows [\d{][^;]*; this is": "Too long for Mastodon: 607 of 500 characters, a link counts as 23",
    r"127\.0\.0\.1|localhost": "the account's title",
    r"[Mm]issed its (?!slot\b|time\b)\S": "Missed its slot today at 18:55",
    r"\bpost now (?:a|this) post\b|\btake down (?:a|this) post\b": "post it now",
    r"\bon no account\b": "it is not published anywhere",
    r"[Ww]aits? whole": "Bluesky is paused, so this post waits",
    r"\bOnly from\b": "Take down from Bluesky only",
    r"Talk here freely": "Only your team sees the thread",
    r"It is not a lock|answer all the same": "You can still answer",
    r"\bis no (?:full member|line of|CSV)\b|\bIt is no address\b": "is not a …",
    r"\b[Mm]end (?:those|the above|it) first\b|\bto mend\b": "fix",
    r"\banew\b": "again",
    r"(?<![.\s/“\"])\.\.(?![./\"”])": "one full stop",
    r"\b(?:quorum|epoch|digest|preflight)\b": "the team's words, not ours",
}
OURS = {r"\banew\b", r"127\.0\.0\.1|localhost"}  # on screens these may be a person's own words


def test_every_sentence(snapshot: SnapshotAssertion) -> None:
    told = [
        f"{module}\n" + "\n".join(f"  {said}" for said in found) for module, found in list_sentences().items()
    ]
    assert "\n".join(told) == snapshot


@pytest.mark.parametrize("phrase", NEVER)
def test_what_people_stumbled_over_does_not_come_back(phrase: str) -> None:
    pattern = re.compile(phrase)
    found = [
        f"{module}: {said}"
        for module, sentences in list_sentences().items()
        if module not in NOT_FOR_PEOPLE
        for said in sentences
        if pattern.search(said)
    ]
    assert found == [], f"say rather: {NEVER[phrase]}"


@pytest.mark.parametrize("phrase", sorted(set(NEVER) - OURS))
def test_nor_put_together_on_a_screen(phrase: str) -> None:
    """Some come about only where two pieces meet: "try again.. Bluesky"."""
    assert len(SCREENS) > 3
    pattern = re.compile(phrase)
    found = [
        f"{screen.name}: {line.strip()}"
        for screen in SCREENS
        for line in screen.read_text(encoding="utf-8").splitlines()
        if pattern.search(line) and not line.startswith("# name:")
    ]
    assert found == [], f"say rather: {NEVER[phrase]}"


def test_the_list_is_whole() -> None:
    """One of each kind: a refusal, a card's line, a button, a check, a setting's mend, a network's word, help."""
    found = {said for sentences in list_sentences().values() for said in sentences}
    for said in (
        "You have approved this version already.",
        "If nobody decides, it is not published.",
        "Kill",
        "The user group {each} is empty.",
        "Write true or false, without quotes.",
        "{who} does not take {name_type picture.media_type} images.",
        "Start the bot and let it work until it is told to stop (Ctrl-C or SIGTERM).",
        "Nobody is waiting here any more.",
    ):
        assert said in found, said
