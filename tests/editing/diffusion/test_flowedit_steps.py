"""FlowEdit on velocity fields with a known answer."""

import itertools
import math
from collections.abc import Callable, Sequence
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hf_unsafe2safe.editing.diffusion.flowedit_steps import flow_edit
from tests import tiny_models  # noqa: F401  first: it makes torch ready

import torch  # isort: skip

SHAPE = (2, 3, 4, 4)
MEANS = {"source": 0.0, "target": 2.0}
SPREAD = 0.5


def randoms(*seeds: int) -> list[Any]:
    return [torch.Generator().manual_seed(seed) for seed in seeds]


def images(seed: int = 0, shape: Sequence[int] = SHAPE) -> Any:
    return SPREAD * torch.randn(*shape, generator=randoms(seed)[0])


def even(steps: int) -> list[float]:
    return [1 - i / steps for i in range(steps + 1)]


def field(one: Callable[[Any, float, str], Any]) -> Any:
    """Return a velocity from one of a single side."""
    return lambda z, sigma, sides: torch.stack([one(z[k], sigma, side) for k, side in enumerate(sides)])


def gaussians(means: dict[str, float] = MEANS) -> Any:
    """Return the exact velocity of a model that knows images normal around a mean a text.

    Of z = (1 - t) x + t n with x ~ N(m, s^2): E[n - x | z] = (t - (1 - t) s^2) / var * (z - (1 - t) m) - m.
    """

    def one(z: Any, t: float, side: str) -> Any:
        variance = ((1 - t) * SPREAD) ** 2 + t**2
        return (t - (1 - t) * SPREAD**2) / variance * (z - (1 - t) * means[side]) - means[side]

    return field(one)


def displacement(start: float) -> float:
    """Return by how much FlowEdit moves an image between the two `gaussians`, in the limit of many steps.

    The noise falls out of the difference; what is left is linear: e = d - (1 - t) D has de/dt = k e with
    k = var' / (2 var), hence e(0) = e(start) * s / sqrt(var(start)).
    """
    wanted = MEANS["target"] - MEANS["source"]
    variance = ((1 - start) * SPREAD) ** 2 + start**2
    return wanted * (1 - (1 - start) * SPREAD / math.sqrt(variance))


# share of the steps that is done, how many steps, largest error: twice the steps, half of it
@pytest.mark.parametrize(
    ("share", "steps", "off"),
    [(1.0, 50, 0.02), (0.66, 50, 0.03), (0.66, 100, 0.015), (0.66, 800, 0.002), (0.3, 800, 0.002)],
)
def test_between_two_gaussians_the_edit_is_the_known_displacement(share, steps, off):
    n_max = round(share * steps)
    latents = images()
    edited = flow_edit(latents, gaussians(), even(steps), randoms(1, 2), n_max=n_max)
    known = displacement(n_max / steps)
    assert 0 < known <= 2
    assert (edited - latents - known).abs().max() < off


# what a model says, and where it takes the latents in 10 steps of which 6 are done
CONSTANT = field(lambda z, t, side: torch.full_like(z, {"source": 3.0, "target": 1.0}[side]))
RISING = field(lambda z, t, side: torch.full_like(z, {"source": 0.0, "target": t}[side]))
NOISY = field(lambda z, t, side: z * 7.0 + 1.0 if side == "target" else z * 7.0)


@pytest.mark.parametrize(
    ("velocity", "moved"),
    [
        (CONSTANT, 2.0 * 0.6),
        (RISING, -sum((i / 10) * 0.1 for i in range(1, 7))),
        # dd/dt = 7 d + 1, one Euler step after the other
        (NOISY, (0.3**6 - 1) / 7),
    ],
)
def test_fields_without_chance(velocity, moved):
    latents = images()
    edited = flow_edit(latents, velocity, even(10), randoms(1, 2), n_max=6)
    assert (edited - latents - moved).abs().max() < 1e-5


@given(
    steps=st.integers(1, 8),
    n_max=st.integers(0, 8),
    n_avg=st.integers(1, 3),
    seed=st.integers(0, 2**63 - 1),
)
@settings(max_examples=40, deadline=None)
def test_equal_texts_return_the_very_latents(steps, n_max, n_avg, seed):
    wild = field(lambda z, t, side: torch.sin(9 * z) * z**3 + t)
    latents = images(seed)
    edited = flow_edit(latents, wild, even(steps), randoms(seed, seed), n_max=min(n_max, steps), n_avg=n_avg)
    assert torch.equal(edited, latents)


WILD = field(lambda z, t, side: torch.sin(3 * z + t) + (z if side == "target" else 0 * z))


