"""What a push would upload: chosen, written to files, looked at again, described."""

import os
import shutil
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import pyarrow as pa
from datasets import Features

from ...errors import PublishError, Unsafe2SafeError
from ...layout import type_name
from ...schema import PRIVATE_FEATURES
from ...storage.store import cache_folder
from ...tally import Tally
from ..keys import key_check, local_key
from ..published import NULL, Published, PublishedConfig
from .choosing import RowChoice
from .column_choice import Choice
from .columns import Chosen, choose, public_columns
from .gate import Gate, needles_of, sample_of
from .plan import Plan
from .pushing import Progress, Target
from .repo import Repo
from .rows import Given, Rows
from .staging import Staged, stage


@dataclass(frozen=True)
class Job:
    """A push, as it was asked for; what is not said here is said at `publish`.

    Args:
        given: The rows.
        target: Where they go.
        choice: What the publisher said of columns.
        sample: How many images are inspected again; None for all.
        planted: Strings that must be nowhere.
        branch: Where the commit goes.
        shard_bytes: Of a file.
    """

    given: Given
    repo_id: str
    target: Target
    choice: Choice
    without_image: str
    leave_out: frozenset[str]
    sample: int | None
    planted: tuple[str, ...] = field(repr=False)
    branch: str
    replace: bool
    contact: str | None
    licence: str | None
    shard_bytes: int
    progress: Progress | None


@contextmanager
def prepared(job: Job, repo: Repo) -> Iterator[tuple[dict[str, Staged], str, Plan]]:
    """Give the files of all configurations, looked at again, and the plan; they are removed afterwards."""
    key = local_key(create=True)
    if key is None:
        raise AssertionError  # it was created
    there = repo.published or Published()
    check = key_check(key, job.repo_id)
    if there.retracted and there.key_check != check:
        raise PublishError(
            "Rows of this repo were taken down under another key than this machine's: it cannot tell which.",
            hint="Restore the key (row.key, UNSAFE2SAFE_KEY) of who published it, or name another repo.",
        )
    rows = RowChoice(key, job.repo_id, job.without_image, job.leave_out, frozenset(there.retracted))
    chosen = {name: _chosen(parts, job) for name, parts in job.given.configs.items()}
    with _folder() as folder:
        try:
            staged = {name: _stage(job, name, chosen[name], rows, folder) for name in chosen}
        except OSError as error:
            raise Unsafe2SafeError(
                f"The files to upload cannot be written: {_reason(error)}.",
                hint="When there is space again, run the same once more. Nothing was uploaded.",
            ) from None
        if not any(part.published for part in staged.values()):
            raise PublishError("There is no row to publish.", hint="Every row was left out or has no image.")
        gate = _look_again(job, rows, staged)
        configs = {name: _config(job, name, chosen[name], part, gate, there) for name, part in staged.items()}
        sizes = {name: part.bytes for name, part in staged.items()}
        yield staged, check, Plan(job.repo_id, job.target.public, configs, sizes, gate.looks_again)


def _stage(job: Job, name: str, chosen: Chosen, rows: RowChoice, folder: Path) -> Staged:
    column = job.given.manifest.image_column
    return stage(
        name,
        job.given.configs[name],
        column,
        partial(_published, chosen),
        chosen.features,
        rows,
        folder,
        job.shard_bytes,
    )


def _published(chosen: Chosen, public: pa.Table, beside: pa.Table) -> pa.Table:
    """Return the columns that leave, private ones among them where they were named.

    Without the rows' seeds: they come from the hash of the original, and would tell its row without a key.
    """
    for name in chosen.features:
        if name not in public.column_names:
            public = public.append_column(name, beside[name])
    i = public.column_names.index("provenance")
    return public_columns(public.set_column(i, public.field(i), _without_seeds(public["provenance"])), chosen)


def _without_seeds(column: pa.ChunkedArray) -> pa.StructArray:
    rows = column.combine_chunks()
    parts = {part.name: rows.field(part.name) for part in rows.type}
    parts["seed"] = pa.nulls(len(rows), parts["seed"].type)
    return pa.StructArray.from_arrays(list(parts.values()), fields=list(rows.type), mask=rows.is_null())


