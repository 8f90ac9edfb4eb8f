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
Redeem = Callable[[], Granted]  # hands the code over, once. Raises NotGranted
PATIENCE = 180.0  # seconds for a person to say yes or no
_IN_THE_TERMINAL = frozenset({"www-browser", "links", "elinks", "lynx", "w3m"})  # they would take it from us


def sign_in(way: BrowserSignIn, account: AccountSettings, command: str, tell: Tell, port: int = 0) -> Redeem:
    """`command`: what was typed. `port`: where the answer comes to; 0: to one that is free. Raises NotGranted."""
    elsewhere = f"{command} {'--paste' if way.shows_code else '--token'}"
    with _listen(elsewhere, port or way.port) as listener:
        asking = way.ask(account, listener.address)
        listener.expect(asking.state)
        _ask_to_open(tell, asking.link, "a browser on this machine")
        tell(
            f"Byhand waits {PATIENCE / 60:.0f} minutes for the answer. Is the browser on another machine? Then press "
            f"Ctrl-C and type {elsewhere}."
        )
        _open(asking.link)
        query = listener.wait(PATIENCE)
        turned_away = listener.turned_away
    if query is None:
        came = "Only answers to another sign-in came" if turned_away else "No answer came"
        raise NotGranted(
            f"{came} within {PATIENCE / 60:.0f} minutes, so Byhand does not wait any more. Type it again for a new "
            f"link; if the browser is on another machine, type {elsewhere}."
        )
    code = oauth.read_code(asking, query)
    return lambda: way.exchange(account, asking, code)


def sign_in_by_paste(
    way: BrowserSignIn, account: AccountSettings, read: Callable[[str], str], tell: Tell
) -> Redeem:
    """`read` asks for one word and returns it. Raises NotGranted, and what `read` raises."""
    if not way.shows_code:
        raise NotGranted(
            "A code of this network ends within seconds, too soon to be pasted. Sign in with the browser of this "
            "machine, or use --token."
        )
    asking = way.ask(account, way.shows_code)
    _ask_to_open(tell, asking.link, "any browser")
    typed = read("Paste the code it shows then, or the whole address of the page you come to: ")
    code = oauth.read_pasted(asking, typed)
    return lambda: way.exchange(account, asking, code)


def _listen(elsewhere: str, port: int) -> Listener:
    try:
        return Listener(port)
    except OSError as error:
        if port:
            raise NotGranted(
                f"Byhand cannot listen on port {port} of this machine ({error.strerror}). Choose another one with "
                "--port."
            ) from error
        raise NotGranted(
            f"Byhand cannot listen on this machine for the browser's answer ({error.strerror}). Type {elsewhere}."
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
