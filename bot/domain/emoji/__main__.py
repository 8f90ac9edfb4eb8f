"""Make `names.json` from the list that Slack's own emoji are named by.

    npm pack emoji-datasource && tar -xf emoji-datasource-*.tgz
    python -m bot.domain.emoji package/emoji.json 16.0.0 > bot/domain/emoji/names.json

The list has other programs' pictures and much more; what we need of it is each short name's characters.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

USAGE = "Usage: python -m bot.domain.emoji emoji.json VERSION"
LICENCE = (
    "From emoji-datasource {version}, the data of iamcal/emoji-data. MIT licence, Copyright (c) 2013 Cal Henderson. "
    "Permission is hereby granted, free of charge, to any person obtaining a copy of this software and associated "
    'documentation files (the "Software"), to deal in the Software without restriction, including without limitation '
    "the rights to use, copy, modify, merge, publish, distribute, sublicense, and/or sell copies of the Software, and "
    "to permit persons to whom the Software is furnished to do so, subject to the following conditions: The above "
    "copyright notice and this permission notice shall be included in all copies or substantial portions of the "
    'Software. THE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR IMPLIED, INCLUDING BUT NOT '
    "LIMITED TO THE WARRANTIES OF MERCHANTABILITY, FITNESS FOR A PARTICULAR PURPOSE AND NONINFRINGEMENT. IN NO EVENT "
    "SHALL THE AUTHORS OR COPYRIGHT HOLDERS BE LIABLE FOR ANY CLAIM, DAMAGES OR OTHER LIABILITY, WHETHER IN AN ACTION "
    "OF CONTRACT, TORT OR OTHERWISE, ARISING FROM, OUT OF OR IN CONNECTION WITH THE SOFTWARE OR THE USE OR OTHER "
    "DEALINGS IN THE SOFTWARE."
)
TONES = ("1F3FB", "1F3FC", "1F3FD", "1F3FE", "1F3FF")


def make_list(emoji: Iterable[Mapping[str, Any]], version: str) -> dict[str, Any]:
    names: dict[str, str] = {}
    tones: dict[str, list[str]] = {}
    for one in emoji:
        shown = _read(one["unified"])
        names |= dict.fromkeys(one["short_names"], shown)
        varied = one.get("skin_variations", {})
        if all(tone in varied for tone in TONES):
            tones[shown] = [_read(varied[tone]["unified"]) for tone in TONES]
    about = LICENCE.format(version=version)
    return {"about": about, "names": dict(sorted(names.items())), "tones": dict(sorted(tones.items()))}


def _read(unified: str) -> str:
    """ "1F44B-1F3FB" → 👋🏻."""
    return "".join(chr(int(point, 16)) for point in unified.split("-"))


if __name__ == "__main__":
    if len(sys.argv) != 3:  # the file, its version
        sys.exit(USAGE)
    listed = make_list(json.loads(Path(sys.argv[1]).read_text(encoding="utf-8")), sys.argv[2])
    sys.stdout.write(json.dumps(listed, ensure_ascii=False, indent=0) + "\n")
