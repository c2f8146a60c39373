"""Which metrics there are, and what each of them needs.

Built-ins are entry points of `hf_unsafe2safe.metrics`, as those of a third party would be; a metric may
also be an object. What needs a model runs when its option is given, and is listed as not run when not.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from importlib.metadata import entry_points
from typing import Any, Final

from ..errors import ConfigError, UnknownNameError
from .looks.embedded import EMBEDDED
from .looks.look import Looker
from .metric import DIMENSIONS, Metric
from .results import NotRun

GROUP: Final = "hf_unsafe2safe.metrics"

# Option -> what makes its object of a text (the metric itself where that is empty), and what it is.
OPTIONS: Final[Mapping[str, tuple[str, str]]] = {
    "clip": (".looks.clip:Clip", "a CLIP model"),
    "inception": (".looks.inception:Inception", "the weights of InceptionV3 as safetensors"),
    "lpips": (".cheating.lpips_net:LpipsNet", "the weights of VGG16 as safetensors"),
    "judge": ("", "a vision-language model of another family than the captioner"),
    "face_embedder": (".looks.paper_faces:OnnxFaces", "a face embedder as an ONNX file"),
    "race_classifier": ("", "an object that tells groups"),
    "probe_model": (".looks.features:ModelFeatures", "a vision model such as DINOv2"),
    "fine_tune": ("", "an image classifier that is trained as a whole"),
    "captioner": ("", "a captioner"),
    "vqa": ("", "a model that answers questions about images"),
}


OBJECTS: Final = ("race_classifier",)  # options that no text stands for


@dataclass(frozen=True)
class Chosen:
    """What will run.

    Args:
        metrics: In the order of the dimensions.
        lookers: What they need.
        not_run: What cannot, and why.
    """

    metrics: tuple[Metric, ...]
    lookers: tuple[Looker, ...]
    not_run: tuple[NotRun, ...]


def known() -> dict[str, type[Metric]]:
    """Return all registered metrics by name, in the order of the dimensions.

    Raises:
        ConfigError: Two packages register the same name, or what is registered is no metric.
    """
    found: dict[str, type[Metric]] = {}
    for entry in entry_points(group=GROUP):
        metric = entry.load()
        if not (isinstance(metric, type) and issubclass(metric, Metric)):
            raise ConfigError(f"The registered metric '{entry.name}' is no subclass of Metric.")
        if found.setdefault(entry.name, metric) is not metric:
            raise ConfigError(f"Two packages register the metric '{entry.name}'.", hint="Uninstall one.")
    order = sorted(found, key=lambda name: (DIMENSIONS.index(found[name].dimension), name))
    return {name: found[name] for name in order}


def choose(
    wanted: Sequence[str | Metric] | None, options: Mapping[str, Any], also: Iterable[str] = ()
) -> Chosen:
    """Return the metrics that are wanted and can run.

    Args:
        wanted: Names, dimensions or objects; None for all that are registered.
        options: Option -> a text as `OPTIONS` says, or an object made of it.
        also: Looks that are needed besides.

    Raises:
        UnknownNameError: There is no such metric or option.
        ConfigError: An option needs an object.
    """
    if isinstance(wanted, str):
        raise ConfigError("metrics is one text.", hint=f"Pass a list: metrics=[{wanted!r}].")
    if odd := [type(one).__name__ for one in wanted or () if not isinstance(one, str | Metric)]:
        raise ConfigError(f"metrics holds a {odd[0]}.", hint="Pass names, or objects of Metric.")
    made = {name: _made(name, value) for name, value in options.items() if value is not None}
    objects = [one for one in wanted or () if isinstance(one, Metric)]
    names = _names([one for one in wanted if isinstance(one, str)] if wanted is not None else None)
    running, not_run = [], []
    for name, kind in names.items():
        if kind.option and kind.option not in made:
            reason = f"needs the option {kind.option}: {OPTIONS[kind.option][1]}"
            not_run.append(NotRun(kind.dimension, name, kind.title, reason))
        else:
            running.append(kind(made[kind.option]) if kind.option else kind())  # type: ignore[call-arg]
    metrics = [*running, *objects]
    names_of = Counter(metric.name for metric in metrics)
    if twice := sorted(name for name, times in names_of.items() if times > 1):
        raise ConfigError(f"Two metrics are called {', '.join(twice)}.", hint="Give each a name of its own.")
    needed = {look for metric in metrics for look in metric.needs} | set(also)
    return Chosen(
        tuple(sorted(metrics, key=lambda m: DIMENSIONS.index(m.dimension))),
        _lookers(needed, made.values()),
        tuple(not_run),
    )


def _names(wanted: Sequence[str] | None) -> dict[str, type[Metric]]:
    metrics = known()
    if wanted is None:
        return metrics
    if unknown := sorted(set(wanted) - {*metrics, *DIMENSIONS}):
        raise UnknownNameError(
            f"Unknown metrics: {', '.join(unknown)}.",
            hint=f"Known: {', '.join((*DIMENSIONS, *metrics))}.",
        )
    return {name: kind for name, kind in metrics.items() if {name, kind.dimension} & set(wanted)}


def _made(option: str, value: Any) -> Any:
    if option not in OPTIONS:
        raise UnknownNameError(f"Unknown option '{option}'.", hint=f"Known: {', '.join(OPTIONS)}.")
    if not isinstance(value, str):
        return value
    place, what = OPTIONS[option]
    if option in OBJECTS:
        raise ConfigError(f"The option {option} is {what}.", hint="Pass it in Python.")
    if not place:
        return value
    module, _, name = place.partition(":")
    factory: Callable[[str], Any] = getattr(import_module(module, __package__), name)
    return factory(value)


def _lookers(needed: set[str], made: Iterable[Any]) -> tuple[Looker, ...]:
    own = {one.name: one for one in made if isinstance(one, Looker)}
    if missing := sorted(needed - own.keys() - EMBEDDED.keys()):
        raise ConfigError(
            f"Nobody looks for {', '.join(missing)}.",
            hint="A metric's `needs` name embedded looks or those of its option.",
        )
    return tuple(own[name] if name in own else EMBEDDED[name]() for name in sorted(needed))