@given(
    seeds=st.lists(st.integers(0, 2**63 - 1), min_size=1, max_size=4),
    n_min=st.integers(0, 5),
    n_max=st.integers(0, 5),
)
@settings(max_examples=40, deadline=None)
def test_a_sample_does_not_depend_on_its_neighbours(seeds, n_min, n_max):
    n_min, n_max = sorted((n_min, n_max))
    latents = images(shape=(len(seeds), 2, 2, 2))
    steps = {"n_max": n_max, "n_min": n_min, "n_avg": 2}
    together = flow_edit(latents, WILD, even(5), randoms(*seeds), **steps)
    turned = flow_edit(latents.flip(0), WILD, even(5), randoms(*seeds[::-1]), **steps)
    assert torch.allclose(turned.flip(0), together, atol=1e-5)
    for i, seed in enumerate(seeds):
        alone = flow_edit(latents[i : i + 1], WILD, even(5), randoms(seed), **steps)
        assert torch.allclose(alone[0], together[i], atol=1e-5)


def test_the_seed_decides_and_averages_calm():
    latents = images(shape=(1, 3, 8, 8))

    def edit(seed: int, n_avg: int) -> Any:
        return flow_edit(latents, WILD, even(5), randoms(seed), n_max=5, n_avg=n_avg)

    assert torch.equal(edit(1, 1), edit(1, 1))
    apart = {n_avg: (edit(1, n_avg) - edit(2, n_avg)).abs().mean() for n_avg in (1, 16)}
    assert 0.01 < apart[16] < apart[1] / 2


# n_max, n_min, the (sigma, sides) that the model is asked for
BOTH, ONE = ("source", "target"), ("target",)
ASKED = [
    (0, 0, []),  # nothing is done
    (2, 0, [(0.5, BOTH), (0.25, BOTH)]),
    (4, 0, [(1.0, BOTH), (0.75, BOTH), (0.5, BOTH), (0.25, BOTH)]),
    (4, 1, [(1.0, BOTH), (0.75, BOTH), (0.5, BOTH), (0.25, ONE)]),
    (2, 2, [(0.5, ONE), (0.25, ONE)]),  # noise, then the target: nothing is left of the difference
]


@pytest.mark.parametrize(("n_max", "n_min", "asked"), ASKED)
def test_which_steps_are_done(n_max, n_min, asked):
    calls = []

    def velocity(z: Any, sigma: float, sides: Sequence[str]) -> Any:
        assert z.shape == (len(sides), *SHAPE)
        calls.append((sigma, tuple(sides)))
        return torch.zeros_like(z)

    latents = images()
    edited = flow_edit(latents, velocity, even(4), randoms(1, 2), n_max=n_max, n_min=n_min)
    assert calls == asked
    if n_min == 0:
        assert torch.equal(edited, latents)


def test_plain_sampling_at_the_end_starts_where_the_edit_is():
    """A model that knows one image returns it whatever the noise; before, the edit had moved elsewhere."""
    image = images(5)

    def one(z: Any, t: float, side: str) -> Any:
        return (z - image) / t if side == "target" else torch.zeros_like(z)

    edited = flow_edit(images(), field(one), even(6), randoms(1, 2), n_max=4, n_min=2)
    assert torch.allclose(edited, image, atol=1e-5)


def test_plain_sampling_takes_along_what_was_moved():
    """Three steps of the constant difference move by 0.6; then noise, and three steps of the target."""
    latents = images()
    edited = flow_edit(latents, CONSTANT, even(10), randoms(1, 2), n_max=6, n_min=3)
    draws = randoms(1, 2)
    noise = torch.stack([[torch.randn(SHAPE[1:], generator=one) for _ in range(4)][3] for one in draws])
    expected = 0.7 * latents + 0.3 * noise + 2.0 * 0.3 - 1.0 * 0.3
    assert torch.allclose(edited, expected, atol=1e-5)


@pytest.mark.parametrize("n_min", [0, 3])
def test_outside_of_the_mask_nothing_moves(n_min):
    latents, mask = images(), torch.zeros(2, 1, 4, 4)
    mask[0, :, :2] = 1
    edited = flow_edit(latents, gaussians(), even(6), randoms(1, 2), n_max=5, n_min=n_min, mask=mask)
    inside = mask.expand(SHAPE) == 1
    assert torch.allclose(edited[~inside], latents[~inside], atol=1e-6)
    assert (edited - latents)[inside].abs().min() > 0.2
    whole = flow_edit(latents, gaussians(), even(6), randoms(1, 2), n_max=5, n_min=n_min)
    assert torch.allclose(edited[inside], whole[inside], atol=1e-5)  # here no place sees another one


BAD = [
    entry
    for entry in itertools.product((-1, 0, 3, 7), (-1, 0, 3, 7), (0, 1))
    if not (0 <= entry[1] <= entry[0] <= 6 and entry[2])
]


@pytest.mark.parametrize(("n_max", "n_min", "n_avg"), BAD)
def test_numbers_that_do_not_fit_are_refused(n_max, n_min, n_avg):
    with pytest.raises(ValueError, match="expected 0 <= n_min <= n_max <= steps"):
        flow_edit(images(), WILD, even(6), randoms(1, 2), n_max=n_max, n_min=n_min, n_avg=n_avg)
