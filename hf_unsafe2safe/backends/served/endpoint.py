"""Models behind an endpoint: an OpenAI-compatible server, or Inference Providers of the Hub."""

import hashlib
import json
import os
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from threading import Event
from typing import Any

from ... import extras
from ...errors import BackendError, ConfigError, StageError
from ...records import ModelInfo
from ..chat import Prompt, Reply
from . import answers
from . import spec as endpoint_spec
from .asker import Asker, Send
from .bodies import Body, decision, question
from .budget import Budget
from .parallel import in_order
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
        _check_key(self._spec)
        self._argument, self._images = argument, images
        self.counts: Counter[str] = Counter()
        self._asker: tuple[int, Asker] | None = None

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

        def ask(prompt: Prompt, stop: Event) -> Reply | StageError:
            body = question(prompt, self._spec.model, self._size, schema=self._schema != "off")
            return self._asking().ask(body, lambda answer, _: answers.reply(answer), stop)

        return self._each(ask, prompts)

    def decide(self, prompts: Sequence[Prompt]) -> list[float | StageError]:
        """Return the probability of "yes" against "no" as the first word of the reply, in [0, 1].

        From a server that tells no probabilities it is 1.0 or 0.0, as the reply says.

        Raises:
            ConfigError: The server refuses the key, or has no such model.
            BudgetError: A budget is used up.
        """

        def ask(prompt: Prompt, stop: Event) -> float | StageError:
            body = decision(prompt, self._spec.model, self._size)
            return self._asking().ask(body, _decided, stop)

        return self._each(ask, prompts)

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickle what it was made from."""
        return _made, (self._argument, self._images)

    @property
    def _size(self) -> int:
        return int(self._spec.options.get("size", SIZE))

    @property
    def _schema(self) -> str:
        return str(self._spec.options.get("schema", "auto"))

    def _each(self, ask: Callable[[Prompt, Event], Any], prompts: Sequence[Prompt]) -> list[Any]:
        if not self._images and any(prompt.image is not None for prompt in prompts):
            raise ValueError("A prompt has an image, and the model was opened without images.")
        asking = self._asking()  # here, so that the threads find it
        asking.heard = False
        answers = in_order(ask, prompts, int(self._spec.options.get("concurrency", CONCURRENCY)))
        failed = bool(answers) and all(isinstance(one, BackendError) for one in answers)
        if failed and not asking.answered:
            raise ConfigError(
                "The server has given no answer at all.",
                hint="Check that it runs, its address, and that this machine may reach it.",
            )
        asking.patient = asking.heard or not failed  # waiting did not help: until it answers, nothing waits
        return answers

    def _asking(self) -> Asker:
        """Return what asks, of this process: connections and locks do not survive a fork."""
        if self._asker is None or self._asker[0] != os.getpid():
            needed = frozenset({"response_format"} if self._schema == "on" else ())
            retries = int(self._spec.options.get("retries", RETRIES))
            budget = Budget(self._spec.limits, self.counts)
            self._asker = (os.getpid(), Asker(_send(self._spec), budget, retries=retries, needed=needed))
        return self._asker[1]


def _decided(answer: Mapping[str, Any], sent: Body) -> float | StageError | Failure:
    return answers.probability(answer) if "logprobs" in sent else answers.first_word(answer)


def _made(argument: str, images: bool) -> EndpointChat:
    return EndpointChat(argument, images=images)


def _check_key(spec: endpoint_spec.EndpointSpec) -> None:
    secret = spec.secret()
    if spec.url is not None:
        return
    from huggingface_hub import is_offline_mode

    if is_offline_mode():
        raise ConfigError("HF_HUB_OFFLINE is set.", hint="Inference Providers are on the network.")
    if spec.provider == "auto" and not secret.startswith("hf_"):
        raise ConfigError("provider=auto needs a token of the Hub.", hint="Name the provider of the key.")


def _send(spec: endpoint_spec.EndpointSpec) -> Send:
    timeout_s = float(spec.options.get("timeout_s", TIMEOUT_S))
    if spec.url is not None:
        # A proxy would see what is sent to this very machine, and in clear.
        return Server(spec.url, spec.secret(), timeout_s=timeout_s, proxies=not spec.local)
    from huggingface_hub import InferenceClient

    provider: Any = spec.provider
    return Provider(InferenceClient(provider=provider, api_key=spec.secret(), timeout=timeout_s))
