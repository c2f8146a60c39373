"""The path: open, inspect, caption, instruct, edit, verify, record. Start reading here.

Fail closed: an original is kept only where inspection worked and found nothing that the policy edits,
and the verifier agrees. Rows in = rows out.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from .columns import DatasetFace
from .config import Config, freeze, thaw
from .errors import DatasetError, StageError
from .imaging.open import OpenedImage
from .policy import Policy
from .recording import Recorder
from .records import Record
from .resolve import resolved
from .rowwise import Rowwise
from .stages import Stages
from .storage.store import DEFAULT, RowStore
from .texts.guard import public_captions, public_instructions
from .timing import in_threads
from .verification.chain import Draft
from .views import views_of


class Sanitizer(DatasetFace):
    """Turn images into their privacy-safe versions: `ds.map(sanitize)`. Models load at the first row.

    Args:
        preset: A name in `config.PRESETS`; what is given below replaces a part of it.
        policy: What is edited: `default`, `faces`, `text`, `people`, `strict`, a `Policy` or a mapping.
        inspector: Spec of the stage that finds risks.
        captioner: Spec of the stage that writes the two captions.
        instructor: Spec of the stage that turns the public caption into an edit instruction.
        editor: A spec, a list (fallback chain) or a mapping from kinds to either.
        verifier: Spec of the stage that checks every row.
        keep: Who consented: reference images with one face each, a folder of them, or a `KeepList`.
        image_column: Needed only where a dataset has several image columns.
        context_columns: Columns that tell captioners what an image is about: class labels, questions.
        annotations: Columns of coordinates in stored pixel order, to be turned upright with the image, and
            their forms: `annotations.FORMS`; None leaves a column. `{"objects.bbox": "xywh"}`.
        seed: From 0 to 2**63 - 1; a row's own seed comes from it and the image.
        encoding: How edited images are stored: `auto` (lossless WebP), `png`, `webp` or `jpeg:QUALITY`.
        demographics: Let instructions draw an age and a gender; estimate those of faces in a private column.
        allow_uncovered: Record kinds that the inspector does not cover as not inspected instead of raising.
        private_columns: Add what must stay on this machine as columns of the result.
        store: Folder where finished rows are kept, so that none is paid for twice; None for nowhere. They
            hold private captions. The default is `rows` in the folder of `storage.store.cache_folder`.

    Raises:
        ConfigError: A setting cannot work, or the policy names kinds that the inspector does not cover.
        UnknownNameError: A name is not known; the message lists the known ones.

    Example:
        >>> from hf_unsafe2safe import testing
        >>> sanitize = Sanitizer(**testing.fakes())
        >>> [record.status for record in sanitize.records([testing.blank(), testing.with_face(), b"junk"])]
        ['safe', 'edited', 'failed']
    """

    def __init__(
        self,
        preset: str = "local",
        *,
        policy: str | Policy | Mapping[str, Any] | None = None,
        inspector: Any = None,
        captioner: Any = None,
        instructor: Any = None,
        editor: Any = None,
        verifier: Any = None,
        keep: Any = None,
        image_column: str | None = None,
        context_columns: str | Sequence[str] | None = None,
        annotations: Mapping[str, str | None] | None = None,
        seed: int = 0,
        encoding: str = "auto",
        demographics: bool = False,
        allow_uncovered: bool = False,
        private_columns: bool = False,
        store: str | Path | None = DEFAULT,
    ) -> None:
        given = {
            "policy": policy,
            "inspector": inspector,
            "captioner": captioner,
            "instructor": instructor,
            "editor": editor,
            "verifier": verifier,
            "keep": keep,
            "image_column": image_column,
            "context_columns": context_columns,
            "annotations": annotations,
            "seed": seed,
            "encoding": encoding,
            "demographics": demographics,
            "allow_uncovered": allow_uncovered,
            "private_columns": private_columns,
            "store": store,
        }
        self._start(resolved(preset, given))

    def _start(self, config: Config) -> None:
        self.config = config
        self._stages = Stages(config)  # created and checked against the policy, not loaded
        self._recorder = Recorder(config, self._stages)
        self._rowwise = Rowwise(self._stages.seconds)
        self._store = RowStore(config.store, self.digest)

    def records(self, images: Sequence[Any], contexts: Sequence[str] | None = None) -> list[Record]:
        """Sanitize images and return their records in the same order.

        Args:
            images: Each encoded bytes, a path, a PIL image, a `{"bytes", "path"}` dict or None.
            contexts: What each image is about, in the dataset's own words; None for none.

        Returns:
            One record an image, in order; `record.image` is None for `rejected` and `failed`.

        Raises:
            DatasetError: A single image instead of a list, a cell of another type, or too few contexts.
            ConfigError: The self-test failed: the inspector or the verifier is blind.
            Unsafe2SafeError: The same stage failed 20 times in a row, or the row store cannot be written.
        """
        if isinstance(images, str | bytes | Path):
            raise DatasetError("records() takes a list of images, got one.", hint="Pass [image].")
        if contexts is not None and (isinstance(contexts, str) or len(contexts) != len(images)):
            raise DatasetError("contexts must be a list with one text an image.", hint="'' stands for none.")
        done = self._rowwise.over_cells(self._path, images, known=self._store.get, contexts=contexts)
        return [self._record(*pair) for pair in done]

    def _record(self, done: Record | StageError, image: OpenedImage | None) -> Record:
        return self._recorder.failed(done, image) if isinstance(done, StageError) else done

    def _path(self, images: list[OpenedImage]) -> list[Record]:
        run, seconds = self._stages, self._stages.seconds
        run.self_test()
        views = [views_of(image) for image in images]
        seeds = [self._recorder.seed(image) for image in images]

        with seconds.of("inspect"):
            inspections = run.inspect(views, [image.context for image in images])

        with seconds.of("caption"):
            captions = run.captioner.caption([v.rgb for v in views], inspections)
            public, guards = public_captions(captions, inspections)

        with seconds.of("instruct"):
            texts = run.instructor.instruct(public, seeds)
            instructions, more = public_instructions(texts, inspections, invents=self.config.demographics)
            targets = run.combine(public, instructions, seeds)

        private = [caption.private for caption in captions]
        known = zip(views, inspections, public, instructions, seeds, targets, private, strict=True)
        drafts = [Draft(view, list(found.findings), *texts) for view, found, *texts in known]
        for draft, guard, other in zip(drafts, guards, more, strict=True):
            draft.guarded |= {*guard, *other}
        run.chain.run(drafts)  # edit and verify, until every draft passes or is rejected

        with seconds.of("record"):
            records = in_threads(self._recorder.finished, images, drafts, captions)
            for image, record in zip(images, records, strict=True):
                self._store.put(record, image.context)
        return records

    def __getstate__(self) -> dict[str, Any]:
        """Pickle the configuration, no model; what the stages say is there for the hash of `datasets`."""
        return {**freeze(self.config), "stages": self._stages.fingerprint}

    def __repr__(self) -> str:
        policy = self.config.policy.name
        return f"Sanitizer(preset={self.config.preset!r}, policy={policy!r}, digest={self.digest!r})"

    @property
    def not_inspected(self) -> tuple[str, ...]:
        """The kinds of the policy that nobody looks for; empty unless `allow_uncovered=True`."""
        return self._stages.uncovered

    @property
    def effort(self) -> dict[str, dict[str, float]]:
        """What this object has done so far: `seconds` by stage, `rows` by origin, `calls` of models, `edits`.

        `edits` are `attempts` at rows, regions that were `retried` with another seed or `fell_back` to the
        next editor, and `refused:REASON` for each verdict.
        """
        run = self._stages
        rows: dict[str, float] = dict(self._store.counts)
        edits: dict[str, float] = dict(run.chain.counts)
        return {"seconds": dict(run.seconds.total), "rows": rows, "calls": run.calls, "edits": edits}

    @property
    def digest(self) -> str:
        """The digest of the configuration, as in `provenance.config_digest`."""
        return self._recorder.digest

    def __setstate__(self, state: dict[str, Any]) -> None:
        self._start(thaw(state))
