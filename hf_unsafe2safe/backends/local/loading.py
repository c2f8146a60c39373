"""Loading models: once a process, safetensors only, errors of ours."""

import os
import re
from collections.abc import Callable, Hashable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from ... import weights
from ...errors import ConfigError, MissingExtraError, Unsafe2SafeError
from ...extras import need
from ..specs import Options, one_of, yes_or_no
from .finding import FoundModel, gated, untrusted

MODULES = ("torch", "transformers", "accelerate", "safetensors")

# What errors say that are not torch.OutOfMemoryError: of a CPU, of MPS and CUDA itself, of cuBLAS.
_FULL = ("DefaultCPUAllocator", "out of memory", "ALLOC_FAILED")

_loaded: dict[tuple[int, Hashable], Any] = {}  # by process: a child of a fork has its own


def _device(value: str) -> str:
    if not re.fullmatch(r"auto|cpu|mps|(cuda|xpu)(:[0-9]+)?", value):
        raise ValueError("It is auto, cpu, cuda or, for one of several, cuda:0.")
    return value


# What a spec may say of how a model is loaded.
OPTIONS: Options = {
    "dtype": one_of("auto", "float32", "bfloat16", "float16"),
    "device_map": _device,
    "attn": one_of("eager", "sdpa", "flash_attention_2"),
    "quantization": one_of("4bit", "8bit"),
    "trust_remote_code": yes_or_no,
}


def need_loading(feature: str, options: Mapping[str, Any], *modules: str) -> None:
    """Raise unless what loading a model takes is installed; nothing is imported.

    Args:
        feature: Who needs it, for the message.
        options: Of the spec.
        modules: Further modules of the extra "models".

    Raises:
        MissingExtraError: A package is missing; the message has the pip line.
    """
    need("models", feature, *MODULES, *modules)
    if "quantization" in options:
        try:
            need("models", "", "bitsandbytes")
        except MissingExtraError:  # an extra of its own: its builds are not for every machine
            raise MissingExtraError(
                f"{feature} with quantization needs bitsandbytes.", hint="pip install bitsandbytes"
            ) from None


def shared(key: Hashable, make: Callable[[], Any]) -> Any:
    """Return what was loaded under a key in this process, else load it."""
    mine = (os.getpid(), key)
    if mine not in _loaded:
        _loaded[mine] = make()
    return _loaded[mine]


def load(found: FoundModel, kind: str, **more: Any) -> Any:
    """Return what `from_pretrained` of a class loads: a processor, a tokenizer, a configuration.

    Args:
        found: The model.
        kind: Name of a class of transformers. Some cannot be imported where a package does not fit another.
        more: Further arguments of it.

    Raises:
        ConfigError: It cannot be loaded.
        MissingExtraError: It needs a package that is missing.
    """
    if found.commit:
        more["revision"] = found.commit
    with explained(found.info.name):
        import transformers

        return getattr(transformers, kind).from_pretrained(
            found.where, trust_remote_code=found.trusted, **more
        )


@contextmanager
def explained(name: str) -> Iterator[None]:
    """Make errors of ours of those that a library raises while it loads a model.

    Raises:
        ConfigError: It cannot be loaded.
        MissingExtraError: It needs a package that is missing.
    """
    from safetensors import SafetensorError

    try:
        yield
    except Unsafe2SafeError:
        raise
    except (
        *(OSError, ValueError, LookupError, RuntimeError, TypeError, AttributeError, ImportError),
        SafetensorError,
    ) as error:
        raise _explained(name, error) from error


def check_process(device: str) -> None:
    """Make torch fit for this process.

    Args:
        device: Where a model will run, as in a spec.

    Raises:
        ConfigError: It would use CUDA in a process that was forked from one that did.
    """
    import torch

    if weights.threads() == 1:
        # Torch in a fork hangs for ever on the threads that its parent had.
        torch.set_num_threads(1)
    if device != "cpu" and torch.cuda._is_in_bad_fork():
        raise ConfigError(
            "A model cannot use CUDA in a process forked from one that uses it.",
            hint="Use num_proc=1, or processes that are spawned.",
        )


def load_model(found: FoundModel, kind: str, options: Mapping[str, Any]) -> Any:
    """Return a model ready to run.

    Args:
        found: The model.
        kind: Name of a class of transformers, for example `AutoModelForImageTextToText`.
        options: Of the spec, those of `OPTIONS`; others are left alone.

    Raises:
        ConfigError: As `load`; or it would use CUDA in a process that was forked from one that did.
        MissingExtraError: As `load`.
    """
    device = options.get("device_map", "auto")
    check_process(device)
    more: dict[str, Any] = {"dtype": options.get("dtype", "auto"), "device_map": device}
    if "attn" in options:
        more["attn_implementation"] = options["attn"]
    if "quantization" in options:
        more["quantization_config"] = _quantized(options["quantization"], more["dtype"])
    return load(found, kind, use_safetensors=True, **more).eval()


def _quantized(bits: str, dtype: str) -> Any:
    from transformers import BitsAndBytesConfig

    if bits == "8bit":
        return BitsAndBytesConfig(load_in_8bit=True)
    return BitsAndBytesConfig(
        load_in_4bit=True,
        bnb_4bit_quant_type="nf4",
        bnb_4bit_compute_dtype="bfloat16" if dtype == "auto" else dtype,
    )


def out_of_memory(error: BaseException) -> bool:
    """Return whether an error says that memory ran out, on whatever device."""
    import torch

    if isinstance(error, torch.OutOfMemoryError | MemoryError):
        return True
    return isinstance(error, RuntimeError) and any(words in str(error) for words in _FULL)


def _explained(name: str, error: Exception) -> Unsafe2SafeError:
    """Return our error for one of a library; its message may hold a path and is not repeated."""
    from huggingface_hub.errors import GatedRepoError

    if isinstance(error, GatedRepoError) or isinstance(error.__cause__, GatedRepoError):
        return gated(name)
    if "trust_remote_code" in str(error):
        return untrusted(name)
    if isinstance(error, ImportError):
        return MissingExtraError(
            f"The model {name} needs a package that is missing or does not fit the others.",
            hint='pip install "hf-unsafe2safe[models]"; torchvision must be of the release of torch. '
            "`unsafe2safe doctor` looks; the page of the model may name other packages.",
        )
    if out_of_memory(error):
        return ConfigError(
            f"The model {name} does not fit into memory.", hint="Try dtype=bfloat16 or quantization=4bit."
        )
    return ConfigError(
        f"The model {name} cannot be loaded: {type(error).__name__}.",
        hint="Its files may be incomplete, or newer than the installed library; or the Hub is out of reach.",
    )
