"""A finished record as bytes and back: JSON for its values, the image as it is, a checksum over both."""

import hashlib
import json
from collections.abc import Mapping
from typing import Any

import numpy as np

from ..records import Estimates, ModelInfo, Private, Provenance, Record, Region

_MAGIC = b"U2SROW1\n"
_HASH, _LENGTH = 32, 8  # bytes of the sha256, and of the length of the JSON


def packed(record: Record) -> bytes:
    """Return a record as bytes: magic, sha256 of what follows, length of the JSON, JSON, image."""
    values = {**vars(record), "image": None}
    text = json.dumps(values, default=_plain, separators=(",", ":")).encode()  # ASCII: any string survives
    body = b"".join((len(text).to_bytes(_LENGTH, "big"), text, record.image or b""))
    return _MAGIC + hashlib.sha256(body).digest() + body


def unpacked(data: bytes) -> Record:
    """Return the record that was packed.

    Raises:
        ValueError: The bytes are not whole, or hold no record of this version.
    """
    start = len(_MAGIC) + _HASH
    body = memoryview(data)[start:]
    if data[: len(_MAGIC)] != _MAGIC or data[len(_MAGIC) : start] != hashlib.sha256(body).digest():
        raise ValueError("not a whole record")
    end = _LENGTH + int.from_bytes(body[:_LENGTH], "big")
    try:
        return _record(_tuples(json.loads(bytes(body[_LENGTH:end]))), bytes(body[end:]) or None)
    except (KeyError, TypeError, RecursionError) as error:
        raise ValueError("no record of this version") from error


def _plain(value: Any) -> Any:
    return value.item() if isinstance(value, np.generic) else vars(value)  # a number, or a dataclass


def _record(values: Mapping[str, Any], image: bytes | None) -> Record:
    provenance, private = values["provenance"], values["private"]
    models = tuple(ModelInfo(**model) for model in provenance["models"])
    estimates = tuple((box, Estimates(**guess)) for box, guess in private["estimates"])
    parts = {
        "regions": tuple(Region(**region) for region in values["regions"]),
        "provenance": Provenance(**{**provenance, "models": models}),
        "private": Private(**{**private, "estimates": estimates}),
        "image": image,
    }
    return Record(**{**values, **parts})


def _tuples(value: Any) -> Any:
    """Return JSON values with tuples for lists, as records have them."""
    if isinstance(value, list):
        return tuple(_tuples(part) for part in value)
    return {key: _tuples(part) for key, part in value.items()} if isinstance(value, dict) else value
