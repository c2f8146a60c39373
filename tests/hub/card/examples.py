"""A published configuration as tests need one, and how a card is read."""

import re

import yaml
from datasets import ClassLabel, Features, Image

from hf_unsafe2safe import Sanitizer
from hf_unsafe2safe.hub.card import published_card
from hf_unsafe2safe.hub.published import Published, PublishedConfig
from hf_unsafe2safe.manifest import publishable
from hf_unsafe2safe.schema import PUBLIC_FEATURES

REPO = "me/photos-safe"
FEATURES = Features({"image": Image(), **PUBLIC_FEATURES})
LABELLED = Features({"label": ClassLabel(names=["cat", "dog"]), **FEATURES})
CONFIG = publishable(Sanitizer().config)


def config(**changes):
    values = {
        "package_version": "0.1.0",
        "schema_version": "1",
        "config_digest": "0123456789abcdef",
        "config": CONFIG,
        "models": ({"name": "zxing-cpp", "revision": "3.1.1"}, {"name": "org/model", "revision": "main"}),
        "source": "me/photos@3f1c2d",
        "image_column": "image",
        "statuses": {"safe": 200, "edited": 91, "rejected": 7, "failed": 2},
        "splits": {"train": {"safe": 200, "edited": 91, "rejected": 7, "failed": 2}},
        "published": {"train": 289},
        "files": {"data/train-00000-of-00001.parquet": "a" * 64},
        "columns": {"image": "Image", "row_key": "string"},
        "refused_rows": 2,
        "checked": {"rows": 64, "of": 289},
        "source_licence": "mit",
        "risk_labels": {"people": 80},
        "reasons": {"nothing_to_edit": 200, "edited_and_verified": 91, "face_remains": 7, "truncated": 2},
    }
    return PublishedConfig(**{**values, **changes})


def published(**changes):
    """A repo with one configuration, `default`."""
    return Published({"default": config(**changes)})


def text(there=None, existing=None, features=None):
    there = there or published()
    return published_card(there, REPO, features or dict.fromkeys(there.configs, FEATURES), existing)


def header(card):
    return yaml.safe_load(card.split("---\n")[1])


def section(card, title):
    """The text under a heading of any level, up to the next one."""
    _, _, rest = card.partition(f"# {title}\n")
    return re.split("\n##+ ", rest)[0]
