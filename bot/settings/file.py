"""Reads byhand.toml; every mistake in it becomes a `Problem` that says how to fix it.

pydantic validates what `tomllib` read. A settings class that merges sources would also take keys of its own
(`_env_file`) from the file, where every unknown key has to be an error.
"""

from __future__ import annotations

import difflib
import json
import re
import tomllib
from pathlib import Path

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from bot.settings.schema import SECTIONS, File, Problem, Unusable


def read_file(path: Path) -> tuple[File, list[Problem]]:
    """The file as it stands; where parts are wrong, the defaults and the problems."""
    try:
        text = path.read_bytes().decode("utf-8-sig").replace("\r\n", "\n").replace("\r", "\n")
        document = tomllib.loads(text)
        return File.model_validate(document), []
    except FileNotFoundError:
        sentence, mend = "There is no such settings file.", "Run `byhand init`, or set BYHAND_CONFIG."
    except OSError as problem:
        sentence, mend = f"The settings file cannot be read: {problem.strerror}.", "Check its permissions."
    except UnicodeDecodeError as problem:
        line = problem.object.count(b"\n", 0, problem.start) + 1
        sentence, mend = f"Line {line} is not UTF-8.", "Save the file as UTF-8."
    except tomllib.TOMLDecodeError as problem:
        sentence, mend = f"This is not TOML: {problem}.", _mend(text)
    except ValidationError as invalid:
        return File(), [_problem(path.name, error) for error in invalid.errors(include_url=False)]
    return File(), [Problem(path.name, "", sentence, mend)]


def _mend(text: str) -> str:
    """For what an editor or a web page adds, and TOML does not know."""
    for number, line in enumerate(text.split("\n"), start=1):
        if odd := re.search(r"[\u00a0\u2000-\u200b\u202f\u3000\ufeff]", line.partition("#")[0]):
            what = "a no-break space" if odd.group() == "\u00a0" else "an unusual space"
            return f"Line {number} has {what}: type a plain space instead."
    if re.search(r"[=\[,]\s*[“”„‘’]", text):
        return 'Use straight quotes: ".'
    return "Texts need quotes, lists square brackets."


_PLAIN = {
    "string_type": ("It is not a text.", "Put it in quotes."),
    "bool_type": ("It is neither true nor false.", "Write true or false, without quotes."),
    "int_type": ("It is not a whole number.", "Write a number, without quotes."),
    "tuple_type": ("It is not a list.", 'Write it in square brackets: ["one", "two"].'),
    "dict_type": ("It is not a section.", "Write it as a [section] of its own."),
    "model_type": ("It is not a section.", "Write it as a [section] of its own."),
    "greater_than": ("It is too short.", 'Write a duration such as "30m".'),
}


def _problem(file: str, error: ErrorDetails) -> Problem:
    where = tuple(map(str, error["loc"]))
    key = _key(where)
    context = error.get("ctx", {})
    if error["type"] == "extra_forbidden":
        return Problem(file, key, "There is no such setting.", _suggest(where))
    if isinstance(unusable := context.get("error"), Unusable):
        return Problem(file, key, str(unusable), unusable.mend)
    if error["type"] == "missing":
        whose = "label that is named here" if where[0] == "labels" else "account"
        return Problem(file, key, "It is not set.", f"Every {whose} needs it.")
    if error["type"] == "greater_than_equal":
        return Problem(file, key, f"It must be at least {context['ge']}.", "Write a larger number.")
    if error["type"] == "literal_error":
        return Problem(file, key, "It is not one of the choices.", f"Write {context['expected']}.")
    sentence, mend = _PLAIN.get(error["type"], (f"It cannot be used: {error['msg']}.", ""))
    return Problem(file, key, sentence, mend)


def _key(where: tuple[str, ...]) -> str:
    """("team", "approvers", "0") → "[team] approvers"; ("accounts", "x") → "[accounts.x]"; ("labels", "Winter drive") →
    '[labels."Winter drive"]'."""
    depth = 2 if where[0] in ("accounts", "labels") else 1
    names = [
        json.dumps(name, ensure_ascii=False) if where[0] == "labels" else name for name in where[1:depth]
    ]
    section = f"[{'.'.join((where[0], *names))}]"
    return f"{section} {where[depth]}" if len(where) > depth else section


def _suggest(where: tuple[str, ...]) -> str:
    known = list(SECTIONS) if len(where) == 1 else list(SECTIONS[where[0]].model_fields)
    if re.search(r"token|secret|password|key$", where[-1]):
        return "Secrets are read from the environment only: take it out of the file."
    if close := difflib.get_close_matches(where[-1], known, n=1, cutoff=0.5):
        return f"Did you mean {close[0]}?"
    return f"Known here: {', '.join(known)}."
