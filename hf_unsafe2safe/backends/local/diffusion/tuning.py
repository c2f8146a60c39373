"""What makes a loaded pipeline faster or smaller, as its spec says."""

from collections.abc import Callable, Mapping
from typing import Any

from ....errors import ConfigError

Options = Mapping[str, Any]

# By the class that runs: what works between its steps with diffusers 0.42. Most do not tell a cache which
# half of the guidance runs; `pyramid` never hears it, and would mix them; `first_block` breaks on FLUX.2.
CACHES: Mapping[str, tuple[str, ...]] = {
    "FluxKontextInpaintPipeline": ("pyramid",),
    "Flux2KleinInpaintPipeline": ("taylorseer",),
    "QwenImageEditInpaintPipeline": ("first_block", "taylorseer"),
    "QwenImageEditPlusPipeline": ("first_block", "taylorseer"),
}


def denoiser(pipe: Any) -> Any:
    """Return the network of a pipeline that runs at every step."""
    return getattr(pipe, "transformer", None) or pipe.unet


def tune(pipe: Any, options: Options) -> None:
    """Change a loaded pipeline in place.

    Raises:
        ConfigError: It cannot be changed so.
    """
    for name, change in _CHANGES.items():
        if options.get(name, "none") not in (False, "none"):
            change(pipe, options[name])


def _attention(pipe: Any, backend: str) -> None:
    network = denoiser(pipe)
    processors = getattr(network, "attn_processors", {}).values()
    if not any(hasattr(one, "_attention_backend") for one in processors):
        raise ConfigError(
            f"A {type(network).__name__} chooses how its attention is computed itself.",
            hint="Leave out attn.",
        )
    from diffusers.models.attention_dispatch import attention_backend

    try:
        with attention_backend():  # it would set that of all other models too: what was there comes back
            network.set_attention_backend(backend)
    except (ImportError, RuntimeError, ValueError) as error:
        raise ConfigError(f"attn={backend} cannot run here: {type(error).__name__}.") from error


def _channels_last(pipe: Any, _: bool) -> None:
    import torch

    if getattr(pipe, "unet", None) is None:
        raise ConfigError("channels_last is for U-Nets; this pipeline has a transformer.")
    pipe.unet.to(memory_format=torch.channels_last)
    pipe.vae.to(memory_format=torch.channels_last)


def _tiling(pipe: Any, _: bool) -> None:
    _enable(pipe.vae, "tiling")


def _slicing(pipe: Any, _: bool) -> None:
    _enable(pipe.vae, "slicing")


def _enable(vae: Any, what: str) -> None:
    if not hasattr(vae, f"enable_{what}"):
        raise ConfigError(f"The autoencoder of this pipeline has no {what}.", hint=f"Leave out vae_{what}.")
    getattr(vae, f"enable_{what}")()


def _layerwise(pipe: Any, _: bool) -> None:
    import torch

    network = denoiser(pipe)
    network.enable_layerwise_casting(storage_dtype=torch.float8_e4m3fn, compute_dtype=network.dtype)


def _cache(pipe: Any, name: str) -> None:
    kind = type(pipe).__name__
    if name not in CACHES.get(kind, ()):
        known = ", ".join(CACHES.get(kind, ())) or "none"
        raise ConfigError(f"A {kind} cannot run with cache={name}.", hint=f"It can with: {known}.")
    from diffusers import FirstBlockCacheConfig, PyramidAttentionBroadcastConfig, TaylorSeerCacheConfig

    configs: dict[str, Callable[[], Any]] = {
        "first_block": FirstBlockCacheConfig,
        "taylorseer": TaylorSeerCacheConfig,
        "pyramid": lambda: PyramidAttentionBroadcastConfig(
            spatial_attention_block_skip_range=2, current_timestep_callback=lambda: pipe.current_timestep
        ),
    }
    denoiser(pipe).enable_cache(configs[name]())


def _compile(pipe: Any, _: bool) -> None:
    network = denoiser(pipe)
    if not getattr(network, "_repeated_blocks", None):
        raise ConfigError(f"A {type(network).__name__} has no repeated blocks to compile.")
    network.compile_repeated_blocks(dynamic=True)


# In this order: what is cast or cached is compiled last.
_CHANGES: Mapping[str, Callable[[Any, Any], None]] = {
    "attn": _attention,
    "channels_last": _channels_last,
    "vae_tiling": _tiling,
    "vae_slicing": _slicing,
    "layerwise": _layerwise,
    "cache": _cache,
    "compile": _compile,
}
