"""The blocks of a region, for the editors that show it in blocks."""

import numpy as np

from ..errors import ConfigError

ACROSS = 8  # blocks on the shorter side of a region
MOST_ACROSS = 32
LEAST_BLOCK = 4  # pixels: a region of 8 pixels in 8 blocks would stay as it is


def blocks_across(name: str, argument: str) -> int:
    """Return the number of blocks that the argument of an editor asks for, `ACROSS` for an empty one.

    Raises:
        ConfigError: Not a whole number from 1 to `MOST_ACROSS`.

    Example:
        >>> blocks_across("pixelate", ""), blocks_across("pixelate", "5")
        (8, 5)
    """
    if argument == "":
        return ACROSS
    digits = argument.isascii() and argument.isdecimal() and len(argument) < 4
    if not (digits and 1 <= int(argument) <= MOST_ACROSS):
        raise ConfigError(
            f"Editor '{name}' takes a whole number of blocks from 1 to {MOST_ACROSS}, got '{argument}'.",
            hint=f"Use '{name}:{ACROSS}'.",
        )
    return int(argument)


def blocks(shape: tuple[int, ...], across: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the block of each row (H,) and of each column (W,) of an (H, W) window, from 0 on.

    Args:
        shape: Of the window.
        across: Blocks on its shorter side; fewer where they would be smaller than `LEAST_BLOCK`.

    Example:
        >>> [numbers.tolist() for numbers in blocks((4, 8), 8)]
        [[0, 0, 0, 0], [0, 0, 0, 0, 1, 1, 1, 1]]
    """
    many = [max(1, min(side // LEAST_BLOCK, round(side * across / min(shape)))) for side in shape]
    down, right = (np.arange(side) * n // side for side, n in zip(shape, many, strict=True))
    return down, right
