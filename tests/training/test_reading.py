"""Options of a training run: from YAML and flags, what they are checked for, and written back."""

import pytest

from hf_unsafe2safe.errors import ConfigError, UnknownNameError
from hf_unsafe2safe.training.checking import RANGES
from hf_unsafe2safe.training.reading import as_yaml, help_text, make_config, options_of_config, read_config
from hf_unsafe2safe.training.result import options_of

PLACES = {"triplets": "t", "output": "o"}


def test_flags_win_over_the_file(tmp_path):
    file = tmp_path / "train.yaml"
    file.write_text("steps: 7\nlearning_rate: 1e-4\nmixed_precision: no\nlog_with: [tensorboard]\n")
    made = options_of(read_config(file, ["--steps", "9", "--balanced", "--log-with=wandb, trackio"]))
    assert (made["steps"], made["learning_rate"], made["balanced"]) == (9, 1e-4, True)
    assert (made["mixed_precision"], made["log_with"]) == ("no", ("wandb", "trackio"))


def test_what_is_written_reads_the_same(tmp_path):
    chosen = make_config(
        {**PLACES, "learning_rate": 3e-6, "framing": "whole", "log_with": ["wandb"], "cache": "a: b # c"}
    )
    file = tmp_path / "train.yaml"
    file.write_text(as_yaml(chosen))
    assert read_config(file) == chosen


def test_every_option_is_in_the_help():
    text = help_text()
    assert all(f"--{field.name.replace('_', '-')} " in text for _, field, _ in options_of_config())


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("steps", "many", "a whole number"),
        ("steps", 1.5, "a whole number"),
        ("steps", True, "a whole number"),  # YAML: `steps: yes`
        ("learning_rate", [1], "a number"),
        ("balanced", "perhaps", "true or false"),
        ("schedule", "zigzag", "one of constant"),
        ("triplets", 5, "a text"),
        ("log_with", [1], "names with commas"),
    ],
)
def test_wrong_kinds(name, value, expected):
    with pytest.raises(ConfigError, match=f"{name} must be {expected}"):
        make_config({name: value})


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        (["--learning-rat", "1"], UnknownNameError),  # no abbreviations
        (["/home/jane/secret"], UnknownNameError),  # not repeated: it may be a path
        (["--steps"], ConfigError),  # no value
        (["--steps", "/home/jane/secret"], ConfigError),
    ],
)
def test_wrong_flags(arguments, error):
    with pytest.raises(error) as raised:
        read_config(None, arguments)
    assert "secret" not in str(raised.value)


@pytest.mark.parametrize("text", ["- a\n", "a: [", "5"])
def test_a_file_without_options(tmp_path, text):
    file = tmp_path / "secret.yaml"
    file.write_text(text)
    with pytest.raises(ConfigError, match="config file") as raised:
        read_config(file)
    assert "secret" not in str(raised.value)


def test_an_unknown_name_tells_the_nearest():
    with pytest.raises(UnknownNameError, match="Known: learning_rate\\."):
        make_config({"learning_rat": 1})


def test_defaults_are_fine():
    make_config(PLACES).check()


@pytest.mark.parametrize("name", RANGES)
@pytest.mark.parametrize("value", [-1.0, float("nan"), float("inf")])
def test_numbers_out_of_range(name, value):
    kinds = {field.name: hint for _, field, hint in options_of_config()}
    if kinds[name] is int:
        value = -1
    with pytest.raises(ConfigError, match=f"{name} must be"):
        make_config({**PLACES, name: value}).check()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"editor": "klein"}, "with a LoRA"),
        ({"editor": "kontext", "lora_rank": 4, "min_snr_gamma": 5}, "min_snr_gamma"),
        ({"editor": "instruct-pix2pix", "save_as": "adapter"}, "no adapter"),
        ({"drop_texts": 0.5, "drop_image": 0.4, "drop_all": 0.2}, "at most 1"),
        ({"identity_weight": 1, "side": 64}, "at least 128"),
        ({"micro_batch_size": 17}, "part of batch_size"),
        ({"warmup_steps": 1000}, "warm-up"),
        ({"side": 130}, "multiple of 8"),
        ({"learning_rate": 0}, "above 0"),
        ({"triplets": ""}, "No triplets"),
        ({"output": ""}, "No output"),
    ],
)
def test_what_does_not_go_together(options, message):
    with pytest.raises(ConfigError, match=message):
        make_config({**PLACES, **options}).check()


def test_an_unknown_editor():
    with pytest.raises(UnknownNameError, match="safe-attention"):
        make_config({**PLACES, "editor": "crayon"}).check()
