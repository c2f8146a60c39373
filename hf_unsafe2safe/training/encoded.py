"""What frozen models say of all examples, said once and kept: a step then runs the trained network only.

A file a row, named by the content of the row and by who encodes it; so a run that was killed goes on, and
another one with the same models begins at once. What is kept shows the originals: it is for its owner only.
"""

import hashlib
import json
import logging
import os
from collections import Counter, OrderedDict
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np

from ..errors import DatasetError, TrainingError
from ..storage.output import remove
from .config import TrainConfig
from .example import Encoded
from .examples import BadRowError, examples_of, weight_of
from .objectives.objective import Objective

log = logging.getLogger(__name__)

VERSION = 1
IN_MEMORY = 2 * 2**30  # bytes of examples that are kept in memory
READERS = 4  # files that are read at once
_CELLS = ("original_image", "edited_image", "mask")
_TEXTS = ("public_caption", "edit_instruction", "combined_caption", "private_caption", "row")

Progress = Callable[[int, int], None]


class EncodedExamples:
    """Examples as tensors. Make it by `prepare`.

    Attributes:
        count: How many there are.
        ids: Of each.
        weights: (count,) float64, how often each is drawn where sampling is balanced.
        skipped: Rows that are not learnt from, by reason.
        digest: Changes when an example or who encoded it does.
    """

    def __init__(self, folder: Path, index: Mapping[str, Any]) -> None:
        self._folder = folder
        self._places = [(key, i) for key, ids, _ in index["rows"] for i in range(len(ids))]
        self.ids: list[str] = [one for _, ids, _ in index["rows"] for one in ids]
        self.weights = np.array([weight for _, ids, weight in index["rows"] for _ in ids], np.float64)
        self.skipped: Counter[str] = Counter(index["skipped"])
        self.digest = hashlib.sha256(json.dumps(index["rows"]).encode()).hexdigest()[:16]
        self._kept: OrderedDict[int, Encoded] = OrderedDict()
        self._bytes = 0

    @property
    def count(self) -> int:
        """How many examples there are."""
        return len(self._places)

    @classmethod
    def prepare(
        cls,
        objective: Objective,
        dataset: Any,
        config: TrainConfig,
        folder: Path,
        accelerator: Any = None,
        progress: Progress | None = None,
    ) -> "EncodedExamples":
        """Encode what is not encoded yet, and return all.

        Args:
            objective: Who encodes.
            dataset: Rows of triplets.
            config: Of the run; its framing.
            folder: Made if it is not there, for its owner only.
            accelerator: Of accelerate, where several processes share the folder: the main one encodes.
            progress: Called with the rows that are done and their number.

        Raises:
            DatasetError: No row can be learnt from.
            TrainingError: The disk is full.
        """
        index = folder / "index.json"
        if accelerator is None or accelerator.is_main_process:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            remove(index)  # of an earlier run, perhaps with other rows
            made = _index(objective, dataset, config, folder, progress)
            _write(index, json.dumps(made).encode())
        if accelerator is not None:
            accelerator.wait_for_everyone()
        values = json.loads(index.read_text("utf-8"))
        found = cls(folder, values)
        if not found.count:
            counts = ", ".join(f"{n} {reason}" for reason, n in found.skipped.items()) or "there are none"
            raise DatasetError(f"No row of the triplets can be learnt from: {counts}.")
        return found

    def batch(self, indices: Sequence[int]) -> dict[str, Any]:
        """Return examples as stacked tensors on the CPU, floats as float32.

        Raises:
            TrainingError: What was kept of one is gone.
        """
        import torch

        missing = [i for i in dict.fromkeys(indices) if i not in self._kept]
        with ThreadPoolExecutor(READERS) as readers:
            for i, one in zip(missing, readers.map(self._read, missing), strict=True):
                self._remember(i, one)
        found = [self._kept[i] for i in indices]
        stacked = {name: torch.stack([one[name] for one in found]) for name in found[0]}
        self._forget()
        return {name: t.float() if t.is_floating_point() else t for name, t in stacked.items()}

    def remove(self) -> None:
        """Delete all that is kept on the disk: latents show the originals."""
        remove(self._folder)

    def _read(self, index: int) -> Encoded:
        from safetensors import SafetensorError, safe_open

        key, number = self._places[index]
        start = f"{number}."
        try:
            with safe_open(_place(self._folder, key), framework="pt") as file:
                return {
                    name.removeprefix(start): file.get_tensor(name)
                    for name in file.keys()  # noqa: SIM118  # no mapping
                    if name.startswith(start)
                }
        except (OSError, SafetensorError):
            raise TrainingError(
                "An encoded example is gone or damaged.", hint="Run the same again: it is made anew."
            ) from None

    def _remember(self, index: int, one: Encoded) -> None:
        self._kept[index] = one
        self._bytes += _size(one)

    def _forget(self) -> None:
        while self._bytes > IN_MEMORY and self._kept:
            self._bytes -= _size(self._kept.popitem(last=False)[1])


