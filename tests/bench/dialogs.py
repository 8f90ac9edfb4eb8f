"""The first answer of each dialog while sixteen connections decide: from the press to the dialog in Slack, by HTTP."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from bot.sandbox.slack.interact import Act
from bot.sandbox.slack.server import SlackServer
from bot.services.posts import create
from bot.slack import ids
from tests.bench.byhand import AUTHOR, Byhand
from tests.bench.children import Child
from tests.bench.decisions import ACCOUNTS, MANY, MAYA, Clicks, seed
from tests.bench.figures import Figure, under

LIMIT = 1000  # ms
Press = Callable[[SlackServer, str], Act]


def _command(typed: str) -> Press:
    return lambda slack, _post: slack.people.command(AUTHOR, "C0SOCIAL", "/social", typed)


def _home(act: ids.Act, value: str = "") -> Press:
    """A button of Home; its value is the post, where there is no other."""

    def press(slack: SlackServer, post: str) -> Act:
        pressed: dict[str, Any] = {
            "type": "button", "action_id": act.value, "block_id": "b", "value": value or post,
        }  # fmt: skip
        return slack.people.press_view(AUTHOR, None, pressed, {})

    return press


DIALOGS: Mapping[str, Press] = {
    "New post": _command("new Fresh bread"),
    "Edit": _home(ids.Act.HOME_EDIT),
    "Pick a new time": _home(ids.Act.HOME_PICK_TIME),
    "a day of the week": _home(ids.Act.HOME_DAY, f"{datetime.now(UTC) + timedelta(days=1):%Y-%m-%d}"),
    "Drafts": _home(ids.Act.ALL_DRAFTS, "-"),
    "I'm away": _command("away"),
}


def measure(folder: Path, slack: SlackServer, *, quick: bool) -> Iterator[Figure]:
    count = 300 if quick else 3000
    accounts = {f"bakery{number}": "token" for number in range(ACCOUNTS)}
    byhand = Byhand(folder / "dialogs", slack, network="http://127.0.0.1:9", accounts=accounts)
    services = byhand.open_services()
    posts, card = seed(services, slack, count)
    wanted = create.NewPost(("bakery1",), "Tomorrow's bread", datetime.now(UTC) + timedelta(days=1))
    post = services.do(create.add_post, MAYA, wanted, created_by=MAYA.id)
    services.store.close()
    requests = folder / "requests"
    Clicks(posts, card, slack.signing_secret).write(requests, count)
    took: dict[str, list[float]] = {name: [] for name in DIALOGS}
    try:
        byhand.start()
        slack.deliver_over_http(f"http://127.0.0.1:{byhand.port}/slack/events")
        with Child("tests.bench.load", log=folder / "load.log") as load, ThreadPoolExecutor(1) as beside:
            load.hear()
            slack.people.open_home(AUTHOR)
            assert slack.wait_until(lambda: AUTHOR in slack.workspace.homes, 30), "no Home came"
            busy = beside.submit(
                load.ask, host="127.0.0.1", port=byhand.port, file=str(requests), connections=MANY
            )
            while not busy.done():
                for name, press in DIALOGS.items():
                    took[name].append(_open(slack, press, post.id))
            assert not busy.result()["bad_count"], busy.result()["bad"]
    finally:
        byhand.stop()
    for name, times in took.items():
        label = f"dialog “{name}” beside {MANY} busy connections: largest of {len(times)}"
        yield under(label, max(times), LIMIT, "ms")


def _open(slack: SlackServer, press: Press, post: str) -> float:
    """Milliseconds; the dialog is closed again."""
    began = time.perf_counter()
    act = press(slack, post)
    took = (time.perf_counter() - began) * 1000
    assert act.ok, act.error
    open_now = slack.workspace.modals[AUTHOR]
    assert open_now, "no dialog came"
    slack.people.close(AUTHOR, open_now[-1].id)
    return took
