"""What an `endpoint:` spec says: a server or a model of Inference Providers, and how to use it."""

import os
import re
from dataclasses import dataclass, field, fields
from ipaddress import ip_address
from typing import Any
from urllib.parse import SplitResult, urlsplit

from ...errors import ConfigError
from .. import specs
from .budget import Limits

COMMON: specs.Options = {  # of every endpoint
    "model": str,
    "provider": str,
    "revision": str,
    "key": str,
    "concurrency": specs.count(1, 256),
    "timeout_s": specs.number(0.1, 3600),
    "retries": specs.count(0, 20),
    "max_requests": specs.count(),
}
OPTIONS: specs.Options = {
    **COMMON,
    "size": specs.count(28, 8192),
    "schema": specs.one_of("auto", "on", "off"),
    "max_tokens": specs.count(),
    "input_price": specs.number(0, 1e6),
    "output_price": specs.number(0, 1e6),
}
_REPO = re.compile(r"[\w.-]+/[\w.-]+")
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_OPENAI = ("api.openai.com", ".api.openai.com")  # the only host that OPENAI_API_KEY is for


@dataclass(frozen=True)
class EndpointSpec:
    """An endpoint, read and checked.

    Args:
        url: Base address of a server; None for Inference Providers. Private: never published.
        model: As the server names it.
        revision: What the user says the server runs.
        provider: Of Inference Providers; empty for a server.
        key: Environment variable that holds the key; None for the usual one.
        options: The others, as read.
    """

    url: str | None = field(repr=False)
    model: str
    revision: str
    provider: str
    key: str | None
    options: dict[str, Any]

    @property
    def public_name(self) -> str:
        """The model, unless it is a folder of the server."""
        folder = self.model.startswith(("/", ".", "~")) or "\\" in self.model
        return "served-model" if folder else self.model

    @property
    def local(self) -> bool:
        """Whether the server is on this machine."""
        return self.url is not None and _loopback(urlsplit(self.url).hostname or "")

    @property
    def limits(self) -> Limits:
        """What may be asked of it."""
        names = (field.name for field in fields(Limits))
        return Limits(**{name: self.options.get(name) for name in names})

    def secret(self) -> str:
        """Return the key; "none" for a server that needs none.

        It is in the variable that `key` names. Without `key`, OPENAI_API_KEY goes to OpenAI and the token of
        the Hub to Inference Providers; no other host gets either.

        Raises:
            ConfigError: There is none, or it cannot be one.
        """
        host = urlsplit(self.url).hostname or "" if self.url else ""
        found: str | None = "none"
        if self.key:
            found, where = os.environ.get(self.key), f"the environment variable {self.key}"
        elif self.url is None:
            from huggingface_hub import get_token

            found, where = get_token(), "HF_TOKEN, nor by `hf auth login`"
        elif host == _OPENAI[0] or host.endswith(_OPENAI[1]):
            found, where = os.environ.get("OPENAI_API_KEY"), "the environment variable OPENAI_API_KEY"
        if not found or not found.strip():
            raise ConfigError(f"There is no key in {where}.", hint="Set it, or name another: key=NAME.")
        if not re.fullmatch(r"[!-~]+", found.strip()):  # it would end in an error of the HTTP client
            raise ConfigError(f"What is in {where} is no key.", hint="A key has no spaces.")
        return found.strip()


def read(argument: str, known: specs.Options = OPTIONS) -> EndpointSpec:
    """Return what an argument says.

    Args:
        argument: `http://127.0.0.1:8000/v1,model=NAME` or `org/model,provider=auto`, then options.
        known: The options that may be given, those of `COMMON` among them.

    Raises:
        ConfigError: The address or a value cannot be, or both forms are mixed. Addresses and keys are not
            repeated in messages.
        UnknownNameError: There is no such option.

    Example:
        >>> read("https://example.com/v1,model=org/model,revision=v2").model
        'org/model'
    """
    name, _ = specs.split(argument)
    if "://" in name:
        _check_address(name)
    spec = specs.parse(argument, known)
    options = dict(spec.options)
    model, provider, revision, key = (options.pop(o, None) for o in ("model", "provider", "revision", "key"))
    if key is not None and not _VARIABLE.fullmatch(key):
        raise ConfigError(
            "key= must be the name of an environment variable.", hint="Put the key into it, not here."
        )
    if "://" in name:
        if not model or provider is not None:
            raise ConfigError("An address needs model=NAME, and no provider.", hint="See docs/endpoints.md.")
        return EndpointSpec(name.rstrip("/"), model, revision or "unknown", "", key, options)
    if model is not None or not _REPO.fullmatch(spec.name):
        raise ConfigError(
            "An endpoint is an address with model=NAME, or org/model without one.",
            hint="An address begins with http:// or https://.",
        )
    return EndpointSpec(
        None, spec.name, revision or spec.revision or "unknown", provider or "auto", key, options
    )


def _check_address(url: str) -> None:
    parts = _parts(url)
    if "@" in parts.netloc or parts.query or parts.fragment or "?" in url:
        raise ConfigError(
            "An address must hold no user, password or query: it may hold a key.", hint="Use key=NAME."
        )
    if parts.scheme == "http" and not _loopback(parts.hostname or ""):
        raise ConfigError(
            "Over http:// images would travel unencrypted to another machine.",
            hint="Use https://, or a tunnel to 127.0.0.1.",
        )


def _parts(url: str) -> SplitResult:
    try:
        parts = urlsplit(url)
        known = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
    except ValueError:  # a bad port or a bad IPv6 address
        known = None
    if not known:
        raise ConfigError("The address cannot be read.", hint="For example http://127.0.0.1:8000/v1.")
    return parts


def _loopback(host: str) -> bool:
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False
