"""The tables of docs/settings.md, printed from the settings themselves."""

from __future__ import annotations

from datetime import timedelta

from pydantic.fields import FieldInfo

from bot.settings.schema import ENVIRONMENT, SECTIONS, format_duration

_NAMED = {"accounts": "accounts.NAME", "labels": 'labels."LABEL"'}  # sections of which there may be several


def format_settings_table() -> str:
    """The two tables of docs/settings.md, as markdown."""
    lines = ["| setting | default | unit | what it is |", "|---|---|---|---|"]
    for section, shape in SECTIONS.items():
        prefix = _NAMED.get(section, section)
        lines += [_row(f"[{prefix}] {name}", info) for name, info in shape.model_fields.items()]
    lines += ["", "| variable | default | what it is |", "|---|---|---|"]
    lines += [
        f"| `{name}` | {_code(default)} | {sentence} |" for name, (default, sentence) in ENVIRONMENT.items()
    ]
    lines.append(
        "| `BYHAND_<ACCOUNT>_<SECRET>` | unset | A secret of an account, such as its password or token. |"
    )
    return "\n".join(lines) + "\n"


def _row(key: str, info: FieldInfo) -> str:
    unit = info.json_schema_extra["unit"] if isinstance(info.json_schema_extra, dict) else ""
    default = "required" if info.is_required() else _code(_toml(info.default))
    return f"| `{key}` | {default} | {unit} | {info.description} |"


def _code(value: str) -> str:
    return f"`{value}`" if value else "unset"


def _toml(value: object) -> str:
    """A default as it would be written in the file; empty for "unset"."""
    match value:
        case None | "":
            return ""
        case bool():
            return str(value).lower()
        case timedelta():
            return f'"{format_duration(value)}"'
        case tuple():
            return f"[{', '.join(map(_toml, value))}]"
        case dict():
            return (
                "{"
                + ", ".join(f"{language} = [{len(words)} words]" for language, words in value.items())
                + "}"
            )
        case str():
            return f'"{value}"'
    return str(value)
