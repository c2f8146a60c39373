"""The face embedder in torch, and the term that is made of it."""

import cv2
import numpy as np
import pytest
import torch

import tests.tiny_models  # noqa: F401  # one thread
from hf_unsafe2safe import weights
from hf_unsafe2safe.detectors import faces, identity
from hf_unsafe2safe.training.identity.chips import face_chips
from hf_unsafe2safe.training.identity.embedder import NAME, load_embedder
from hf_unsafe2safe.training.identity.term import identity_loss
from tests.photos import rgb

FACE = "people_grace_hopper.jpg"


@pytest.fixture(scope="module")
def embedder():
    return load_embedder()


def photo(name, side=256):
    pixels = rgb(name)
    scale = side / max(pixels.shape[:2])
    pixels = cv2.resize(pixels, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    found = [face for face in faces.find(pixels) if face.box[3] - face.box[1] >= 32][:1]
    return pixels, found


def tensor(pixels):
    return torch.from_numpy(pixels.copy()).permute(2, 0, 1)[None].float() / 255


def asked(embedder, pictures, found, embeddings, margin=0.8):
    points = torch.tensor([[face.landmarks for face in found]], dtype=torch.float32)
    there = torch.ones(1, len(found), dtype=torch.bool)
    return identity_loss(embedder, pictures, points, torch.from_numpy(embeddings)[None], there, margin)


def test_it_says_what_onnxruntime_says(embedder):
    chips = np.random.default_rng(0).uniform(0, 255, (2, 3, 150, 150)).astype(np.float32)
    (wanted,) = weights.session(NAME).run(None, {"input": chips})
    assert np.abs(embedder(torch.from_numpy(chips)).numpy() - wanted).max() < 1e-5
    assert not list(embedder.parameters())  # nothing of it is trained


@pytest.mark.parametrize("side", [256, 512])
def test_faces_are_cut_out_as_the_detector_cuts_them_out(embedder, side):
    pixels, found = photo(FACE, side)
    points = torch.tensor([found[0].landmarks], dtype=torch.float32)
    mine = embedder(face_chips(tensor(pixels) * 255, points)).numpy()
    assert np.linalg.norm(mine - identity.embed(pixels, found)) < 0.02


def test_gradients_are_those_of_differences(embedder):
    pixels, found = photo(FACE)
    stranger = identity.embed(*photo("people_obama_official.jpg"))
    start = tensor(pixels).requires_grad_(True)
    loss = asked(embedder, start, found, stranger, margin=2.0).sum()
    loss.backward()
    way = start.grad / start.grad.norm()
    step = 0.05
    with torch.no_grad():
        up, down = (asked(embedder, start + k * step * way, found, stranger, margin=2.0) for k in (1, -1))
    assert float((up - down) / (2 * step)) == pytest.approx(float(start.grad.norm()), rel=0.1)


def test_what_it_says(embedder):
    pixels, found = photo(FACE)
    own, stranger = identity.embed(pixels, found), identity.embed(*photo("people_obama_official.jpg"))
    copy = asked(embedder, tensor(pixels), found, own)
    assert float(copy) > 0.8  # almost the same face
    assert float(asked(embedder, tensor(pixels), found, stranger)) < 0.2
    grey = asked(embedder, torch.full_like(tensor(pixels), 0.5), found, own)
    assert float(grey) < float(copy)
    # The nearest counts, of all faces of the original.
    both = np.concatenate([stranger, own])
    assert float(asked(embedder, tensor(pixels), found * 2, both)) == pytest.approx(2 * float(copy))


def test_without_a_face_there_is_no_loss(embedder):
    pictures = torch.rand(2, 3, 64, 64, requires_grad=True)
    nothing = torch.zeros(2, 4, dtype=torch.bool)
    lost = identity_loss(embedder, pictures, torch.zeros(2, 4, 5, 2), torch.zeros(2, 4, 128), nothing, 0.8)
    assert lost.tolist() == [0.0, 0.0]


def test_what_is_no_number_counts_as_the_same_face(embedder):
    pixels, found = photo(FACE)
    broken = np.full((1, 128), np.nan, np.float32)
    assert float(asked(embedder, tensor(pixels), found, broken)) == pytest.approx(1.0)


def test_it_moves_a_face_away_from_itself(embedder):
    pixels, found = photo(FACE)
    own = identity.embed(pixels, found)
    start = tensor(pixels)
    moved = start.clone().requires_grad_(True)
    optimizer = torch.optim.Adam([moved], lr=0.01)
    for _ in range(25):
        optimizer.zero_grad()
        asked(embedder, moved, found, own).sum().backward()
        optimizer.step()
    after = (moved.detach().clamp(0, 1)[0].permute(1, 2, 0).numpy() * 255).round().astype(np.uint8)
    _, coded = cv2.imencode(".jpg", after[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, 75])
    saved = np.ascontiguousarray(cv2.imdecode(coded, cv2.IMREAD_COLOR)[..., ::-1])
    # By the recogniser of the detectors, at the same place, also after another compression.
    for seen in (after, saved):
        assert float(identity.distance(own, identity.embed(seen, found))[0, 0]) > identity.SAME_PERSON
