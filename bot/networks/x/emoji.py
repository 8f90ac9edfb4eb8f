"""Emoji that X counts as one sign, whatever they are made of.

twitter-text 3 knows those of Emoji 12 (Unicode's list of 2019). How many of the newer composed ones X itself knows by
now, nobody has said: such a one, as a heart on fire, counts by its parts here, and so no text is longer for X than it
is for us. A newer one that is a single sign needs nothing: it weighs 2 as such.
"""

from __future__ import annotations

import regex

_FLAGS = (  # two letters each
    "acadaeafagaialamaoaqarasatauawaxazbabbbdbebfbgbhbibjblbmbnbobqbrbsbtbvbwbybzcacccdcfcgchcickclcmcncocpcrcu"
    "cvcwcxcyczdedgdjdkdmdodzeaeceeegehereseteufifjfkfmfofrgagbgdgegfggghgiglgmgngpgqgrgsgtgugwgyhkhmhnhrhthuic"
    "idieiliminioiqirisitjejmjojpkekgkhkikmknkpkrkwkykzlalblclilklrlsltlulvlymamcmdmemfmgmhmkmlmmmnmompmqmrmsmt"
    "mumvmwmxmymznancnenfngninlnonpnrnunzompapepfpgphpkplpmpnprpsptpwpyqarerorsrurwsasbscsdsesgshsisjskslsmsnso"
    "srssstsvsxsysztatctdtftgthtjtktltmtntotrtttvtwtzuaugumunusuyuzvavcvevgvivnvuwfwsxkyeytzazmzw"
)
_REGIONS = ("gbeng", "gbsct", "gbwls")  # of the black flag
_LETTER, _TAG, _LAST_TAG = 0x1F1E6 - ord("a"), 0xE0000, "\U000e007f"

_SKIN = r"\p{Emoji_Modifier}"
_SINCE = r"\U0001F90C\U0001F977\U0001FA00-\U0001FAFF"  # newer, of those that take a skin
_TAKES_SKIN = rf"[\p{{Emoji_Modifier_Base}}--[👪👯💏💑🤝🤼{_SINCE}]]"
_SIGN = (
    rf"{_TAKES_SKIN}{_SKIN}|\p{{Emoji_Presentation}}|[\p{{Emoji}}--[0-9#*⚧\p{{Regional_Indicator}}]]\uFE0F?"
)
_DOES = (  # who is shown as a woman or a man
    "[⛹🏃🏄🏊🏋🏌👮👱👳👷💁💂💆💇🕵🙅🙆🙇🙋🙍🙎🚣🚴🚵🚶🤦🤷🤸🤹🤽🤾🦸🦹🧍🧎🧏🧖🧗🧘🧙🧚🧛🧜🧝]"
)
_WORKS = "[⚕⚖✈]\ufe0f?|[🌾🍳🎓🎤🎨🏫🏭💻💼🔧🔬🚀🚒🦯🦰🦱🦲🦳🦼🦽]"
_JOIN, _OF = "\u200d", "(?:👩\u200d❤\ufe0f?\u200d(?:💋\u200d)?[👩👨]|👨\u200d❤\ufe0f?\u200d(?:💋\u200d)?👨)"
_COMPOSED = "|".join(
    (
        rf"(?:{_DOES}(?:{_SKIN}|\uFE0F)?|[👯🤼🧞🧟]){_JOIN}[♀♂]\uFE0F?",
        rf"[👨👩]{_SKIN}?{_JOIN}(?:{_WORKS})",
        rf"(?:👨(?:{_JOIN}[👨👩])?|👩(?:{_JOIN}👩)?){_JOIN}(?:👧{_JOIN}[👦👧]|👦{_JOIN}👦|👦|👧)",
        _OF,
        f"🧑{_JOIN}🤝{_JOIN}🧑",
        f"🏳\ufe0f?{_JOIN}🌈",
        f"🏴{_JOIN}☠\ufe0f?",
        f"👁\ufe0f?{_JOIN}🗨\ufe0f?",
        f"🐕{_JOIN}🦺",
    )
)

EMOJI = regex.compile(
    rf"\L<banners>|[0-9#*]\uFE0F?\u20E3|{_COMPOSED}|{_SIGN}",
    regex.V1,
    banners=[
        *("".join(chr(_LETTER + ord(one)) for one in flag) for flag in regex.findall("..", _FLAGS)),
        *("🏴" + "".join(chr(_TAG + ord(one)) for one in region) + _LAST_TAG for region in _REGIONS),
    ],
)
