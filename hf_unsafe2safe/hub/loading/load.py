"""`load_safe_dataset`: the safe variant of a dataset by the dataset's own name.

What is published and passes the checks is loaded; else the variant is made on this machine.
"""

import os
from collections.abc import Mapping
from typing import Any, Literal

from ...config import from_preset
from ...errors import ConfigError, DatasetError, PublishError
from ...policy import Policy, resolve_policy
from ...sanitizer import Sanitizer
from ..catalog.entries import REPO_ID
from .building import build
from .candidates import splits_in
from .rows import offline
from .trust import Wanted
from .variants import Call, from_cache, from_hub

FALLBACKS = ("materialize", "error")


def load_safe_dataset(
    name: str,
    config: str | None = None,
    split: Any = None,
    revision: str | None = None,
    streaming: bool = False,
    fallback: Literal["materialize", "error"] = "materialize",
    *,
    policy: str | Policy | Mapping[str, Any] | None = None,
    config_digest: str | None = None,
    accept_unverified: bool = False,
    sanitizer: Sanitizer | Mapping[str, Any] | None = None,
    cache_dir: str | None = None,
    token: str | bool | None = None,
    num_proc: int = 1,
) -> Any:
    """Load the safe variant of a dataset of the Hub.

    The first of these that passes the checks of `hub.trust`: the dataset itself, where it is a published
    safe one; what your own catalog and the shipped one name; what the owner of the dataset, or you,
    published with its tags. What somebody else published is named in a warning and not used, until
    `unsafe2safe catalog add` says that you trust it. Without a network the same call finds again what it
    loaded before.

    Args:
        name: Hub id of the dataset, or of a published safe variant.
        config: Its configuration; None for the only one, and of several that are published for `default`,
            else the only one that passes.
        split: As for `load_dataset`; None for all.
        revision: Branch, tag or commit of `name`; a published variant must have been made from it.
        streaming: Read rows as they come. Rows that stream are not held against the manifest.
        fallback: Where nothing is published: `materialize` makes the variant here and says so first, with an
            estimate of the time; `error` raises.
        policy: What must be edited at least; None for that of `sanitizer`, by default `default`.
        config_digest: Only what was made with this very configuration.
        accept_unverified: Where `name` itself claims to be safe and that cannot be checked, load it as it is,
            with a warning. It is not found again without a network.
        sanitizer: A Sanitizer, or its keyword arguments, for what is made here.
        cache_dir: As for `load_dataset`.
        token: For reading published variants; what is made here is read with the token that is logged in.
        num_proc: Processes.

    Returns:
        What `load_dataset` returns.

    Raises:
        DatasetError: No such dataset or split, nothing that may be used, or several configurations.
        ConfigError: A setting cannot work, or a catalog is damaged.
    """
    _check_name(name)
    if fallback not in FALLBACKS:
        raise ConfigError(f"fallback cannot be {fallback!r}.", hint=f"It is one of {', '.join(FALLBACKS)}.")
    made = _with_policy(policy, sanitizer)
    splits = splits_in(split)
    if streaming and splits != (() if split is None else (str(split),)):
        raise DatasetError("Rows that stream come split by split.", hint="Name one split, or none for all.")
    call = Call(
        name=name,
        config=config,
        split=split,
        revision=revision,
        streaming=streaming,
        wanted=Wanted(name, config, splits, _asked_policy(made), config_digest),
        accept_unverified=accept_unverified,
        cache_dir=cache_dir,
        token=token,
        num_proc=num_proc,
    )
    loaded = from_cache(call) if offline() else _from_hub(call)
    if loaded is not None:
        return loaded
    why = "; ".join(call.reasons) or "none is known"
    if fallback == "error":
        raise DatasetError(
            f"No published safe variant of '{name}' can be used: {why}.",
            hint="With fallback='materialize' it is made on this machine.",
        )
    return build(
        name,
        config,
        split,
        revision,
        streaming=streaming,
        sanitizer=made,
        cache_dir=cache_dir,
        num_proc=num_proc,
        why=why,
    )


def _from_hub(call: Call) -> Any | None:
    try:
        return from_hub(call)
    except PublishError as error:
        hint = "Try again later. With HF_HUB_OFFLINE=1 the same call finds what it loaded before."
        raise DatasetError(error.message, hint=hint if error.retryable else error.hint) from None


def _check_name(name: str) -> None:
    if not isinstance(name, str) or not REPO_ID.fullmatch(name):
        raise DatasetError("This is no name of a dataset on the Hub.", hint="Pass one such as 'org/name'.")
    if os.path.exists(name):
        raise DatasetError(
            "There is a file or folder of this name here; datasets of the Hub are loaded by name.",
            hint="Sanitize what is on this machine with `unsafe2safe sanitize` or Unsafe2SafeBuilder.",
        )


def _with_policy(policy: Any, sanitizer: Sanitizer | Mapping[str, Any] | None) -> Any:
    """Return the sanitizer, or its keyword arguments, for what is made here."""
    if not isinstance(sanitizer, Sanitizer | Mapping | None):
        raise ConfigError(
            f"sanitizer cannot be a {type(sanitizer).__name__}.",
            hint="Pass a Sanitizer, or its arguments, such as {'preset': 'local'}.",
        )
    if policy is None:
        return sanitizer or {}
    if isinstance(sanitizer, Sanitizer) or "policy" in (sanitizer or {}):
        raise ConfigError("The policy was given twice.", hint="Leave policy out: the sanitizer has one.")
    return {**(sanitizer or {}), "policy": policy}


def _asked_policy(sanitizer: Sanitizer | Mapping[str, Any]) -> Policy:
    """Return the policy of a sanitizer without making one: its models may not be at hand, nor needed."""
    if isinstance(sanitizer, Sanitizer):
        return sanitizer.config.policy
    preset = sanitizer.get("preset", "local")
    return resolve_policy(from_preset(preset, policy=sanitizer.get("policy"))["policy"])
