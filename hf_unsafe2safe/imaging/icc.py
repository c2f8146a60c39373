"""Colour profiles: which are kept, rebuilt from their numbers alone; which make the pixels sRGB.

A profile's description and copyright can name a person, a machine or a place, so no profile passes as it is.
What is rebuilt is a matrix (or gray) profile whose curves and colorants are plausible numbers.
"""

from __future__ import annotations

import functools
import io
import struct
from typing import Final, NamedTuple

import numpy as np
from PIL import Image, ImageCms

_COLORANTS: Final = (b"rXYZ", b"gXYZ", b"bXYZ")
_CURVES: Final = {b"RGB ": (b"rTRC", b"gTRC", b"bTRC"), b"GRAY": (b"kTRC",)}
_NUMERIC: Final = frozenset({b"wtpt", b"chad", *_COLORANTS, *_CURVES[b"RGB "], *_CURVES[b"GRAY"]})
_PARAMETERS: Final = (1, 3, 4, 5, 7)  # of a parametric curve, by its function type
_SPACE: Final = {"L": b"GRAY", "RGB": b"RGB ", "RGBA": b"RGB ", "CMYK": b"CMYK"}
_MAX_BYTES: Final = 4 << 20
_D50: Final = bytes.fromhex("0000f6d6000100000000d32d")
# sRGB profiles in use differ by 0.0005 in colorants and 0.0016 in curves; gamma 2.2 is 0.008 away.
_COLORANT_TOLERANCE, _CURVE_TOLERANCE = 0.003, 0.003
_STEPS = np.linspace(0.0, 1.0, 256)


class Plan(NamedTuple):
    """What to do about a profile: `keep` is the clean one to write, `convert_from` one to leave for sRGB.

    Both None: the pixels are sRGB, or the profile is broken and says nothing.
    """

    keep: bytes | None = None
    convert_from: bytes | None = None


def plan(profile: bytes | None, mode: str) -> Plan:
    """Return what becomes of an image's profile.

    Args:
        profile: The profile as found, None for none.
        mode: Pillow's mode of the pixels: L, RGB, RGBA or CMYK. A profile for another one says nothing.
    """
    if not profile or not 132 <= len(profile) <= _MAX_BYTES or profile[36:40] != b"acsp":
        return Plan()
    space = profile[16:20]
    if space != _SPACE.get(mode):
        return Plan()
    tags = _numeric_tags(profile, space)
    if tags is None:
        return Plan(convert_from=profile)
    return Plan() if _is_srgb(tags) else Plan(keep=_build(space, profile[8], tags))


def to_srgb(image: Image.Image, profile: bytes) -> Image.Image | None:
    """Return an L, RGB or CMYK image as sRGB, gray staying gray; None when the profile is broken."""
    try:
        source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        target = ImageCms.createProfile("sRGB")
        converted = ImageCms.profileToProfile(image, source, target, outputMode="RGB")
    except (ImageCms.PyCMSError, OSError, ValueError, TypeError):
        return None
    if converted is None:
        return None
    return converted.convert("L") if image.mode == "L" else converted


def lab_to_srgb(image: Image.Image) -> Image.Image:
    """Return a Lab image, which Pillow itself cannot convert, as sRGB."""
    lab, srgb = ImageCms.createProfile("LAB"), ImageCms.createProfile("sRGB")
    converted = ImageCms.profileToProfile(image, lab, srgb, outputMode="RGB")
    if converted is None:
        raise ValueError("no conversion from Lab")
    return converted


def gray_as_rgb(profile: bytes) -> bytes:
    """Return a rebuilt gray profile as an RGB one that shows equal channels alike."""
    gray = _numeric_tags(profile, b"GRAY")
    if gray is None:
        raise ValueError("not a gray profile of ours")
    curve = gray[b"kTRC"]
    tags = {name: data for name, data in _srgb_tags().items() if name in _COLORANTS} | {
        b"wtpt": gray[b"wtpt"]
    }
    return _build(b"RGB ", profile[8], {**tags, **dict.fromkeys(_CURVES[b"RGB "], curve)})


def _numeric_tags(profile: bytes, space: bytes) -> dict[bytes, bytes] | None:
    """Return white point, colorants, curves, adaptation, cut to their numbers; None if there are others."""
    table: dict[bytes, bytes] = {}
    for at in range(132, 132 + 12 * min(int.from_bytes(profile[128:132], "big"), 100), 12):
        name, start, size = (
            profile[at : at + 4],
            *struct.unpack(">II", profile[at + 4 : at + 12].ljust(8, b"\0")),
        )
        # Not the bytes of every tag: a hundred of them may each claim the whole profile.
        table[name] = profile[start : start + size] if name in _NUMERIC else b""
    if (
        profile[20:24] != b"XYZ "
        or space not in _CURVES
        or any(name[:3] in (b"A2B", b"D2B") for name in table)
    ):
        return None  # a look-up table overrules matrix and curves
    tags = {b"wtpt": _fixed(table.get(b"wtpt", b""), b"XYZ ", 3) or b"XYZ " + bytes(4) + _D50}
    if adaptation := _fixed(table.get(b"chad", b""), b"sf32", 9):
        tags[b"chad"] = adaptation
    for name in _COLORANTS if space == b"RGB " else ():
        tags[name] = _fixed(table.get(name, b""), b"XYZ ", 3)
    for name in _CURVES[space]:
        tags[name] = _curve(table.get(name, b""))
    return tags if all(tags.values()) else None


