import pytest

from hf_unsafe2safe import weights
from hf_unsafe2safe.errors import ConfigError


@pytest.mark.parametrize("name", weights.SHA256)
def test_every_vendored_model_loads(name):
    assert weights.session(name).get_inputs()


def test_there_is_no_weight_without_a_hash():
    assert {path.stem for path in weights.FOLDER.glob("*.onnx")} == set(weights.SHA256)
    assert {path.name for path in weights.FOLDER.glob("*.np*")} == set(weights.DATA_SHA256)


def test_every_weight_is_in_the_notice():
    notice = (weights.FOLDER / "NOTICE").read_text()
    assert all(path.name in notice for path in weights.FOLDER.glob("*.[on][np]*"))


@pytest.mark.parametrize("damage", ["changed", "missing"])
@pytest.mark.parametrize(
    ("name", "file"), [("facemesh_192", "facemesh_192.onnx"), ("average_face.npz", "average_face.npz")]
)
def test_damaged_weights_are_refused(name, file, damage, tmp_path, monkeypatch):
    if damage == "changed":
        data = (weights.FOLDER / file).read_bytes()
        (tmp_path / file).write_bytes(data[:-1] + b"x")
    monkeypatch.setattr(weights, "FOLDER", tmp_path)
    with pytest.raises(ConfigError, match="Reinstall"):
        weights.check(name)
