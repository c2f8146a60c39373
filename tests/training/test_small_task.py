"""Editors in training learn what they are told: a task with a known answer, in a short form.

The long form is `benchmarks/train_small.py`.
"""

import numpy as np
import pytest

from hf_unsafe2safe.detectors.identity import SAME_PERSON
from hf_unsafe2safe.training.trainer import EditorTrainer
from tests import make_tiny_vae
from tests.training import copying, proof, recolour
from tests.training.samples import config


def test_the_autoencoder_can_draw_the_task():
    """What an editor cannot draw, no training can teach it."""
    error, spread = make_tiny_vae.measured(recolour.trained_vae(), make_tiny_vae.pictures(300_000, 8))
    assert error < 8
    assert spread == pytest.approx(recolour.LATENT_STD, abs=0.1)


def test_neighbours_have_other_colours():
    """Else a wrong text would be the right one."""
    told = [recolour.canvases(8, shift=shift) for shift in (0, 1)]
    assert all(a.edit_instruction != b.edit_instruction for a, b in zip(*told, strict=True))
    told = [recolour.canvases(8, shift=shift, in_caption=True) for shift in (0, 1)]
    assert all(a.edit_instruction == b.edit_instruction for a, b in zip(*told, strict=True))
    assert all(a.public_caption != b.public_caption for a, b in zip(*told, strict=True))


def test_the_loss_falls(tmp_path):
    triplets = recolour.write_task(tmp_path / "triplets", 12, 0)
    options = {"model": str(recolour.untrained_editor()), "learning_rate": 3e-3, "batch_size": 8}
    made = config(triplets, tmp_path / "run", steps=16, log_every=4, checkpoint_every=16, **options)
    EditorTrainer(made).train()
    losses = proof.losses(tmp_path / "run")
    assert losses[-1] < 0.85 * losses[0]


@pytest.fixture(scope="module")
def first(tmp_path_factory):
    """An InstructPix2Pix that was trained for some hundred steps."""
    return proof.recoloured(tmp_path_factory.mktemp("first"), 250, **proof.RUNS["instruct-pix2pix"])


@pytest.mark.slow
def test_instruct_pix2pix_learns_to_recolour(first):
    assert first.losses[-1] < first.losses[0] / 2
    assert first.right < first.untrained * 0.7
    assert first.right < first.wrong * 0.7


@pytest.mark.slow
def test_the_identity_term_makes_faces_other_ones(tmp_path):
    triplets = copying.write_portraits(tmp_path / "portraits")
    without, with_it = (
        copying.distances(proof.copied(triplets, tmp_path / str(weight), weight)) for weight in (0.0, 1.0)
    )
    assert max(without) < 0.1
    assert np.mean(with_it) > SAME_PERSON
    assert min(with_it) > 0.4
