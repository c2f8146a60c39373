"""A trained editor goes to the Hub: looked at, private by default, in one commit.

What may leave is the folder `editor` of a run, and of it only the files that the run wrote, as it wrote them:
weights and configs of a pipeline. The card alone may have been edited.
"""

import json
import re
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from math import isnan
from pathlib import Path
from typing import Any

from huggingface_hub import CommitOperationAdd, CommitOperationDelete, HfApi
from huggingface_hub.errors import RemoteEntryNotFoundError, RepositoryNotFoundError

from ..errors import ConfigError, DatasetError, PublishError
from ..hub.asking import ask
from ..hub.licences import forbids_derivatives, hub_licences, licence_of
from ..hub.publishing.checking import HARMLESS
from .result import EDITOR, digests, read_result

MOST_RECOGNISED = 0.2  # share of people: above it an editor is not published by itself
CARD = "README.md"
_ALLOWED = re.compile(
    r"README\.md|model_index\.json"
    r"|(?:[a-z0-9_]+/)?(?:[a-z0-9_]*config|generation_config|special_tokens_map|tokenizer|vocab"
    r"|added_tokens|model\.safetensors\.index|diffusion_pytorch_model\.safetensors\.index)\.json"
    r"|(?:[a-z0-9_]+/)?merges\.txt|(?:[a-z0-9_]+/)?(?:spiece|tokenizer)\.model"
    r"|(?:[a-z0-9_]+/)?chat_template\.jinja"
    r"|(?:[a-z0-9_]+/)?[a-z0-9_]+(?:-\d{5}-of-\d{5})?\.safetensors"
)
_MADE_BY = "fine-tuned with hf-unsafe2safe"  # in the card of every editor that was published so
_ADDRESS = re.compile(r"[a-z]+://[^\s\"')>]*")
_RISK = (
    "**Published with `accept_risk`**: the validation says that people are recognised, or says nothing of "
    "it, or the licence of the data reads as one that forbids to share what is made of them."
)
# A path from the root or of a user, which configs that were loaded from a folder may hold.
_PATH = re.compile(r"(?:^|[\s\"'=:])(?:~|/|\\\\|[A-Za-z]:\\)[\w.~-]+[/\\]")


@dataclass(frozen=True)
class EditorPublication:
    """What was published, or would be.

    Args:
        files: Paths in the repo, in order.
        commit: None after a dry run, and where the repo holds all of it already.
    """

    files: tuple[str, ...]
    commit: str | None = None


def push_to_hub(
    run: str | Path,
    repo_id: str,
    *,
    public: bool = False,
    licence: str = "",
    accept_risk: bool = False,
    dry_run: bool = False,
    token: str | None = None,
    api: HfApi | None = None,
) -> EditorPublication:
    """Publish the editor of a finished run as a model repo.

    Args:
        run: The output folder of the training.
        repo_id: `owner/name`. A new repo is private.
        public: Everybody may see a new repo; needed too where it exists and is public.
        licence: Of the editor, an identifier of the Hub; needed where that of the model it started with is
            not known.
        accept_risk: Publish although the validation says that people are recognised, or says nothing, or the
            licence of the data reads as one against derivatives. The card then says so.
        dry_run: Do all of it but ask and send nothing.
        token: For the Hub; None for the one that is logged in.
        api: A client of your own instead.

    Raises:
        DatasetError: There is no finished run.
        ConfigError: The licence is none that the Hub knows.
        PublishError: A file may not leave, the figures forbid it, or the Hub refuses.
    """
    values = read_result(Path(run))
    folder = Path(run) / EDITOR
    if values is None or not folder.is_dir():
        raise DatasetError("There is no finished training run.", hint="Name the output folder of one.")
    if licence and (not hub_licences(licence) or licence.lower() == "unknown"):
        raise ConfigError("The Hub knows no such licence.", hint="For example apache-2.0 or mit.")
    risks = [error for error in (_recognised(values["figures"]), _of_data(values)) if error]
    if risks and not accept_risk:
        raise risks[0]
    _check_licence(values, licence)
    files = _files(folder, values.get("files", {}))
    for path, name in files:
        _check_content(path, name)
    if dry_run:
        return EditorPublication(tuple(name for _, name in files))
    card = (folder / CARD).read_text(encoding="utf-8")
    if licence:
        card = _with_licence(card, licence)
    if risks:
        card = f"{card.rstrip()}\n\n{_RISK}\n"
    return _pushed(api or HfApi(token=token), repo_id, files, card, public)


def _recognised(figures: Mapping[str, float]) -> PublishError | None:
    known = figures.get("reidentification", float("nan"))
    if isnan(known):
        return PublishError(
            "Nothing says whether people are recognised in what this editor makes.",
            hint="Train with a validation split that shows faces, or publish with accept_risk=True.",
        )
    if known > MOST_RECOGNISED:
        return PublishError(
            f"Of the people in the validation split {known:.0%} are still recognised; at most "
            f"{MOST_RECOGNISED:.0%} may be.",
            hint="Train with identity_weight or a larger mask_weight, or publish with accept_risk=True.",
        )
    return None


def _of_data(values: Mapping[str, Any]) -> PublishError | None:
    if forbids_derivatives(str(values.get("triplets", {}).get("licence") or "")):
        return PublishError(
            "The licence of the data reads as one that forbids to share what is made of them.",
            hint="Read it; where the editor may be shared, publish with accept_risk=True.",
        )
    return None


def _check_licence(values: Mapping[str, Any], licence: str) -> None:
    name, revision = values["models"][0]
    if not licence and not hub_licences(licence_of(name, revision)):
        raise PublishError(
            "The licence of the model that it started with is not known.",
            hint="Look it up, and name that of the editor: licence='...'.",
        )


