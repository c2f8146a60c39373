"""A dataset on the Hub as splits, no image decoded."""

from collections.abc import Mapping
from dataclasses import dataclass

from datasets import Dataset, IterableDataset, get_dataset_config_names, load_dataset
from datasets.exceptions import DatasetsError
from huggingface_hub import HfApi
from huggingface_hub.errors import OfflineModeIsEnabled

from ..errors import DatasetError
from .http import HTTP_ERROR

_UNREAD = (HTTP_ERROR, OSError, ValueError, RuntimeError, DatasetsError)


@dataclass(frozen=True)
class HubSource:
    """What the Hub gave: splits by name, or by `config/split` with several configurations."""

    splits: Mapping[str, Dataset | IterableDataset]
    commit: str | None
    licence: str


def open_hub(repo_id: str, config_name: str | None, revision: str | None, *, streaming: bool) -> HubSource:
    """Open a dataset of the Hub at a commit, all its configurations where none is named.

    Raises:
        DatasetError: The Hub did not give it, or `datasets` cannot load it.
    """
    licence, commit = "", revision
    try:
        info = HfApi().dataset_info(repo_id, revision=revision)
        commit, licence = info.sha, str(getattr(info.card_data, "license", None) or "")
    except OfflineModeIsEnabled:
        pass  # `load_dataset` then looks into its cache
    except (HTTP_ERROR, OSError, ValueError) as error:
        raise DatasetError(
            f"'{repo_id}' is no file or folder here, and the Hub did not give it: {type(error).__name__}.",
            hint="Check the name, the revision, the network, and `hf auth login` for private datasets.",
        ) from None
    names = [config_name] if config_name else _config_names(repo_id, commit)
    splits: dict[str, Dataset | IterableDataset] = {}
    for name in names:
        try:
            loaded = load_dataset(repo_id, name=name, revision=commit, streaming=streaming)
        except _UNREAD as error:
            raise DatasetError(
                f"'{repo_id}' cannot be loaded: {type(error).__name__}.", hint=_hint(repo_id, commit)
            ) from error
        prefix = f"{name}/" if len(names) > 1 else ""
        splits |= {f"{prefix}{split}": part for split, part in loaded.items()}
    return HubSource(splits, commit, licence)


def _config_names(repo_id: str, revision: str | None) -> list[str | None]:
    """Return the configurations to load; None alone stands for the only one."""
    try:
        names = get_dataset_config_names(repo_id, revision=revision)
    except _UNREAD:
        return [None]
    return list(names) if len(names) > 1 else [None]


def _hint(repo_id: str, revision: str | None) -> str:
    names = [name for name in _config_names(repo_id, revision) if name]
    if not names:
        return "Check that `datasets.load_dataset` opens it."
    return f"Its configurations: {', '.join(names)}. Name one: config_name='{names[0]}'."