def _look_again(job: Job, rows: RowChoice, staged: Mapping[str, Staged]) -> Gate:
    """Look at every file that would be uploaded.

    Raises:
        PublishError: There is a leak.
    """
    manifest, column = job.given.manifest, job.given.manifest.image_column
    images = sum(part.images(column) for part in staged.values())
    sample = sample_of(images, job.sample, manifest.config_digest)
    gate = Gate(manifest.config, column, sample, images, job.choice.include_private)
    for name, part in staged.items():
        for split, given in job.given.configs[name].items():
            # A row group is what was chosen at once: both come in the same pieces.
            pieces = zip(part.tables(split=split), rows.chosen(given, column), strict=True)
            for table, (_, beside, _) in pieces:
                needles = needles_of(table, beside, part.features, job.planted)
                gate.look(table, part.features, list(needles))
    gate.finish()
    return gate


def _config(
    job: Job, name: str, chosen: Chosen, staged: Staged, gate: Gate, there: Published
) -> PublishedConfig:
    before = there.configs[name].source_licence if name in there.configs else ""
    manifest, tally = job.given.manifest, Tally()
    for split, rows in job.given.configs[name].items():
        for public, beside in rows.batches(["privacy_status", "risk_labels", "provenance"]):
            tally.add(split, public, beside)
    counts = tally.values()
    with_image = counts["statuses"]["safe"] + counts["statuses"]["edited"]
    columns = {name: type_name(feature) for name, feature in staged.features.items()}
    return PublishedConfig(
        package_version=manifest.package_version,
        schema_version=manifest.schema_version,
        config_digest=manifest.config_digest,
        config=manifest.config,
        models=counts["models"],
        source=manifest.source,
        source_licence=job.licence or manifest.source_licence or before,
        source_options=tuple(manifest.source_options),
        publish_options=tuple(_options(job)),
        limit=manifest.limit,
        image_column=manifest.image_column,
        statuses=counts["statuses"],
        splits=counts["splits"],
        published=staged.published,
        files=staged.sha256,
        columns=columns,
        withheld=chosen.withheld,
        hidden_values=chosen.hidden,
        private_columns=tuple(sorted(set(job.choice.include_private) & set(columns))),
        without_image=job.without_image,
        refused_rows=with_image - staged.images(manifest.image_column),
        checked={"rows": gate.inspected, "of": gate.images},
        risk_labels=counts["risk_labels"],
        reasons=counts["reasons"],
        not_inspected=tuple(manifest.not_inspected),
        kept_by_consent=counts["kept_by_consent"],
        leak_guard=counts["leak_guard"],
        reviewed=manifest.reviewed,
        evaluation=job.given.evaluation,
    )


def _options(job: Job) -> Iterator[str]:
    """Yield what the publisher said of columns and rows; of rows that were left out there are too many."""
    choice = job.choice
    named = {
        "--column": choice.columns,
        "--passing": choice.passing,
        "--withhold": choice.withhold,
        "--include-private": choice.include_private,
    }
    for option, columns in named.items():
        for column in columns:
            yield from (option, column)
    if job.without_image == NULL:
        yield from ("--without-image", NULL)


_STALE_S = 86_400  # after which a folder belongs to no push any more


@contextmanager
def _folder() -> Iterator[Path]:
    """Give a folder of this user alone for the files to upload."""
    place = cache_folder() / "publishing"
    try:
        place.mkdir(mode=0o700, parents=True, exist_ok=True)
        for left in place.iterdir():  # by a push that was killed
            if time.time() - left.stat().st_mtime > _STALE_S:
                shutil.rmtree(left, ignore_errors=True)
        folder = Path(tempfile.mkdtemp(prefix=f"{os.getpid()}-", dir=place))
    except OSError as error:
        raise Unsafe2SafeError(f"The files to upload cannot be written: {_reason(error)}.") from None
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _reason(error: OSError) -> str:
    """Return why, without what pyarrow says of it: that names files."""
    return os.strerror(error.errno) if error.errno else type(error).__name__


def _chosen(parts: Mapping[str, Rows], job: Job) -> Chosen:
    first = next(iter(parts.values())).features
    private = {n: f for n, f in PRIVATE_FEATURES.items() if n in job.choice.include_private}

    def values(name: str) -> Iterator[pa.ChunkedArray]:
        for rows in parts.values():
            for public, beside in rows.batches([name] if name in first else []):
                yield public[name] if name in first else beside[name]

    return choose(Features({**first, **private}), job.given.manifest.image_column, job.choice, values)
