"""`unsafe2safe plan`."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from .app import app

if TYPE_CHECKING:
    from ..planning import Figures, Plan


@app.command()
def plan(
    rows: Annotated[str, typer.Option(help="Rows of the source: 250000 or 1e9.")],
    workers: Annotated[
        int, typer.Option(min=1, help="That work at once: processes of one core, or GPUs, as measured.")
    ] = 1,
    measured: Annotated[
        Path | None,
        typer.Option(help="A result of some hundred such rows; without it, preset local on small photos."),
    ] = None,
    share: Annotated[
        float,
        typer.Option(help="Workers that each process of that result was: 8 where one used 8 cores."),
    ] = 1.0,
    price: Annotated[float | None, typer.Option(help="Of one worker an hour, in any currency.")] = None,
    efficiency: Annotated[float, typer.Option(help="Share of its time in which a worker has a row.")] = 0.9,
    start_up: Annotated[float, typer.Option(help="Seconds until a worker has its models.")] = 10.0,
) -> None:
    """Tell what a large run takes: hours, cost, storage, and what that assumes. Nothing is run."""
    from ..planning import LOCAL, make_plan
    from ..planning import measured as figures_of
    from .errors import reported

    with reported():
        figures = figures_of(measured, share) if measured else LOCAL
        made = make_plan(
            _rows(rows), figures, workers=workers, start_up=start_up, efficiency=efficiency, price=price
        )
        typer.echo(as_text(made, figures))


def _rows(text: str) -> int:
    from ..errors import ConfigError

    try:
        number = float(text.replace("_", ""))
    except ValueError:
        number = float("nan")
    if not 1 <= number < 1e15 or number != int(number):
        raise ConfigError("--rows is no number of rows.", hint="For example 250000 or 1e9.")
    return int(number)


def as_text(plan: "Plan", figures: "Figures") -> str:
    """Return a plan as the terminal shows it."""
    stages = ", ".join(f"{name} {value * 1000:,.0f}" for name, value in figures.seconds.items())
    lines = [
        f"{plan.rows:,} rows, {plan.workers:,} workers",
        f"  time      {_time(plan.hours)}",
        f"  work      {plan.worker_hours:,.1f} worker hours",
        f"  cost      {'no --price was given' if plan.cost is None else f'{plan.cost:,.2f}'}",
        f"  storage   {plan.public_gb:,.2f} GB to publish, {plan.private_gb:,.2f} GB private",
        f"  a row     {stages} ms",
        "This assumes:",
        *(f"  - {one}" for one in plan.assumptions),
    ]
    return "\n".join(lines)


def _time(hours: float) -> str:
    if hours < 1:
        return f"{hours * 60:,.1f} minutes"
    return f"{hours:,.1f} hours" if hours < 48 else f"{hours / 24:,.1f} days ({hours:,.0f} hours)"
