"""Models behind an endpoint: an OpenAI-compatible server, or Inference Providers of the Hub."""

import hashlib
import json
from collections import Counter
from collections.abc import Mapping, Sequence
from threading import Event
from typing import Any

from ... import extras
from ...errors import StageError
from ...records import ModelInfo
from ..chat import Prompt, Reply
from . import answers
from . import spec as endpoint_spec
from .asker import Asker, Send
from .bodies import Body, decision, question
from .connection import Connection, check_key
from .retrying import Failure
from .servers import Provider, Server

SIZE = 1024
CONCURRENCY = 8
TIMEOUT_S = 120.0
RETRIES = 5


class EndpointChat:
    """A `ChatModel` behind HTTP. Images and prompts leave this process, to the address that is named.

    Servers promise no determinism: temperature 0 and the seed are passed on, and the same prompt may still
    get another reply. No key is kept in it: it is read from its place when the first prompt is asked.

    Args:
        argument: `http://127.0.0.1:8000/v1,model=NAME` or `org/model,provider=auto`, then the options of
            `endpoint_spec.OPTIONS`; see docs/endpoints.md.
        images: Whether prompts may have an image.

    Raises:
        ConfigError: The argument cannot work, or a key is missing.
        MissingExtraError: A server needs the `openai` package.
    """

    def __init__(self, argument: str, *, images: bool) -> None:
        self._spec = endpoint_spec.read(argument)
        if self._spec.url is not None:
            extras.need("api", "An endpoint", "openai")
        check_key(self._spec)
        self._argument, self._images = argument, images
        options = self._spec.options
        self._connection = Connection(
            self._spec,
            lambda: _send(self._spec),
            concurrency=int(options.get("concurrency", CONCURRENCY)),
            retries=int(options.get("retries", RETRIES)),
            needed=frozenset({"response_format"} if self._schema == "on" else ()),
        )
        self.counts: Counter[str] = self._connection.counts  # see `Budget`

    @property
    def models(self) -> tuple[ModelInfo, ...]:
        """The model, and the revision that the user says it has."""
        return (ModelInfo(self._spec.public_name, self._spec.revision),)

    def fingerprint(self) -> str:
        """Return what changes when the model, its revision, or what is asked of it does."""
        spec = self._spec
        told = [spec.model, spec.revision, spec.provider, self._size, self._schema, self._images]
        return hashlib.sha256(json.dumps(["endpoint-1", *told]).encode()).hexdigest()[:16]

    def generate(self, prompts: Sequence[Prompt]) -> list[Reply | StageError]:
        """Return a reply a prompt, in order; where one failed for good, the error that its row fails with.

        Raises:
            ConfigError: The server refuses the key, or has no such model.
            BudgetError: A budget is used up.
        """

        def ask(asker: Asker, prompt: Prompt, stop: Event) -> Reply | StageError:
            body = question(prompt, self._spec.model, self._size, schema=self._schema != "off")
            return asker.ask(body, lambda answer, _: answers.reply(answer), stop)

        self._check_images(prompts)
        return self._connection.each(ask, prompts)

    def decide(self, prompts: Sequence[Prompt]) -> list[float | StageError]:
        """Return the probability of "yes" against "no" as the first word of the reply, in [0, 1].

        From a server that tells no probabilities it is 1.0 or 0.0, as the reply says.

        Raises:
            ConfigError: The server refuses the key, or has no such model.
            BudgetError: A budget is used up.
        """

        def ask(asker: Asker, prompt: Prompt, stop: Event) -> float | StageError:
            return asker.ask(decision(prompt, self._spec.model, self._size), _decided, stop)

        self._check_images(prompts)
        return self._connection.each(ask, prompts)

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickle what it was made from."""
        return _made, (self._argument, self._images)

    @property
    def _size(self) -> int:
        return int(self._spec.options.get("size", SIZE))

    @property
    def _schema(self) -> str:
        return str(self._spec.options.get("schema", "auto"))

    def _check_images(self, prompts: Sequence[Prompt]) -> None:
        if not self._images and any(prompt.image is not None for prompt in prompts):
            raise ValueError("A prompt has an image, and the model was opened without images.")


def _decided(answer: Mapping[str, Any], sent: Body) -> float | StageError | Failure:
    return answers.probability(answer) if "logprobs" in sent else answers.first_word(answer)


def _made(argument: str, images: bool) -> EndpointChat:
    return EndpointChat(argument, images=images)


def _send(spec: endpoint_spec.EndpointSpec) -> Send:
    timeout_s = float(spec.options.get("timeout_s", TIMEOUT_S))
    if spec.url is not None:
        # A proxy would see what is sent to this very machine, and in clear.
        return Server(spec.url, spec.secret(), timeout_s=timeout_s, proxies=not spec.local)
    from huggingface_hub import InferenceClient

    provider: Any = spec.provider
    return Provider(InferenceClient(provider=provider, api_key=spec.secret(), timeout=timeout_s))
