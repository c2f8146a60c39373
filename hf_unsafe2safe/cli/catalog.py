"""`unsafe2safe catalog list`, `add` and `search`."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Annotated

import typer

from .app import app

catalog_app = typer.Typer(
    help="Which published dataset is the safe variant of which: what load_safe_dataset looks up.",
    no_args_is_help=True,
)
app.add_typer(catalog_app, name="catalog")

Source = Annotated[str, typer.Argument(metavar="SOURCE", help="Hub id of the dataset: org/raw.")]
ConfigName = Annotated[str | None, typer.Option(help="Only for this configuration.")]


@dataclass(frozen=True)
class _Outcome:
    """Whether a configuration of a repo passes the checks, all but those of its rows.

    Args:
        config: The configuration of the source that it stands for; empty where nobody can tell.
        about: What it is, or why it is refused.
    """

    config: str
    passed: bool
    about: str


@catalog_app.command("list")
def list_entries() -> None:
    """Show your own catalog and the one that comes with the package."""
    from ..hub.catalog.files import entries
    from .errors import reported

    with reported():
        rows = [
            (entry.source, entry.safe, entry.config or "", entry.revision or "", where)
            for where, entry in entries()
        ]
        if not rows:
            typer.echo("The catalogs are empty. `unsafe2safe catalog add SOURCE SAFE` adds to yours.")
            return
        _table(("source", "safe", "config", "revision", "where from"), rows)


@catalog_app.command()
def add(
    source: Source,
    safe: Annotated[str, typer.Argument(metavar="SAFE", help="Hub id of its safe variant: org/raw-safe.")],
    config_name: ConfigName = None,
    revision: Annotated[
        str | None, typer.Option(help="Branch, tag or commit of the safe variant; default: main.")
    ] = None,
    unchecked: Annotated[
        bool, typer.Option("--unchecked", help="Do not look at the safe variant on the Hub.")
    ] = False,
) -> None:
    """Say that you trust a published safe variant. It is checked again whenever it is loaded.

    Exit code: 0 when it was added, 2 when it was not.
    """
    from .errors import reported

    with reported("Interrupted: nothing was added."):
        from ..errors import DatasetError
        from ..hub.catalog.entries import Entry
        from ..hub.catalog.files import add as put

        entry = Entry(source, safe, config_name, revision)
        if not unchecked:
            for outcome in _outcomes(entry.source, entry.safe, entry.revision, entry.config, None):
                if not outcome.passed:
                    raise DatasetError(
                        f"Not added: '{safe}' {f'({outcome.config}) ' if outcome.config else ''}"
                        f"is refused: {outcome.about.rstrip('.')}.",
                        hint="--unchecked adds it all the same.",
                    )
                typer.echo(f"{safe} ({outcome.config}): {outcome.about}")
        put(entry)
        typer.echo(f"Added to your catalog: {source} -> {safe}")


@catalog_app.command()
def search(
    source: Source,
    config_name: ConfigName = None,
    policy: Annotated[str, typer.Option(help="What must be edited at least.")] = "default",
) -> None:
    """Show the safe variants that catalogs and the Hub name, and what comes of the checks.

    Exit code: 0 when one passes that load_safe_dataset would use, 3 otherwise, 2 for a wrong call.
    """
    from .errors import INCOMPLETE, reported

    with reported():
        from huggingface_hub import HfApi

        from ..hub.loading.candidates import candidates

        used = False
        rows: list[tuple[str, ...]] = []
        for candidate in candidates(HfApi(), source, config_name):
            config = config_name or candidate.config
            for outcome in _outcomes(source, candidate.repo_id, candidate.revision, config, policy):
                said = f"{'passes' if outcome.passed else 'refused'}: {outcome.about}"
                if not candidate.trusted:
                    said = f"of somebody else, not used until you add it; {said}"
                used = used or (outcome.passed and candidate.trusted)
                rows.append((candidate.repo_id, outcome.config, candidate.where, said))
        if rows:
            _table(("safe", "config", "where from", "checks"), rows)
        else:
            typer.echo(f"Nobody published a safe variant of {source} that the catalogs or the Hub know.")
        if not used:
            raise typer.Exit(INCOMPLETE)


def _outcomes(
    source: str, repo_id: str, revision: str | None, config: str | None, policy: str | None
) -> list[_Outcome]:
    """Return what comes of the checks of a repo: of the wanted configuration, or of each where none is."""
    from huggingface_hub import HfApi

    from ..errors import DatasetError, PublishError
    from ..hub.loading.trust import Wanted, checked, read_repo, stands_for
    from ..policy import resolve_policy

    wanted = Wanted(source, config, (), resolve_policy(policy) if policy else None)
    api = HfApi()
    try:
        repo = read_repo(api, repo_id, revision)
    except PublishError as error:
        return [_Outcome(config or "", False, error.message)]
    configs = repo.published.configs if repo.published and not config else {}
    found = []
    names: list[str | None] = [*sorted({stands_for(*one) for one in configs.items()})]
    for name in names or [config]:
        try:
            _, made = checked(api, repo, replace(wanted, config=name))
            about = f"policy '{made.config['policy'].get('name')}', {sum(made.published.values()):,} rows"
            found.append(_Outcome(name or "", True, about))
        except (DatasetError, PublishError) as error:
            found.append(_Outcome(name or "", False, error.message))
    return found


def _table(header: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> None:
    widths = [max(map(len, column)) for column in zip(header, *rows, strict=True)]
    for row in (header, *rows):
        typer.echo("  ".join(f"{cell:<{width}}" for cell, width in zip(row, widths, strict=True)).rstrip())
