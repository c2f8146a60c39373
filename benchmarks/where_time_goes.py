"""Where the time goes: wall seconds a stage, a detector, and inside them the bare calls of the models.

A model call is a call into onnxruntime, into RapidOCR (whose own pre- and post-processing around its
networks counts as part of the call and is listed apart), or into a reader of codes. The path reads codes on
all cores at once; here one look at a time (unless `--parallel`), so that the calls add up.
"""

import sys
import time
from collections import defaultdict
from collections.abc import Callable
from functools import partial
from pathlib import Path
from statistics import median
from types import SimpleNamespace
from typing import Any

import cv2
import zxingcpp

from hf_unsafe2safe import Sanitizer, weights
from hf_unsafe2safe.detectors import codes, documents, faces, nudity, objects, persons, plates, text
from hf_unsafe2safe.imaging import cells
from hf_unsafe2safe.verification import faces as verify_faces

ROUNDS = 5
ONE_CORE = SimpleNamespace(cpu_count=lambda: 1)
# What each stage asks, in the order of the path; those of verify are second looks.
DETECTORS = {
    faces: ("find",),
    objects: ("find",),
    persons: ("find",),
    text: ("read", "locate", "read_crops"),
    documents: ("find",),
    plates: ("find",),
    codes: ("find", "decode_again"),
    nudity: ("find", "again"),
    verify_faces: ("second_look",),
}
spent: dict[str, float] = defaultdict(float)
depth = {"model": 0}


def timed(name: str, call: Callable[..., Any], *, model: bool = False) -> Callable[..., Any]:
    """Return `call`, adding its wall time to `spent[name]` and, outermost, to `spent["models"]`."""

    def wrapper(*args: Any, **kwargs: Any) -> Any:
        start = time.perf_counter()
        depth["model"] += model
        try:
            return call(*args, **kwargs)
        finally:
            seconds = time.perf_counter() - start
            depth["model"] -= model
            spent[name] += seconds
            if model and depth["model"] == 0:
                spent["models"] += seconds

    return wrapper


class Proxy:
    """An object whose calls, and calls of the named methods, are timed."""

    def __init__(self, inner: Any, name: str, methods: tuple[str, ...]) -> None:
        self._inner, self._name, self._methods = inner, name, methods

    def __getattr__(self, attribute: str) -> Any:
        value = getattr(self._inner, attribute)
        return timed(self._name, value, model=True) if attribute in self._methods else value

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Call the wrapped object."""
        return timed(self._name, self._inner, model=True)(*args, **kwargs)


def _reader(make: Callable[[], Any]) -> Proxy:
    return Proxy(make(), "  opencv codes", ("detectAndDecodeMulti", "detectAndDecodeWithType"))


def instrument(sanitize: Sanitizer) -> None:
    """Wrap the stages, the sessions and the reader of a sanitizer that has run once."""
    for key, session in weights._sessions.items():
        weights._sessions[key] = Proxy(session, f"  {key[1]}", ("run",))
    for detector, methods in DETECTORS.items():
        for method in methods:
            name = f" {detector.__name__.rsplit('.', 1)[-1]}.{method}"
            setattr(detector, method, timed(name, getattr(detector, method)))
    zxingcpp.read_barcodes = timed("  zxing", zxingcpp.read_barcodes, model=True)
    for reader in ("QRCodeDetector", "barcode.BarcodeDetector"):
        owner, _, attribute = reader.rpartition(".")
        place = getattr(cv2, owner) if owner else cv2
        setattr(place, attribute, partial(_reader, getattr(place, attribute)))
    for pid, engine in text._engines.items():
        detector = engine._load_det_model()
        detector.session = Proxy(detector.session, "    text detection network", ())
        for part in (engine._load_cls_model(), engine._load_rec_model()):
            part.session = Proxy(part.session, f"    {type(part).__name__} network", ())
        detector.postprocess_op = Proxy(detector.postprocess_op, "    text detection boxes", ())
        text._engines[pid] = Proxy(engine, "  rapidocr", ("cls_and_rotate", "recognize_txt"))
    run = sanitize._stages
    for stage, method in (("inspector", "inspect"), ("captioner", "caption"), ("instructor", "instruct")):
        part = getattr(run, stage)
        setattr(part, method, timed(method, getattr(part, method)))
    run.verifier.verify = timed("verify", run.verifier.verify)  # type: ignore[method-assign]
    run.chain._edit = timed("edit", run.chain._edit)  # type: ignore[method-assign]
    sanitize._recorder.finished = timed("record", sanitize._recorder.finished)  # type: ignore[method-assign]


def main(folder: Path, parallel: bool) -> None:
    """Run the folder's images several times and print the medians of the rounds."""
    if not parallel:
        codes.os = ONE_CORE  # type: ignore[assignment]
    photos = [p.read_bytes() for p in sorted(folder.iterdir()) if p.suffix in (".jpg", ".png")]
    sanitize = Sanitizer()
    sanitize.records(photos)
    instrument(sanitize)
    cells.open_cell = timed("open", cells.open_cell)
    rounds = []
    for _ in range(ROUNDS):
        spent.clear()
        start = time.perf_counter()
        sanitize.records(photos)
        spent["whole"] = time.perf_counter() - start
        rounds.append(dict(spent))
    table = {name: median(r.get(name, 0.0) for r in rounds) for name in rounds[0]}
    whole = table.pop("whole")
    models = table.pop("models")
    stages = ("open", "inspect", "caption", "instruct", "edit", "verify", "record")
    print(f"{len(photos)} photos, medians of {ROUNDS} rounds, milliseconds a photo")
    for name in (*stages, *sorted(set(table) - set(stages))):
        print(f"  {name:32}{1000 * table.get(name, 0) / len(photos):8.1f}{table.get(name, 0) / whole:8.1%}")
    print(f"  {'whole':32}{1000 * whole / len(photos):8.1f}")
    if codes.os is not ONE_CORE:
        return  # calls that overlap do not add up
    above = median(r["whole"] / r["models"] - 1 for r in rounds)
    print(f"{above:.1%} above the sum of the bare model calls ({whole:.2f} s, {models:.2f} s)")


if __name__ == "__main__":
    folders = [Path(word) for word in sys.argv[1:] if word != "--parallel"]
    examples = Path(__file__).parent.parent / "examples" / "photos"
    main(*(folders or [examples]), "--parallel" in sys.argv)
