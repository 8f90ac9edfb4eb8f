"""What is wrong with a post's pictures for an account: one judgement for import, Edit, approval and sending.

A picture too large is said, never made smaller silently: what goes out is byte for byte what was approved. What would
make it fit is offered to people (`find_conversion`).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from bot.domain.preflight.conversions import Bounds, Change, Conversion
from bot.domain.preflight.words import NOTHING_IN, is_visible
from bot.networks.protocol import Capabilities, Content, Misfit, Part, Picture

JPEG = "image/jpeg"
_NAMES = {"image/webp": "WebP"}
_USUAL = ("image/jpeg", "image/png")  # what any program can save


def find_misfits(content: Content, allowed: Capabilities, who: str) -> tuple[Misfit, ...]:
    """Everything that `who`, as people call the account, would refuse."""
    if not is_visible(content.text) and not content.pictures:
        return (Misfit(f"{NOTHING_IN}."),)
    many = len(content.pictures)
    found = []
    if many and not allowed.max_pictures and allowed.needs_public_images:
        return (Misfit(say_not_fetched(many, who), Part.IMAGE),)
    if many < allowed.min_pictures:
        found.append(Misfit(f"{who} takes no post without an image: add one.", Part.IMAGE))
    if many > allowed.max_pictures:
        found.append(Misfit(_say_too_many(many, allowed.max_pictures, who), Part.IMAGE))
    if not allowed.max_pictures:  # nothing done to an image would help
        return tuple(found)
    for place, picture in enumerate(content.pictures):
        number = f"Image {place + 1}: " if many > 1 else ""
        found += [Misfit(number + sentence, part, place) for part, sentence in _judge(picture, allowed, who)]
    return tuple(found)


def _say_too_many(many: int, most: int, who: str) -> str:
    takes = f"at most {_count(most)}" if most else "no images"
    mend = "Leave it out." if many == 1 else "Leave some out." if most else "Leave them out."
    return f"{who} takes {takes}; this post has {_count(many)}. {mend}"


def say_not_fetched(many: int, who: str) -> str:
    what, them = ("images", "them") if many > 1 else ("image", "it")
    return (
        f"{who} would have to fetch the {what}, and Byhand has no public address for that. Leave {them} out, or ask "
        "whoever runs Byhand to set public_url."
    )


def find_notes(content: Content, allowed: Capabilities, who: str) -> tuple[str, ...]:
    """What readers will see otherwise than it was made."""
    moving = allowed.moving_types
    still = [
        place
        for place, picture in enumerate(content.pictures, 1)
        if picture.frames > 1 and moving is not None and picture.media_type not in moving
    ]
    if not still:
        return ()
    what = "The animation" if len(content.pictures) == 1 else f"Image {', '.join(map(str, still))}"
    return (f"{what} will not move on {who}: only its first frame is shown there.",)


def find_conversion(
    picture: Picture, accounts: Sequence[tuple[str, Capabilities]], place: int = 0, of: int = 1
) -> Conversion | None:
    """What would make a picture fit on all of a post's accounts, which get the same one. None: nothing is wrong with
    it, or nothing that we can do would help. `accounts`: each with what people call it; one that takes no images at
    all has no say."""
    number = f"Image {place + 1}: " if of > 1 else ""
    taking = [each for _, each in accounts if each.max_pictures]
    why = [
        f"{number}{sentence}"
        for who, each in accounts
        if each in taking
        for sentence in _judge_file(picture, each, who)
    ]
    if not why or picture.frames > 1 or not all(JPEG in each.picture_types for each in taking):
        return None
    bounds, shape = _find_bounds(taking), picture.width / max(picture.height, 1)
    changes = {Change.JPEG} if picture.media_type != JPEG else set()
    if bounds.ratios is not None:
        least, widest = bounds.ratios
        if least > widest:
            return None
        changes |= {Change.BORDER} if not least <= shape <= widest else set()
    too_large = (
        picture.size > bounds.max_bytes
        or (bounds.max_pixels is not None and picture.width * picture.height > bounds.max_pixels)
        or (bounds.max_side is not None and max(picture.width, picture.height) > bounds.max_side)
    )
    changes |= {Change.SMALLER} if too_large else set()
    return Conversion(picture.sha256, frozenset(changes), bounds, tuple(dict.fromkeys(why)), place, of)


def _find_bounds(taking: Sequence[Capabilities]) -> Bounds:
    pixels = [most for each in taking for most in (each.max_picture_pixels, each.max_pixels_of.get(JPEG))]
    ratios = [each.picture_ratios for each in taking if each.picture_ratios is not None]
    return Bounds(
        max_bytes=min(each.max_picture_bytes for each in taking),
        max_pixels=min((most for most in pixels if most is not None), default=None),
        max_side=min(
            (each.max_picture_side for each in taking if each.max_picture_side is not None), default=None
        ),
        ratios=(max(least for least, _ in ratios), min(most for _, most in ratios)) if ratios else None,
    )


def _judge(picture: Picture, allowed: Capabilities, who: str) -> Iterator[tuple[Part, str]]:
    for sentence in _judge_file(picture, allowed, who):
        yield Part.IMAGE, sentence
    if allowed.max_alt is not None and (length := len(picture.alt)) > allowed.max_alt:
        yield (
            Part.ALT,
            f"The alt text is too long for {who}: {length:,} of {allowed.max_alt:,} characters.",
        )


def _judge_file(picture: Picture, allowed: Capabilities, who: str) -> Iterator[str]:
    """Everything at once: whoever saves it anew is to do that once."""
    if picture.media_type not in allowed.picture_types:
        yield _say_wrong_type(picture, allowed, who)
        if picture.frames > 1:  # another picture takes its place
            return
    if picture.size > allowed.max_picture_bytes:
        most, has = _format_sizes(allowed.max_picture_bytes, picture.size)
        yield f"{who} takes images of at most {most}; this one has {has}. Make it smaller."
    yield from _judge_sides(picture, allowed, who)


def _judge_sides(picture: Picture, allowed: Capabilities, who: str) -> Iterator[str]:
    width, height = picture.width, picture.height
    own = allowed.max_pixels_of.get(picture.media_type)
    limits = [one for one in (own, allowed.max_picture_pixels) if one is not None]
    most = min(limits, default=None)
    has = f"this one is {width} × {height}"
    if most is not None and width * height > most:
        what = f"{name_type(picture.media_type)} images" if most == own else "images"
        yield f"{who} takes {what} of at most {most:,} pixels; {has}, which is {width * height:,}. Make it smaller."
    if allowed.max_picture_side is not None and max(width, height) > allowed.max_picture_side:
        yield f"{who} takes images of at most {allowed.max_picture_side:,} pixels a side; {has}. Make it smaller."
    if allowed.picture_ratios is not None and height > 0:
        least, widest = allowed.picture_ratios
        if width / height < least:
            bound = f"Its height may be at most {_format_ratio(1 / least)} times its width. Crop it."
            yield f"The image is too narrow for {who}: {width} × {height}. {bound}"
        elif width / height > widest:
            bound = f"Its width may be at most {_format_ratio(widest)} times its height. Crop it."
            yield f"The image is too wide for {who}: {width} × {height}. {bound}"


def _say_wrong_type(picture: Picture, allowed: Capabilities, who: str) -> str:
    said = f"{who} does not take {name_type(picture.media_type)} images."
    if picture.frames > 1:  # a still one made of it would be another picture than somebody chose
        return f"{said} This one moves: add a still picture instead."
    instead = " or ".join(name_type(one) for one in _USUAL if one in allowed.picture_types)
    return f"{said} Save it as a {instead} and add it again." if instead else said


def _format_ratio(ratio: float) -> str:
    return f"{ratio:.2f}".rstrip("0").rstrip(".")


def name_type(media_type: str) -> str:
    """ "image/png" → "PNG"."""
    return _NAMES.get(media_type, media_type.removeprefix("image/").upper())


def _count(images: int) -> str:
    return "1 image" if images == 1 else f"{images} images"


def _format_sizes(most: int, has: int) -> tuple[str, str]:
    """In megabytes; in bytes where both would read the same."""
    short = f"{most / 1e6:.1f} MB", f"{has / 1e6:.1f} MB"
    return short if short[0] != short[1] else (f"{most:,} bytes", f"{has:,} bytes")
