import pytest

from hf_unsafe2safe import weights
from hf_unsafe2safe.errors import ConfigError


@pytest.mark.parametrize("name", weights.SHA256)
def test_every_vendored_model_loads(name):
    assert weights.session(name).get_inputs()


def test_there_is_no_weight_without_a_hash():
    assert {path.stem for path in weights.FOLDER.glob("*.onnx")} == set(weights.SHA256)


def test_every_weight_is_in_the_notice():
    notice = (weights.FOLDER / "NOTICE").read_text()
    assert all(path.name in notice for path in weights.FOLDER.glob("*.onnx"))


@pytest.mark.parametrize("damage", ["changed", "missing"])
def test_damaged_weights_are_refused(damage, tmp_path, monkeypatch):
    if damage == "changed":
        data = (weights.FOLDER / "facemesh_192.onnx").read_bytes()
        (tmp_path / "facemesh_192.onnx").write_bytes(data[:-1] + b"x")
    monkeypatch.setattr(weights, "FOLDER", tmp_path)
    with pytest.raises(ConfigError, match="Reinstall"):
        weights.check("facemesh_192")
