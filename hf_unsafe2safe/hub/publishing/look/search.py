"""Which of many strings of bytes stand in others: exact, and quick for a hundred thousand of them.

The last bytes of every string (of short ones the first) are looked up at every place of the data, in numpy;
where they are the whole string is compared.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

FEW = 48  # strings; looking for one after the other is quicker
_AT_A_TIME = 1 << 24  # bytes
_SIZES = (24, 8, 4)  # bytes that are looked up, as many as fit
_BITS = 24  # of the table that tells at once of most places that nothing is there
# Odd numbers without a pattern: the first is 2 to the 64, divided by the golden ratio.
_SPREAD = tuple(np.uint64(n) for n in (0x9E3779B97F4A7C15, 0xC2B2AE3D27D4EB4F, 0x165667B19E3779F9))


@dataclass(frozen=True)
class Finder:
    """Finds strings.

    Args:
        strings: Each of at least 4 bytes -> what is returned where it is found.
    """

    strings: Mapping[bytes, str] = field(repr=False)

    def found_in(self, data: bytes) -> set[str]:
        """Return what the strings that stand in the data stand for.

        Example:
            >>> Finder({b"Jane Doe": "a name", b"1234": "a number"}).found_in(b"by Jane Doe")
            {'a name'}
        """
        if len(self.strings) <= FEW:
            return {kind for one, kind in self.strings.items() if one in data}
        return {self.strings[one] for table in self._tables for one in table.found_in(data)}

    @cached_property
    def _tables(self) -> list["_Table"]:
        by_size: dict[int, list[bytes]] = {}
        for one in self.strings:
            by_size.setdefault(next(size for size in _SIZES if size <= len(one)), []).append(one)
        return [_Table(strings, size) for size, strings in by_size.items()]


class _Table:
    """Strings by the bytes that are looked up."""

    def __init__(self, strings: list[bytes], size: int) -> None:
        self._size, self._longest = size, max(map(len, strings))
        # From where in the string: endings of short ones (".jpg") are alike.
        self._before = [len(one) - size if size > 4 else 0 for one in strings]
        looked_up = (one[b : b + size] for one, b in zip(strings, self._before, strict=True))
        keys = _keys(b"".join(looked_up), size)[:: max(size // 8, 1)]
        order = np.argsort(keys)
        self._keys, self._strings = keys[order], [strings[i] for i in order]
        self._before = [self._before[i] for i in order]
        self._first = np.zeros(1 << _BITS, bool)
        self._first[_short(keys)] = True

    def found_in(self, data: bytes) -> Iterator[bytes]:
        """Yield every string at every place."""
        for start in range(0, len(data), _AT_A_TIME):
            # A string may have begun in the piece before.
            begin = max(start - self._longest, 0)
            yield from self._found(data[begin : start + _AT_A_TIME])

    def _found(self, data: bytes) -> Iterator[bytes]:
        step = min(self._size, 8)
        for shift in range(step):
            keys = _keys(data[shift:], self._size)
            maybe = np.flatnonzero(self._first[_short(keys)])
            low, high = (np.searchsorted(self._keys, keys[maybe], side) for side in ("left", "right"))
            there = low < high
            for place, i, j in zip(maybe[there].tolist(), low[there], high[there], strict=True):
                at = place * step + shift
                for one, before in zip(self._strings[i:j], self._before[i:j], strict=True):
                    if at >= before and data.startswith(one, at - before):
                        yield one


def _keys(data: bytes, size: int) -> np.ndarray:
    """Return a number for the next `size` bytes at every 8th byte, for 4 bytes at every 4th: uint64."""
    if size == 4:
        return np.frombuffer(data, "<u4", len(data) // 4).astype(np.uint64) * _SPREAD[0]
    blocks = np.frombuffer(data, "<u8", len(data) // 8)
    count = max(len(blocks) - size // 8 + 1, 0)
    keys = blocks[:count] * _SPREAD[0]
    for i in range(1, size // 8):
        keys = (keys ^ (keys >> np.uint64(32))) + blocks[i : i + count] * _SPREAD[i]
    return keys


def _short(keys: np.ndarray) -> np.ndarray:
    return (keys * _SPREAD[2]) >> np.uint64(64 - _BITS)