def _fixed(tag: bytes, kind: bytes, count: int) -> bytes:
    """Return a tag of s15.16 numbers, empty when a number is implausible (four letters read as thousands)."""
    numbers = _numbers(tag[8 : 8 + 4 * count])
    plausible = tag[:4] == kind and len(numbers) == count and bool((np.abs(numbers) < 8).all())
    return kind + bytes(4) + tag[8 : 8 + 4 * count] if plausible else b""


def _numbers(data: bytes) -> np.ndarray:
    return np.frombuffer(data[: len(data) // 4 * 4], ">i4") / 65536


def _curve(tag: bytes) -> bytes:
    """Return a curve tag, empty when it is no rising curve from about 0 to about 1."""
    if tag[:4] == b"curv":
        size = 12 + 2 * int.from_bytes(tag[8:12], "big")
    elif tag[:4] == b"para" and tag[8:9] == b"\0" and tag[9:10] < b"\x05" and len(tag) >= 12:
        size = 12 + 4 * _PARAMETERS[tag[9]]
    else:
        return b""
    exact = tag[:4] + bytes(4) + (tag[8:12] if tag[:4] == b"curv" else tag[8:10] + bytes(2)) + tag[12:size]
    if len(tag) < size:
        return b""
    values = _sample(exact)
    table = np.frombuffer(exact[12:], ">u2").astype(int) if exact[:4] == b"curv" else np.zeros(1)
    rising = np.isfinite(values).all() and (np.diff(values) >= -1e-6).all() and (np.diff(table) >= 0).all()
    return exact if rising and -0.01 <= values[0] <= 0.1 and 0.9 <= values[-1] <= 1.01 else b""


def _sample(tag: bytes) -> np.ndarray:
    """Return a curve's 256 values from device 0 to 1."""
    if tag[:4] == b"curv":
        table = np.frombuffer(tag[12:], ">u2")
        if len(table) < 2:  # none: linear; one: a gamma in u8.8
            return np.asarray(_STEPS ** (table[0] / 256 if len(table) else 1.0))
        return np.asarray(np.interp(_STEPS, np.linspace(0, 1, len(table)), table / 65535))
    gamma, *rest = _numbers(tag[12:])
    a, b, c, d, e, f = [*rest, *[0.0] * (6 - len(rest))] if rest else (1.0, 0.0, 0.0, 0.0, 0.0, 0.0)
    kind = tag[9]
    if kind in (1, 2):  # below -b/a the curve is flat at 0, or at c
        d, e, c, f = (-b / a if a else 0.0), (c if kind == 2 else 0.0), 0.0, (c if kind == 2 else 0.0)
    with np.errstate(all="ignore"):  # implausible parameters give values that the caller refuses
        return np.where(d <= _STEPS, np.maximum(a * _STEPS + b, 0.0) ** gamma + e, c * _STEPS + f)


@functools.cache
def _srgb_tags() -> dict[bytes, bytes]:
    tags = _numeric_tags(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes(), b"RGB ")
    if tags is None:
        raise ValueError("littlecms made an sRGB profile that cannot be read")
    return tags


def _is_srgb(tags: dict[bytes, bytes]) -> bool:
    """Whether numbers, not names, are those of sRGB (for gray: its curve)."""
    srgb = _srgb_tags()
    for name, tag in tags.items():
        if name in _COLORANTS:
            distance, limit = np.abs(_numbers(tag[8:]) - _numbers(srgb[name][8:])).max(), _COLORANT_TOLERANCE
        elif name.endswith(b"TRC"):
            distance, limit = np.abs(_sample(tag) - _sample(srgb[b"rTRC"])).max(), _CURVE_TOLERANCE
        else:
            continue
        if distance > limit:
            return False
    return True


def _build(space: bytes, version: int, tags: dict[bytes, bytes]) -> bytes:
    """Return a display profile of these tags under a fixed name; version 2 or 4, as the numbers came."""
    modern = version >= 4
    texts = {b"desc": _text(b"unsafe2safe", modern, b"desc"), b"cprt": _text(b"CC0", modern, b"text")}
    tags = texts | tags
    start = 132 + 12 * len(tags)
    places: dict[bytes, int] = {}  # equal curves share their bytes
    entries, body = b"", b""
    for name, data in tags.items():
        if data not in places:
            places[data] = start + len(body)
            body += data + bytes(-len(data) % 4)
        entries += name + struct.pack(">II", places[data], len(data))
    header = struct.pack(
        ">I4sB3x4s4s4s6H4s28s12s48x",
        *(start + len(body), bytes(4), 4 if modern else 2, b"mntr", space, b"XYZ "),
        *(2000, 1, 1, 0, 0, 0, b"acsp", bytes(28), _D50),
    )
    return header + len(tags).to_bytes(4, "big") + entries + body


def _text(text: bytes, modern: bool, kind: bytes) -> bytes:
    if modern:
        wide = text.decode("ascii").encode("utf-16-be")
        return b"mluc" + bytes(4) + struct.pack(">II4sII", 1, 12, b"enUS", len(wide), 28) + wide
    if kind == b"text":
        return b"text" + bytes(4) + text + b"\0"
    return b"desc" + bytes(4) + (len(text) + 1).to_bytes(4, "big") + text + b"\0" + bytes(8 + 3 + 67)