def _index(
    objective: Objective, dataset: Any, config: TrainConfig, folder: Path, progress: Progress | None
) -> dict[str, Any]:
    """Encode all rows; return what there is of each: key, ids, weight."""
    faces = bool(config.loss.identity_weight)
    who = f"{VERSION}:{objective.fingerprint()}:{config.data.framing}:{faces}"
    rows: list[tuple[str, list[str], float]] = []
    skipped: Counter[str] = Counter()
    for number, row in enumerate(dataset):
        key = _key(row, who)
        try:
            weight = weight_of(row)  # no part of the key: it may be another one than when the row was encoded
            ids = _known(folder, key)
            if ids is None:
                ids = _encode(objective, row, config, _place(folder, key))
            rows.append((key, ids, weight))
        except BadRowError as error:
            skipped[error.reason] += 1
        if progress is not None:
            progress(number + 1, len(dataset))
    return {"rows": rows, "skipped": skipped}


def _encode(objective: Objective, row: Mapping[str, Any], config: TrainConfig, place: Path) -> list[str]:
    from safetensors.torch import save

    faces = bool(config.loss.identity_weight)
    examples = examples_of(row, objective.side, objective.grid, config.data.framing, with_faces=faces)
    tensors = {}
    for number, encoded in enumerate(objective.encode(examples)):
        for name, value in encoded.items():
            if value.is_floating_point() and not value.isfinite().all():
                raise BadRowError("no numbers")
            tensors[f"{number}.{name}"] = value.cpu().contiguous()
    ids = [example.id for example in examples]
    _write(place, save(tensors, metadata={"ids": json.dumps(ids)}))
    return ids


def _known(folder: Path, key: str) -> list[str] | None:
    """Return the ids of a row that is encoded; None where its file is not there or not whole."""
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(_place(folder, key), framework="pt") as file:
            ids: list[str] = json.loads(file.metadata()["ids"])
            return ids
    except (OSError, ValueError, LookupError, TypeError, SafetensorError):
        return None


def _key(row: Mapping[str, Any], who: str) -> str:
    digest = hashlib.sha256(who.encode())
    for name in _CELLS:
        cell = row[name] or {}
        digest.update(hashlib.sha256(cell.get("bytes") or b"").digest())
    digest.update(json.dumps([row[name] for name in _TEXTS]).encode())
    return digest.hexdigest()


def _place(folder: Path, key: str) -> Path:
    return folder / key[:2] / f"{key}.safetensors"


def _write(path: Path, data: bytes) -> None:
    path.parent.mkdir(mode=0o700, exist_ok=True)
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        part.unlink(missing_ok=True)
        with open(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(data)
        os.replace(part, path)
    except OSError as error:
        part.unlink(missing_ok=True)
        raise TrainingError(
            f"Encoded examples cannot be kept: {error.strerror}.",
            hint="Make room on the disk, or name a folder elsewhere: cache=...; then run the same again.",
        ) from None


def _size(one: Encoded) -> int:
    return sum(value.nbytes for value in one.values())


def chosen(dataset: Any, most: int, seed: int) -> Iterator[Mapping[str, Any]]:
    """Yield at most so many rows of a dataset, drawn by a seed, in their order."""
    count = len(dataset)
    drawn = np.random.default_rng([seed, 2]).permutation(count)[:most]
    yield from (dataset[int(i)] for i in sorted(drawn))
