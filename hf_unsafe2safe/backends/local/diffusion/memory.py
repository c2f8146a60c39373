"""Where a pipeline runs and how much of it at once, by the memory there is."""

from collections.abc import Mapping
from typing import Any

from ....errors import ConfigError

# Pictures at once, of the weight of Stable Diffusion 1.5 at 512: by gigabytes of the device, at most.
BATCHES = ((8, 1), (16, 2), (24, 4), (48, 8))
LARGE_BATCH, CPU_BATCH = 16, 1  # a processor gains nothing from more, and one is exact
ROOM = 0.8  # share of the free memory that weights may take: pictures need some too


def device_of(options: Mapping[str, Any]) -> str:
    """Return the device that a spec means, for `balanced` the first one.

    Raises:
        ConfigError: It is not there.
    """
    import torch

    there = [name for name in ("cuda", "mps", "xpu") if getattr(torch, name).is_available()]
    device = str(options.get("device_map", "auto"))
    if device in ("auto", "balanced"):
        return next(iter(there), "cpu")
    if device.partition(":")[0] not in (*there, "cpu"):
        raise ConfigError(f"There is no device {device} here.", hint="Leave out device_map.")
    return device


def batch_size(device: str, weight: float) -> int:
    """Return how many pictures to make at once.

    Args:
        device: As torch names it.
        weight: Of a picture, that of Stable Diffusion 1.5 at 512 being 1.
    """
    most = CPU_BATCH
    if device.startswith("cuda"):
        import torch

        gigabytes = torch.cuda.get_device_properties(device).total_memory / 2**30
        most = next((rows for size, rows in BATCHES if gigabytes <= size), LARGE_BATCH)
    return max(1, int(most / weight))


def place(pipe: Any, options: Mapping[str, Any]) -> str:
    """Put a pipeline where it runs, and return how it is offloaded: none, model, group or sequential.

    By itself it is offloaded by whole models where the weights do not fit into the GPU, and by groups of
    layers where the largest model does not.

    Raises:
        ConfigError: It shall be offloaded from a processor.
    """
    device, how = device_of(options), str(options.get("offload", "auto"))
    if options.get("device_map") == "balanced":
        return "none"  # loaded so
    if how == "auto":
        how = _needed(pipe, device)
    if how != "none" and device == "cpu":
        raise ConfigError(f"offload={how} needs a GPU.", hint="Leave it out: a processor has all weights.")
    if how == "none":
        pipe.to(device)
    else:
        offload(pipe, device, how)
    return how


def offload(pipe: Any, device: str, how: str) -> None:
    """Keep the weights of a pipeline in the main memory but for what runs."""
    import torch

    if how == "model":
        pipe.enable_model_cpu_offload(device=device)
    elif how == "sequential":
        pipe.enable_sequential_cpu_offload(device=device)
    else:
        streams = device.startswith("cuda")  # the next group is copied while one runs
        pipe.enable_group_offload(
            torch.device(device), offload_type="leaf_level", use_stream=streams, low_cpu_mem_usage=streams
        )


def _needed(pipe: Any, device: str) -> str:
    import torch

    if not device.startswith("cuda"):
        return "none"
    parts = [part for part in pipe.components.values() if isinstance(part, torch.nn.Module)]
    sizes = [sum(one.numel() * one.element_size() for one in part.parameters()) for part in parts]
    most = ROOM * torch.cuda.mem_get_info(device)[0]
    if sum(sizes) <= most:
        return "none"
    return "model" if max(sizes) <= most else "group"
