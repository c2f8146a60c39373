"""Weights that the user names, read from one safetensors file into a network that is built here."""

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

from ...backends.local import loading
from ...backends.local.finding import FoundModel, find
from ...backends.specs import Options, parse
from ...errors import ConfigError
from ...records import ModelInfo

OPTIONS: Options = {"device_map": loading.OPTIONS["device_map"]}
_ENDING = ".safetensors"


class Tensors:
    """A network whose weights are in a safetensors file; other files are never opened.

    Found when it is made, loaded at its first use, pickled without weights.

    Args:
        argument: A `.safetensors` file, a folder with one, or `org/model[@revision]` with one; option
            `device_map`, which is `auto` (a GPU where there is one), `cpu` or `cuda:0`.
        feature: Who needs it, for messages.
        build: Makes the network from the tensors by name. A function of a module, so that this pickles.
        modules: Further modules of the extra "models".

    Raises:
        ConfigError: The spec cannot work.
        MissingExtraError: A package is missing.
    """

    def __init__(
        self, argument: str, *, feature: str, build: Callable[[dict[str, Any]], Any], modules: tuple[str, ...]
    ) -> None:
        spec = parse(argument, OPTIONS)
        loading.need_loading(feature, spec.options, *modules)
        self._device, self._build = spec.options.get("device_map", "auto"), build
        path = Path(spec.name).expanduser()
        self._found = _file(path) if path.is_file() else find(spec)
        self.info: ModelInfo = self._found.info

    @property
    def version(self) -> str:
        """What tells two sets of weights apart."""
        return f"{self.info.name}@{self.info.revision}"

    def loaded(self) -> Any:
        """Return the network, ready to run, without gradients.

        Raises:
            ConfigError: There is not one such file, or its tensors are not those of the network.
        """
        return loading.shared((self._build, self._found, self._device), self._load)

    def _load(self) -> Any:
        import torch

        loading.check_process(self._device)
        device = self._device
        if device == "auto":
            device = "cuda" if torch.cuda.is_available() else "cpu"
        with loading.explained(self.info.name):
            from safetensors.torch import load_file

            net = self._build(load_file(_only(self._found)))
            return net.requires_grad_(False).eval().to(device)


def device(net: Any) -> Any:
    """Return where the weights of a network are."""
    return next(net.parameters()).device


def _file(path: Path) -> FoundModel:
    if path.suffix != _ENDING:
        raise ConfigError(
            "The weights are in no safetensors file; other files are not opened.",
            hint="Convert them in a place you trust: safetensors.torch.save_file(state_dict, file).",
        )
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()[:16]
    return FoundModel(ModelInfo("local-model", digest), str(path))


def _only(found: FoundModel) -> Path:
    """Return the one safetensors file of a model, of a repo fetched into the local cache where it is not."""
    where = Path(found.where)
    if where.is_file():
        return where
    if found.commit:
        from huggingface_hub import snapshot_download

        where = Path(snapshot_download(found.where, revision=found.commit, allow_patterns=f"*{_ENDING}"))
    files = sorted(where.rglob(f"*{_ENDING}"))
    if len(files) != 1:
        raise ConfigError(
            f"The model {found.info.name} has {len(files)} safetensors files, not one.", hint="Name the file."
        )
    return files[0]
