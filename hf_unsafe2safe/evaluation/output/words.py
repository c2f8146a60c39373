"""Figures in words, the same in the terminal, in Markdown and on the page."""

from collections.abc import Iterable, Mapping

from ..results import Effect, Evaluation, Figure, Result

BASELINES = ("raw", "reencoded", "blur", "pixelate", "fill")  # in this order; others follow
# Beside a baseline whose interval of the paired difference does not hold 0.
BEYOND_CHANCE = "*"
LEGEND = (
    "value [95 % interval over images]; raw: each original against itself, reencoded: against itself saved "
    "again, together the noise floor; blur, pixelate, fill: these edits on the same regions; "
    f"{BEYOND_CHANCE} differs from the dataset by more than chance, paired by row"
)
LIMITS = (
    "These figures are measurements on these rows. A good one means less risk and proves nothing: another "
    "model, or a person who knows more, may see what these metrics do not."
)
TITLES = {"quality": "Quality", "cheating": "Cheating", "privacy": "Privacy", "utility": "Utility"}
_ROWS = {
    "without_image": "without an image",
    "missing": "missing in the result",
    "unreadable": "that cannot be opened",
}


def number(value: float | None) -> str:
    """Return a number with three significant digits, `-` for none.

    Example:
        >>> [number(n) for n in (0.31249, 1, 0, 12_345, 999.9, 0.00001234, 1.5e9, None)]
        ['0.312', '1.00', '0', '12,345', '1,000', '1.23e-5', '1.50e9', '-']
    """
    if value is None:
        return "-"
    size = abs(float(f"{value:.2e}"))
    if size == 0:
        return "0"
    if not 1e-4 <= size < 1e7:
        digits, exponent = f"{value:.2e}".split("e")
        return f"{digits}e{int(exponent)}"
    decimals = next((n for n, least in enumerate((100, 10, 1, 0.1, 0.01, 0.001)) if size >= least), 6)
    return f"{value:,.{decimals}f}"


def interval(figure: Figure) -> str:
    """Return an interval in brackets, empty where there is none.

    Example:
        >>> interval(Figure(0.3, 0.25, 0.4, 9)), interval(Figure(0.3))
        ('[0.250, 0.400]', '')
    """
    if figure.low is None or figure.high is None:
        return ""
    return f"[{number(figure.low)}, {number(figure.high)}]"


def measured(figure: Figure) -> str:
    """Return a figure with its interval.

    Example:
        >>> measured(Figure(0.3, 0.25, 0.4, 9))
        '0.300 [0.250, 0.400]'
    """
    return f"{number(figure.value)} {interval(figure)}".rstrip()


def baseline(effect: Effect | None) -> str:
    """Return the figure of a baseline, with a mark where it differs from the dataset by more than chance.

    Example:
        >>> baseline(Effect(Figure(0.5), Figure(0.3), Figure(-0.2, -0.3, -0.1))), baseline(None)
        ('0.500*', '-')
    """
    if effect is None:
        return "-"
    low, high = effect.difference.low, effect.difference.high
    sure = low is not None and high is not None and (low > 0 or high < 0)
    return number(effect.figure.value) + BEYOND_CHANCE * sure


def baselines(results: Iterable[Result]) -> list[str]:
    """Return the names of all baselines of some results, the known ones first."""
    there = dict.fromkeys(name for result in results for name in result.baselines)
    return [name for name in BASELINES if name in there] + [name for name in there if name not in BASELINES]


def groups(results: Iterable[Result]) -> dict[str, list[Result]]:
    """Return results by dimension, in their order."""
    found: dict[str, list[Result]] = {}
    for result in results:
        found.setdefault(result.group, []).append(result)
    return found


def group_title(group: str) -> str:
    """Return a dimension as a heading."""
    return TITLES.get(group, group)


def counted(evaluation: Evaluation) -> str:
    """Return which rows were judged, as one sentence.

    Example:
        >>> counted(Evaluation("mine", {"original": 9, "judged": 7, "without_image": 2, "missing": 0}, ()))
        '7 of 9 rows judged (2 without an image).'
    """
    rows = evaluation.rows
    others = [f"{rows[name]:,} {words}" for name, words in _ROWS.items() if rows.get(name)]
    text = f"{rows.get('judged', 0):,} of {rows.get('original', 0):,} rows judged"
    text += f" ({', '.join(others)})" if others else ""
    how = evaluation.settings.get("paired_by")
    text += f", paired by {how}" if how in ("name", "order", "row key") else ""
    return f"{text}." + (f" By status: {tally(evaluation.statuses)}." if evaluation.statuses else "")


def tally(counts: Mapping[str, int]) -> str:
    """Return counts by name.

    Example:
        >>> tally({"no face in the original": 1_200, "too small": 3})
        'no face in the original 1,200, too small 3'
    """
    return ", ".join(f"{name} {count:,}" for name, count in counts.items())
