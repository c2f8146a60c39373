"""What a push will say of itself in the repo."""

from collections.abc import Iterator

from ...layout import type_name
from ...tally import Tally
from ..published import NULL, Published, PublishedConfig
from .columns.choose import Chosen
from .job import Job
from .look.gate import Gate
from .staging import Staged


def described(
    job: Job, name: str, chosen: Chosen, staged: Staged, gate: Gate, there: Published
) -> PublishedConfig:
    """Return what `unsafe2safe.json` will say of a configuration.

    Args:
        job: The push.
        name: Of the configuration.
        chosen: Its columns.
        staged: Its files.
        gate: What was looked at again.
        there: What the repo says of itself so far.
    """
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
        refused_rows=with_image - staged.images,
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
