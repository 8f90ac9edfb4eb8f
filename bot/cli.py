"""Every command of `byhand`: parse, call, print.

Imports are inside the commands, because the database, Slack's library and the networks take longer to import than most
commands take to run, and `byhand version` and `--help` should answer at once.

Exit 0 is done, 1 is refused (its sentence on stderr, from the one place that catches: `_Commands`), 2 wrong use.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from bot import __version__

HELP = """Byhand shows your team each social post before it goes out. People approve, edit or stop it.

New here? byhand demo shows all of it on this computer, without an account anywhere."""
NETWORKS = "mastodon, bluesky, facebook, instagram, threads, linkedin, x"


class _Commands(TyperGroup):
    """Where every refusal ends: its sentence on stderr, exit code 1, no traceback."""

    def invoke(self, ctx: Any) -> Any:
        try:
            return super().invoke(ctx)
        except (
            Exception
        ) as error:  # the boundary; what has no sentence is a fault of ours and is raised again
            from bot.shell.refusing import WrongUse, find_sentence

            if (sentence := find_sentence(error)) is None:
                raise
            typer.echo(sentence, err=True)
            raise typer.Exit(2 if isinstance(error, WrongUse) else 1) from None

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """Whoever types what was meant to pause must not think that it holds."""
        try:
            return super().resolve_command(ctx, args)
        except Exception as error:
            from bot.slack.pause.near_miss import read_near_miss

            message = getattr(error, "message", None)  # of a usage error
            if message and args and read_near_miss(args[0].lower(), " ".join(args[1:])) is not None:
                error.message = f"NOT paused. {message}"  # type: ignore[attr-defined]
            raise


app = typer.Typer(
    name="byhand", help=HELP, cls=_Commands, no_args_is_help=True, add_completion=False,
    pretty_exceptions_enable=False, rich_markup_mode=None,
)  # fmt: skip
record = typer.Typer(no_args_is_help=True, help="Export or check the record of who did what.")
app.add_typer(record, name="record")
keys = typer.Typer(no_args_is_help=True, help="The key that encrypts what is kept for each account.")
app.add_typer(keys, name="keys")


def main() -> None:
    def show_fault(*fault: Any) -> None:
        from bot.shell.refusing import print_fault

        print_fault(*fault)

    sys.excepthook = show_fault
    app()


def _print(lines: Iterable[str]) -> None:
    for line in lines:
        typer.echo(line)


# --- the bot itself ----------------------------------------------------------------------------------


@app.command(
    help="Try Byhand on this computer: a pretend Slack, pretend networks, and a post for you to decide."
)
def demo(
    selftest: Annotated[bool, typer.Option("--selftest", help="Play the story without a browser.")] = False,
    port: Annotated[int | None, typer.Option(help="Where the page is served.", min=0, max=65535)] = None,
    no_browser: Annotated[bool, typer.Option("--no-browser", help="Only print the address.")] = False,
) -> None:
    from bot.shell.extras import require_demo

    require_demo()
    if selftest:
        from bot.sandbox import selftest as story

        raise typer.Exit(story.main())
    from bot.sandbox.demo import demo as show

    raise typer.Exit(show(port=port, browser=not no_browser))


@app.command(help="Start the bot and let it work until it is told to stop (Ctrl-C or SIGTERM).")
def run() -> None:
    from bot.shell.running import run_until_told

    run_until_told()


@app.command(
    help="Set Byhand up for your team: asks for channels, hours, people and accounts, and writes byhand.toml."
)
def init(
    force: Annotated[bool, typer.Option("--force", help="Replace the settings file there is.")] = False,
    manifest: Annotated[bool, typer.Option("--manifest", help="Print the Slack app's manifest.")] = False,
    manifest_http: Annotated[
        str, typer.Option(metavar="URL", help="Print it for HTTP mode; URL is the bot's https address.")
    ] = "",
    admin: Annotated[
        bool, typer.Option("--admin", help="Print what your Slack's admin wants to know.")
    ] = False,
) -> None:
    from bot.shell import init as setting_up

    if manifest:
        _print(setting_up.show_manifest())
    elif manifest_http:
        _print(setting_up.show_http_manifest(manifest_http))
    elif admin:
        _print(setting_up.show_admin_page())
    else:
        _print(setting_up.write(force=force))


@app.command(
    help="Look whether everything is in place: tokens, permissions, channels, accounts, approvers, database, key."
)
def check(
    as_json: Annotated[bool, typer.Option("--json", help="For programs: a list of findings.")] = False,
) -> None:
    from bot.shell.checking import check_all

    checked = check_all()
    _print(checked.as_json() if as_json else checked.as_table())
    raise typer.Exit(0 if checked.passed else 1)


@app.command(
    help="Sign an account in, with your browser: whose it is and what it may do is shown, and kept encrypted."
)
def connect(
    network: Annotated[str, typer.Argument(help=f"As the settings name it: {NETWORKS}.")],
    account: Annotated[str, typer.Argument(help="NAME of [accounts.NAME] in the settings.")],
    token: Annotated[
        bool,
        typer.Option(
            "--token", help="Read a token or an app password from standard input, never as an argument."
        ),
    ] = False,
    paste: Annotated[
        bool,
        typer.Option("--paste", help="The browser is on another machine: paste the code that it shows."),
    ] = False,
    replace: Annotated[
        bool,
        typer.Option(
            "--replace",
            help="The account may be another profile than it was: what was approved for that one ends.",
        ),
    ] = False,
    port: Annotated[
        int | None,
        typer.Option(
            "--port",
            min=1024,
            max=65535,
            show_default=False,
            help="The port of this machine that the browser's answer comes to, where a server wants to know it before.",
        ),
    ] = None,
) -> None:
    from bot.shell import connecting

    lines = connecting.connect(
        network, account, token=token, paste=paste, replaces=replace, port=port or 0, tell=typer.echo
    )
    _print(lines)


@app.command(help="Sign an account out: its secret is forgotten, and revoked where the network can.")
def disconnect(
    account: Annotated[str, typer.Argument(help="NAME of [accounts.NAME] in the settings.")],
) -> None:
    from bot.shell import connecting

    _print(connecting.disconnect(account))


# --- plans and posts ---------------------------------------------------------------------------------


class Dates(StrEnum):
    """What is first in dates like 11/04/2026."""

    DAY_FIRST = "day-first"
    MONTH_FIRST = "month-first"


@app.command("import", help="Bring in a plan file. Every row is judged first, and nothing comes in twice.")
def import_plan(
    file: Annotated[
        Path,
        typer.Argument(
            help="A CSV file (Byhand's, Buffer's, Hootsuite's, another tool's), or a zip of one and its images"
        ),
    ],
    account: Annotated[
        list[str] | None, typer.Option(help="For rows that name no account; once for each.")
    ] = None,
    dates: Annotated[Dates | None, typer.Option(help="What is first in dates like 11/04/2026.")] = None,
    partial: Annotated[bool, typer.Option("--partial", help="Take the good rows, leave the others.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would come in.")] = False,
) -> None:
    from bot.shell import importing

    def tell(line: str) -> None:
        typer.echo(line, err=True)

    outcome = importing.import_plan(
        file, accounts=account or [], dates=dates, partial=partial, dry=dry_run, tell=tell
    )
    for line in outcome.remarks:
        tell(line)
    _print(outcome.done())


@app.command(help="See what goes out next, and what still needs a decision.")
def upcoming(
    words: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[today|week|all] [ACCOUNT]", help="How far to look ahead, and for which account."
        ),
    ] = None,
) -> None:
    from bot.shell import looking, printed

    _print(printed.format_upcoming(*looking.list_upcoming(words or [])))


@app.command(help="See how Byhand is doing: whether it runs, what waits for people, how the accounts are.")
def status(
    account: Annotated[
        list[str] | None, typer.Argument(metavar="[ACCOUNT]", help="Without one: everything.")
    ] = None,
) -> None:
    from bot.shell import looking, printed

    _print(printed.format_status(*looking.load_status(account or [])))


# --- the worst day -----------------------------------------------------------------------------------


@app.command(
    help="Stop publishing at once: everything, or one account. Works even when the bot is down.",
    context_settings={"ignore_unknown_options": True},  # "-m recall": a reason, like all that is typed there
)
def pause(
    words: Annotated[
        list[str] | None,
        typer.Argument(metavar="[ACCOUNT] [REASON...]", help="Without an account everything is paused."),
    ] = None,
) -> None:
    from bot.shell import pausing, printed

    _print(printed.to_plain(line) for line in pausing.pause(words or []))


@app.command(
    help="Open publishing again. Nothing is sent by this, and approvals given before the pause have ended."
)
def resume(
    account: Annotated[
        list[str] | None, typer.Argument(metavar="[ACCOUNT]", help="Without one: everything.")
    ] = None,
    yes: Annotated[
        bool, typer.Option("--yes", help="Do it. Without this it only says what it would do.")
    ] = False,
) -> None:
    from bot.shell import pausing, printed

    if yes:
        _print(printed.to_plain(line) for line in pausing.resume(account or []))
        return
    _print(printed.to_plain(line) for line in pausing.preview_resume(account or []))
    raise typer.Exit(2)


# --- the record and the database ---------------------------------------------------------------------


@record.command(help="Export the whole record as lines of JSON, to keep or check elsewhere.")
def export(
    file: Annotated[Path | None, typer.Argument(help="A new file; without one it is printed.")] = None,
) -> None:
    from bot.shell import recording

    _print(recording.export(file))


@record.command(help="Check that nothing was changed or dropped since it was put on record.")
def verify(
    file: Annotated[Path | None, typer.Option(help="An exported record, instead of the database.")] = None,
    head: Annotated[str | None, typer.Option(help="SEQ:HASH, printed earlier and kept elsewhere.")] = None,
) -> None:
    from bot.shell import recording

    _print(recording.verify(file, head))


@keys.command(help="Encrypt every secret with a new key, also while the bot is running.")
def rotate(
    forget: Annotated[
        bool, typer.Option("--forget", help="Drop what no key opens any more; those accounts sign in again.")
    ] = False,
) -> None:
    from bot.shell import keys as rotating

    _print(rotating.rotate(forget=forget))


@app.command(
    help="Update the database's tables to this version. The bot does so when it starts; this does it ahead."
)
def migrate() -> None:
    from bot.shell import database

    _print(database.migrate())


@app.command(help="Copy the database into one file, also while the bot is running.")
def backup(file: Annotated[Path, typer.Argument(help="A new file; nothing is ever written over.")]) -> None:
    from bot.shell import database

    _print(database.backup(file))


@app.command(
    help="Put a backup back. It starts paused, and what may have gone out since is looked up, or people are asked."
)
def restore(
    file: Annotated[
        Path, typer.Argument(help="A backup; on PostgreSQL the dump that pg_restore has put back already.")
    ],
) -> None:
    from bot.shell import restoring

    _print(restoring.restore(file))


@app.command(help="Say which Byhand this is.")
def version() -> None:
    typer.echo(f"byhand {__version__}")


if __name__ == "__main__":  # python -m bot.cli
    main()
