"""The columns that are added: their types, and the rows that a record becomes."""

from typing import Any

from datasets import ClassLabel, Features, List, Value

from .records import Record
from .taxonomy import ACTIONS, RISK_GROUPS, STATUSES

PUBLIC_FEATURES = Features(
    {
        "privacy_status": ClassLabel(names=list(STATUSES)),
        "privacy_flag": Value("bool"),
        "risk_labels": List(ClassLabel(names=list(RISK_GROUPS))),
        "risk_regions": List(
            {
                "label": ClassLabel(names=list(RISK_GROUPS)),
                "kind": Value("string"),
                "score": Value("float32"),
                "box": List(Value("int32"), length=4),
                "source": Value("string"),
                "action": ClassLabel(names=list(ACTIONS)),
            }
        ),
        "public_caption": Value("string"),
        "edit_instruction": Value("string"),
        "provenance": {
            "schema_version": Value("string"),
            "package_version": Value("string"),
            "config_digest": Value("string"),
            "models": List({"name": Value("string"), "revision": Value("string")}),
            "seed": Value("int64"),
            "attempts": Value("int32"),
            "edited_fraction": Value("float32"),
            "reason": Value("string"),
            "kept_by_consent": Value("int32"),
        },
    }
)

# Never part of a result unless the user asks with private_columns=True.
PRIVATE_FEATURES = Features(
    {
        "image_sha256": Value("string"),
        "private_caption": Value("string"),
        "read_text": List({"kind": Value("string"), "text": Value("string")}),
        "review_items": List({"kind": Value("string"), "item": Value("string"), "why": Value("string")}),
        "demographic_estimates": List(
            {
                "box": List(Value("float32"), length=4),
                "age": Value("float32"),
                "gender": Value("string"),
                "gender_score": Value("float32"),
                "skin_tone_proxy": Value("float32"),
            }
        ),
        "guarded": List(Value("string")),
        "metadata_kinds": List(Value("string")),
    }
)


def public_row(record: Record) -> dict[str, Any]:
    """Return the published columns of a record, as values of `PUBLIC_FEATURES`."""
    provenance = record.provenance
    return {
        "privacy_status": STATUSES.index(record.status),
        "privacy_flag": record.flag,
        "risk_labels": [RISK_GROUPS.index(label) for label in record.labels],
        "risk_regions": [
            {
                "label": RISK_GROUPS.index(r.label),
                "kind": r.kind,
                "score": r.score,
                "box": list(r.box),
                "source": r.source,
                "action": ACTIONS.index(r.action),
            }
            for r in record.regions
        ],
        "public_caption": record.public_caption,
        "edit_instruction": record.edit_instruction,
        "provenance": {
            **{name: getattr(provenance, name) for name in PUBLIC_FEATURES["provenance"]},
            "models": [{"name": m.name, "revision": m.revision} for m in provenance.models],
        },
    }


def private_row(record: Record) -> dict[str, Any]:
    """Return the private columns of a record, as values of `PRIVATE_FEATURES`."""
    private = record.private
    return {
        "image_sha256": private.image_sha256 or None,
        "private_caption": private.private_caption,
        "read_text": [{"kind": kind, "text": text} for kind, text in private.read_text],
        "review_items": [{"kind": kind, "item": item, "why": why} for kind, item, why in private.items],
        "demographic_estimates": [{"box": list(box), **vars(guess)} for box, guess in private.estimates],
        "guarded": list(private.guarded),
        "metadata_kinds": list(private.metadata_kinds),
    }
