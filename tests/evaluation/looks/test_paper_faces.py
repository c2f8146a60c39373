import pickle

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from hf_unsafe2safe.detectors import faces
from hf_unsafe2safe.errors import ConfigError
from hf_unsafe2safe.evaluation.looks.look import Looker
from hf_unsafe2safe.evaluation.looks.paper_faces import OnnxFaces
from hf_unsafe2safe.evaluation.metric import ExcludedRowError
from hf_unsafe2safe.evaluation.privacy.facesim_paper import FaceSimPaper
from tests.evaluation.pairs import figure, pair
from tests.photos import rgb


def write(path, shape=("N", 3, 112, 112), pool=28):
    """Write a network that returns the mean of each patch of `pool` pixels."""
    side = shape[2] // pool
    nodes = [
        helper.make_node("AveragePool", ["chip"], ["patches"], kernel_shape=[pool] * 2, strides=[pool] * 2),
        helper.make_node("Reshape", ["patches", "flat"], ["embedding"]),
    ]
    graph = helper.make_graph(
        nodes,
        "patches",
        [helper.make_tensor_value_info("chip", TensorProto.FLOAT, shape)],
        [helper.make_tensor_value_info("embedding", TensorProto.FLOAT, [shape[0], 3 * side * side])],
        [numpy_helper.from_array(np.array([-1, 3 * side * side]), "flat")],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)
    onnx.save(model, path)
    return path


@pytest.fixture(scope="module")
def look(tmp_path_factory):
    return OnnxFaces(write(tmp_path_factory.mktemp("models") / "recogniser.onnx"))


def test_it_looks_at_each_face(look):
    assert isinstance(look, Looker)
    photo = rgb("people_astronaut.jpg")
    seen, none = look.look([photo, rgb("neg_coffee.jpg")])
    assert np.allclose(seen["boxes"][0], faces.find(photo)[0].box, atol=1e-3)
    assert seen["embeddings"].shape == (1, 48)
    assert np.allclose(np.linalg.norm(seen["embeddings"], axis=1), 1)
    assert none["boxes"].shape == (0, 4)
    assert len(none["embeddings"]) == 0
    assert np.array_equal(look.look([photo])[0]["embeddings"], seen["embeddings"])


def test_the_chip_is_aligned_and_scaled(tmp_path):
    # Patches of one pixel: the embedding is the chip. The eyes of a grey square with white eyes are bright.
    photo = rgb("people_obama_official.jpg")
    face = faces.find(photo)[0]
    marked = np.zeros_like(photo)
    for x, y in face.landmarks:
        marked[int(y) - 15 : int(y) + 15, int(x) - 15 : int(x) + 15] = 255
    from hf_unsafe2safe.evaluation.looks.paper_faces import _TEMPLATE, _chip

    chip = _chip(marked, face)
    assert chip.shape == (1, 3, 112, 112)
    assert chip.dtype == np.float32
    assert (chip.min(), chip.max()) == (-1, 1)
    for x, y in _TEMPLATE:
        assert chip[0, :, round(y), round(x)].tolist() == [1, 1, 1]


def test_a_model_with_a_fixed_batch_of_one_will_do(tmp_path):
    look = OnnxFaces(write(tmp_path / "one.onnx", (1, 3, 112, 112)))
    assert look.look([rgb("people_astronaut.jpg")])[0]["embeddings"].shape == (1, 48)


def test_the_version_names_the_file(look, tmp_path):
    assert OnnxFaces(write(tmp_path / "same.onnx")).version == look.version
    assert OnnxFaces(write(tmp_path / "other.onnx", pool=56)).version != look.version
    assert pickle.loads(pickle.dumps(look)).version == look.version  # noqa: S301


def test_files_that_are_no_recogniser_are_refused(tmp_path):
    for name, data in (("none.onnx", None), ("text.onnx", b"no model"), ("empty.onnx", b"")):
        if data is not None:
            (tmp_path / name).write_bytes(data)
        with pytest.raises(ConfigError) as caught:
            OnnxFaces(tmp_path / name)
        assert "face_embedder" in str(caught.value)
        assert str(tmp_path) not in str(caught.value)
    with pytest.raises(ConfigError, match="other inputs"):
        OnnxFaces(write(tmp_path / "large.onnx", ("N", 3, 224, 224)))


def units(*rows):
    return {"paper_faces": {"embeddings": np.array(rows, np.float32).reshape(-1, 2)}}


# Unit vectors in the original and in the safe image -> figure.
@pytest.mark.parametrize(
    ("own", "safe", "value"),
    [
        ([(1, 0)], [(1, 0)], 1),  # a copy
        ([(1, 0)], [(0.6, 0.8)], 0.6),
        ([(1, 0)], [(-1, 0)], 0),  # not less than 0
        ([(1, 0)], [(-1, 0), (0.6, 0.8)], 0.6),  # the most alike counts
        ([(1, 0), (0, 1)], [(1, 0)], 0.5),  # one of two left
        ([(1, 0)], [], 0),  # gone
        ([(1, 0)], [(np.nan, np.nan)], 1),  # what is no number is not safe
    ],
)
def test_the_paper_takes_the_largest_cosine(look, own, safe, value):
    one = pair(looks=units(*own), safe_looks=units(*safe))
    assert figure(FaceSimPaper(look), [one]) == pytest.approx(value)


def test_no_face_in_the_original_is_left_out(look):
    with pytest.raises(ExcludedRowError, match="no face in the original"):
        FaceSimPaper(look).observe(pair(looks=units(), safe_looks=units((1, 0))))
    assert look.version in FaceSimPaper(look).fingerprint()
