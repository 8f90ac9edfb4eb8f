"""Signing in on a page of the network: the browser of this machine brings the answer, or a person pastes it."""

from __future__ import annotations

import threading
import webbrowser
from collections.abc import Callable
from contextlib import suppress
from pathlib import PurePath

from bot.networks.protocol import AccountSettings
from bot.networks.signin import oauth
from bot.networks.signin.listener import Listener
from bot.networks.signin.protocol import BrowserSignIn, Granted, NotGranted

Tell = Callable[[str], None]  # prints a line
PATIENCE = 180.0  # seconds for a person to say yes or no
_IN_THE_TERMINAL = frozenset({"www-browser", "links", "elinks", "lynx", "w3m"})  # they would take it from us


def sign_in(way: BrowserSignIn, account: AccountSettings, command: str, tell: Tell) -> Granted:
    """`command`: what was typed. Raises NotGranted."""
    with _listen(command) as listener:
        asking = way.ask(account, listener.address)
        listener.expect(asking.state)
        _ask_to_open(tell, asking.link, "a browser on this machine")
        tell(
            f"Byhand waits {PATIENCE / 60:.0f} minutes for the answer. Is the browser on another machine? Then press "
            f"Ctrl-C and type {command} --paste."
        )
        _open(asking.link)
        query = listener.wait(PATIENCE)
        turned_away = listener.turned_away
    if query is None:
        came = "Only answers to another sign-in came" if turned_away else "No answer came"
        raise NotGranted(
            f"{came} within {PATIENCE / 60:.0f} minutes, so Byhand does not wait any more. Type it again for a new "
            "link; if the browser is on another machine, with --paste."
        )
    return way.exchange(account, asking, oauth.read_code(asking, query))


def sign_in_by_paste(
    way: BrowserSignIn, account: AccountSettings, read: Callable[[str], str], tell: Tell
) -> Granted:
    """`read` asks for one word and returns it. Raises NotGranted, and what `read` raises."""
    asking = way.ask(account, way.shows_code)
    _ask_to_open(tell, asking.link, "any browser")
    typed = read("Paste the code it shows then, or the whole address of the page you come to: ")
    return way.exchange(account, asking, oauth.read_pasted(asking, typed))


def _listen(command: str) -> Listener:
    try:
        return Listener()
    except OSError as error:
        raise NotGranted(
            f"Byhand cannot listen on this machine for the browser's answer ({error.strerror}). Type {command} --paste."
        ) from error


def _ask_to_open(tell: Tell, link: str, where: str) -> None:
    tell(
        f"Open this page in {where}, signed in as the account, and allow Byhand what it asks for:\n\n  {link}\n"
    )


def _open(link: str) -> None:
    """If there is a browser with a window of its own. Some take as long as they are open."""
    with suppress(webbrowser.Error):
        found = getattr(webbrowser.get(), "name", "")
        if PurePath(str(found)).name not in _IN_THE_TERMINAL:
            threading.Thread(target=webbrowser.open, args=(link,), name="browser", daemon=True).start()
