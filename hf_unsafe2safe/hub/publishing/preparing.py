"""What a push would upload: chosen, written to files, looked at again, described."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import pyarrow as pa
from datasets import Features

from ...errors import ConfigError, PublishError, Unsafe2SafeError
from ...schema import PRIVATE_FEATURES
from ..keys import key_check, local_key
from ..published import Published
from .choosing import RowChoice
from .columns.choose import Chosen, choose, public_columns
from .describing import described
from .folder import push_folder, reason
from .job import Job
from .look.gate import Gate, needles_of, sample_of
from .look.planted import Needles
from .plan import Plan
from .repo import Repo
from .rows import Rows
from .staging import Staged, stage


@contextmanager
def prepared(job: Job, repo: Repo) -> Iterator[tuple[dict[str, Staged], Gate, Plan]]:
    """Give the files of all configurations, looked at again, and the plan; they are removed afterwards."""
    Needles.of_rows([], job.planted)  # raises where a planted string is too short to look for
    key = local_key(create=True)
    if key is None:
        raise AssertionError  # it was created
    there = repo.published or Published()
    check = key_check(key, job.repo_id)
    if repo.key_check not in ("", check):
        raise PublishError(
            "The row keys of this repo were made with another key than this machine's.",
            hint="What was taken down would come back. Use the key of who published first (row.key, "
            "UNSAFE2SAFE_KEY), or name another repo. A renamed repo goes by its first name.",
        )
    rows = RowChoice(key, job.repo_id, job.without_image, job.leave_out, repo.retracted)
    chosen = {name: _chosen(parts, job) for name, parts in job.given.configs.items()}
    with push_folder() as folder:
        try:
            staged = {name: _stage(job, name, chosen[name], rows, folder) for name in chosen}
        except OSError as error:
            raise Unsafe2SafeError(
                f"The files to upload cannot be written: {reason(error)}.",
                hint="When there is space again, run the same once more. Nothing was uploaded.",
            ) from None
        if unknown := sorted(job.leave_out - rows.met):
            raise ConfigError(
                f"There are no such rows to leave out: {', '.join(unknown[:20])}.",
                hint="Row ids are those of the result: split/index, for example train/12.",
            )
        if not any(part.published for part in staged.values()):
            raise PublishError("There is no row to publish.", hint="Every row was left out or has no image.")
        gate = _look_again(job, rows, staged)
        configs = {
            name: described(job, name, chosen[name], part, gate, there) for name, part in staged.items()
        }
        texts = {"unsafe2safe.json": Published(configs).json()}
        gate.look_at_texts(texts, job.planted)
        gate.finish()
        sizes = {name: part.bytes for name, part in staged.items()}
        yield staged, gate, Plan(job.repo_id, job.target.public, configs, sizes, check, gate.looks_again)


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
    images = sum(part.images for part in staged.values())
    sample = sample_of(images, job.sample, manifest.config_digest)
    gate = Gate(manifest.config, column, sample, images, job.choice.include_private)
    for name, part in staged.items():
        for split, given in job.given.configs[name].items():
            # A row group is what was chosen at once: both come in the same pieces.
            pieces = zip(part.tables(split=split), rows.chosen(given, column), strict=True)
            for table, (_, beside, _) in pieces:
                needles = needles_of(table, beside, part.features, job.planted)
                gate.look(table, part.features, list(needles))
        gate.look_at_texts({"names of columns and classes": str(part.features)}, job.planted)
        gate.look_at_texts({"names of files": "\n".join(part.paths)}, job.planted)
    gate.finish()
    return gate


def _chosen(parts: Mapping[str, Rows], job: Job) -> Chosen:
    first = next(iter(parts.values())).features
    private = {n: f for n, f in PRIVATE_FEATURES.items() if n in job.choice.include_private}

    def values(name: str) -> Iterator[pa.ChunkedArray]:
        for rows in parts.values():
            for public, beside in rows.batches([name] if name in first else []):
                yield public[name] if name in first else beside[name]

    return choose(Features({**first, **private}), job.given.manifest.image_column, job.choice, values)