def _files(folder: Path, written: Mapping[str, str]) -> list[tuple[Path, str]]:
    """Return the files that may leave, by their path in the repo.

    Raises:
        PublishError: There are others, or one is not as the run wrote it.
    """
    found = sorted((path, path.relative_to(folder).as_posix()) for path in folder.rglob("*"))
    files = [(path, name) for path, name in found if path.is_symlink() or not path.is_dir()]
    strange = [name for path, name in files if path.is_symlink() or not _ALLOWED.fullmatch(name)]
    if strange:
        raise PublishError(
            f"{len(strange)} of the files in the folder of the editor are neither weights nor configs.",
            hint="Remove what does not belong there.",
        )
    now = digests(folder)
    if changed := [name for name in now if name != CARD and now[name] != written.get(name)]:
        raise PublishError(
            f"{len(changed)} of the files in the folder of the editor are not as the training wrote them.",
            hint="Publish the folder of a run as it is; only the card may be edited.",
        )
    if CARD not in (name for _, name in files):
        raise PublishError("The editor has no card.", hint="Run the training again: it writes one.")
    return files


def _check_content(path: Path, name: str) -> None:
    """Raise for a file with a path of this machine in it, or one that is not what its name says."""
    try:
        if name.endswith(".safetensors"):
            texts = [json.dumps(_metadata(path))]
        elif name.rpartition("/")[2] in ("vocab.json", "merges.txt", "tokenizer.json", "tokenizer.model"):
            return  # tokens look like anything
        elif name.endswith(".model"):
            return
        else:
            texts = [path.read_text(encoding="utf-8")]
            if name.endswith(".json"):
                texts = list(_strings(json.loads(texts[0])))
    except (OSError, ValueError, KeyError):
        raise PublishError("A file of the editor cannot be read.", hint="Run the training again.") from None
    if any(_PATH.search(_ADDRESS.sub("", text)) for text in texts):
        raise PublishError(
            "A config of the editor names a path of this machine.", hint="Remove it from the config."
        )


def _metadata(path: Path) -> Any:
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(path, framework="np") as file:
            return file.metadata() or {}
    except SafetensorError:
        raise ValueError from None


def _strings(value: Any) -> list[str]:
    if isinstance(value, str):
        return [value]
    if isinstance(value, Mapping):
        return [text for one in value.items() for part in one for text in _strings(part)]
    return [text for one in value for text in _strings(one)] if isinstance(value, list) else []


def _with_licence(card: str, licence: str) -> str:
    start, _, rest = card.removeprefix("---\n").partition("\n---\n")
    lines = [line for line in start.splitlines() if not line.startswith("license:")]
    rest = re.sub(r"(?m)^- of this model: .*$", f"- of this model: {licence}", rest)
    return "\n".join(["---", *lines, f"license: {hub_licences(licence)[0]}", "---", rest])


def _pushed(
    api: HfApi, repo_id: str, files: list[tuple[Path, str]], card: str, public: bool
) -> EditorPublication:
    there = _look(api, repo_id)
    if there is None:
        ask("create the repo", lambda: api.create_repo(repo_id, private=not public, exist_ok=True))
        there = _look(api, repo_id)
    if there is None:
        raise PublishError("The repo is not there.", hint="Publish again.")
    if there.private == public:
        raise PublishError(
            f"The repo exists and is {'private' if public else 'public'}.",
            hint="Leave public away, and open it in its settings."
            if public
            else "Say public=True if everybody may have the editor, or name another repo.",
        )
    names = tuple(name for _, name in files)
    old = _old_files(api, repo_id, there)
    operations: list[CommitOperationAdd | CommitOperationDelete] = [
        CommitOperationAdd(name, str(path)) for path, name in files if name != CARD
    ]
    operations += [CommitOperationDelete(name) for name in old if name not in names]
    operations.append(CommitOperationAdd(CARD, card.encode()))  # the last: what it tells of is there
    again = _look(api, repo_id)
    if again is None or again.private != there.private:
        raise PublishError("Who may see the repo was changed meanwhile.", hint="Publish again.")
    made = ask(
        "commit",
        lambda: api.create_commit(
            repo_id, operations, commit_message="Publish a trained editor", parent_commit=there.sha
        ),
    )
    return EditorPublication(names, None if made.oid == there.sha else str(made.oid))


def _old_files(api: HfApi, repo_id: str, there: Any) -> list[str]:
    """Return the files of an editor that was published there before.

    Raises:
        PublishError: The repo holds other things.
    """
    others = [one.rfilename for one in there.siblings or () if one.rfilename not in HARMLESS]
    if others and _MADE_BY not in _card_of(api, repo_id, str(there.sha)):
        raise PublishError(
            f"The repo holds {len(others)} files that were not published with this tool.",
            hint="Name another repo.",
        )
    return others


def _card_of(api: HfApi, repo_id: str, revision: str) -> str:
    def read() -> str:
        with tempfile.TemporaryDirectory() as folder:
            try:
                path = api.hf_hub_download(repo_id, CARD, revision=revision, local_dir=folder)
            except RemoteEntryNotFoundError:
                return ""
            return Path(path).read_text(encoding="utf-8")

    return ask("read the card", read)


def _look(api: HfApi, repo_id: str) -> Any:
    """Return what the Hub says of a repo; None where there is none."""

    def look() -> Any:
        try:
            return api.model_info(repo_id)
        except RepositoryNotFoundError as error:
            # The Hub says 401 for a repo that does not exist when there is no valid token.
            if getattr(error.response, "status_code", None) == 401:
                raise
            return None

    return ask("look at the repo", look)
