from functools import cache

import numpy as np
import pytest
import torch

from hf_unsafe2safe.errors import ConfigError, UnknownNameError
from hf_unsafe2safe.evaluation.accumulator import Accumulator
from hf_unsafe2safe.evaluation.metric import ExcludedRowError
from hf_unsafe2safe.evaluation.utility.fine_tune import FineTune
from hf_unsafe2safe.evaluation.utility.fine_tuning import FineTuneRecipe, rate, sized
from hf_unsafe2safe.evaluation.utility.probe import enough, splits
from tests.evaluation.pairs import figure, pair
from tests.photos import rgb
from tests.tiny_models import save, sizes, tf

SIDE = 28
COLOURS = ((200, 60, 40), (40, 60, 200), (50, 180, 60))


@cache
def classifier(labels=5, dropout=0.0):
    """Return the folder of a tiny ViT with random weights and a head for so many classes."""
    config = sizes(image_size=SIDE, patch_size=14, num_labels=labels, hidden_dropout_prob=dropout)
    size = {"height": SIDE, "width": SIDE}
    parts = tf.ViTForImageClassification, tf.ViTConfig, tf.ViTImageProcessorPil
    return save(f"vit-{labels}-{dropout}", lambda: (parts[0](parts[1](**config)), parts[2](size=size)))


@cache
def resnet():
    """Return the folder of a tiny network whose batches are normalised, and whose images are cropped."""
    config = tf.ResNetConfig(embedding_size=8, hidden_sizes=[8, 16], depths=[1, 1], layer_type="basic")
    crop = {"height": 32, "width": 32}
    processor = tf.CLIPImageProcessorPil(size={"shortest_edge": 32}, crop_size=crop)
    return save("resnet-classifier", lambda: (tf.ResNetForImageClassification(config), processor))


def metric(model=None, **settings):
    """Return the metric with a recipe that a tiny model learns from in a second."""
    recipe = {"epochs": 4, "learning_rate": 5e-3, "batch_size": 8, **settings}
    return FineTune(FineTuneRecipe(str(model or classifier()), **recipe))


def coloured(labels, seed=0):
    """Return a noisy image of the colour of its class for each label."""
    rng = np.random.default_rng(seed)
    noise = rng.integers(-30, 31, (len(labels), 40, 50, 3))
    colours = np.array(COLOURS)[np.asarray(labels)][:, None, None]
    return np.clip(colours + noise, 0, 255).astype(np.uint8)


def rows(safe=None, count=40, classes=2):
    """Return a row for each image of `count`; without `safe` they are raw copies."""
    labels = np.arange(count) % classes
    images = coloured(labels)
    return [
        pair(images[k], images[k] if safe is None else safe[k], label=int(labels[k]), row=f"train/{k}")
        for k in range(count)
    ]


def table(one, pairs):
    return one.contributions([one.observe(row) for row in pairs])


# A model and how many classes there are.
@pytest.mark.parametrize(
    ("model", "classes"),
    [
        (lambda: classifier(5), 2),  # its head is for more classes
        (lambda: classifier(2), 2),  # its head is for as many, and is still made anew
        (lambda: classifier(2), 3),  # its head is for fewer
        (resnet, 2),  # batches are normalised
    ],
)
def test_colours_are_learnt_from_copies(model, classes):
    assert figure(metric(model(), epochs=8), rows(classes=classes)) == 1


def test_what_is_learnt_from_wrong_colours_is_wrong():
    swapped = coloured(1 - np.arange(40) % 2)
    assert figure(metric(), rows(swapped)) == 0


def test_images_that_tell_nothing_give_chance():
    grey = np.full((40, 40, 50, 3), 128, np.uint8)
    values = [figure(metric(epochs=1, seed=seed), rows(grey)) for seed in range(6)]  # each has its own head
    assert 0.15 < np.mean(values) < 0.85


def test_labels_that_have_nothing_to_do_with_the_images_give_chance():
    shuffled = np.random.default_rng(3).permutation(np.arange(60) % 2)
    pairs = [pair(image, label=int(shuffled[k])) for k, image in enumerate(coloured(np.arange(60) % 2))]
    assert 0.25 < figure(metric(folds=5, epochs=1), pairs) < 0.75


# How many folds are tested, and so how many of 30 rows.
@pytest.mark.parametrize(("folds", "tested"), [(1, 6), (2, 12), (5, 30)])
def test_the_rows_of_the_probes_folds_are_tested_once(folds, tested):
    found = table(metric(folds=folds, epochs=1), rows(count=30))
    fold = splits(np.arange(30) % 2, seed=0)
    assert np.array_equal(found[:, 1], fold < folds)
    assert found[:, 1].sum() == tested
    assert (found[:, 0] <= found[:, 1]).all()


def test_the_same_rows_are_tested_whatever_the_images_are():
    raw, grey = (
        table(metric(epochs=1), rows(safe)) for safe in (None, np.full((40, 40, 50, 3), 128, np.uint8))
    )
    assert np.array_equal(raw[:, 1], grey[:, 1])


def test_the_same_seed_gives_the_same_answers_and_torch_is_left_as_it_was():
    hard = coloured(np.random.default_rng(1).permutation(np.arange(40) % 2))
    torch.manual_seed(5)
    before = torch.get_rng_state()
    settings = {"model": classifier(dropout=0.2), "folds": 3, "epochs": 1}
    once = table(metric(**settings), rows(hard))
    assert torch.equal(torch.get_rng_state(), before)
    torch.manual_seed(6)
    assert np.array_equal(table(metric(**settings), rows(hard)), once)
    other = table(metric(**settings, seed=1), rows(hard))
    assert not np.array_equal(other, once)


def test_a_model_is_not_changed_by_what_is_trained_from_it():
    one = metric(epochs=1)
    _, model = one._helper.loaded()
    before = {name: weight.clone() for name, weight in model.state_dict().items()}
    table(one, rows(count=20))
    assert all(torch.equal(weight, before[name]) for name, weight in model.state_dict().items())


def test_the_order_and_the_parts_in_which_rows_come_change_nothing():
    one, pairs = metric(epochs=1), rows(count=20)
    whole, first, rest = (Accumulator(one) for _ in range(3))
    whole.update(pairs)
    first.update(pairs[:7][::-1])
    rest.update(pairs[7:])
    rest.merge(first)
    assert rest.compute() == whole.compute()
    assert whole.compute().rows == 4
    assert sum(whole.compute().excluded.values()) == 16  # trained on, and not tested
    assert len(whole.values()) == 4  # only rows that were tested have a figure


def test_small_classes_and_sets_are_left_out():
    assert np.isnan(figure(metric(), rows(count=8)))
    assert np.isnan(figure(metric(), rows(classes=1)))
    assert np.isnan(figure(metric(), []))
    lonely = [*rows(count=20), pair(label=9, row="train/20")]
    assert not enough(np.array([row.label for row in lonely]))[-1]
    assert table(metric(folds=5, epochs=1), lonely)[-1].tolist() == [0, 0]


def test_a_row_without_a_label_is_excluded():
    with pytest.raises(ExcludedRowError, match="no label"):
        metric().observe(pair())


# Images that models see in their own way.
@pytest.mark.parametrize(
    "image",
    [
        rgb("neg_coffee.jpg"),
        np.zeros((3, 300, 3), np.uint8),  # a strip
        np.zeros((1, 1, 3), np.uint8),  # a point
    ],
)
def test_images_are_kept_at_the_size_of_the_model(image):
    kept = metric().observe(pair(image, image[::-1], label=0))
    assert kept["safe"].shape == kept["original"].shape == (3, SIDE, SIDE)
    assert kept["safe"].dtype == np.uint8


def test_images_that_stay_of_different_sizes_are_refused():
    config = tf.ResNetConfig(embedding_size=8, hidden_sizes=[8, 16], depths=[1, 1], layer_type="basic")
    processor = tf.CLIPImageProcessorPil(size={"shortest_edge": 32}, do_center_crop=False)
    folder = save("resnet-any-size", lambda: (tf.ResNetForImageClassification(config), processor))
    several = [*rows(count=20), pair(rgb("neg_coffee.jpg"), label=0)]
    with pytest.raises(ConfigError, match="more than one size"):
        table(metric(folder), several)


def test_what_is_kept_and_scaled_later_is_what_the_processor_makes_at_once():
    import PIL.Image

    from hf_unsafe2safe.evaluation.utility.fine_tuning import _pixels

    for folder in (classifier(), resnet()):
        processor, _ = metric(folder)._helper.loaded()
        photo = rgb("neg_coffee.jpg")
        at_once = processor(images=[PIL.Image.fromarray(photo)], return_tensors="pt")["pixel_values"]
        assert torch.equal(_pixels(processor, [sized(processor, photo)]), at_once)


# Settings that cannot be.
@pytest.mark.parametrize(
    "settings",
    [
        {"epochs": 0},
        {"batch_size": 0},
        {"seed": -1},
        {"folds": 0},
        {"folds": 6},  # there are five
        {"learning_rate": 0.0},
        {"learning_rate": float("nan")},
        {"weight_decay": -0.1},
        {"weight_decay": float("inf")},
    ],
)
def test_settings_that_cannot_be_are_refused(settings):
    with pytest.raises(ConfigError):
        FineTuneRecipe("org/model", **settings)


def test_specs_that_cannot_be_are_refused_when_the_metric_is_made(tmp_path):
    with pytest.raises(UnknownNameError):
        FineTune(f"{classifier()},epochs=3")
    (tmp_path / "pytorch_model.bin").write_bytes(b"a pickle")
    with pytest.raises(ConfigError, match="safetensors"):
        FineTune(str(tmp_path))


def test_the_fingerprint_has_model_and_settings_and_no_path():
    one = FineTune(str(classifier()))
    assert one.fingerprint().startswith("fine-tune-accuracy-1 local:vit@")
    assert "epochs=10, learning_rate=5e-05" in one.fingerprint()
    assert str(classifier()) not in one.fingerprint() + repr(FineTuneRecipe(str(classifier())))
    assert one.fingerprint() != metric().fingerprint()


# Numbers of steps, from the least that there can be.
@pytest.mark.parametrize("steps", [1, 2, 10, 11, 1_000])
def test_the_rate_rises_for_a_tenth_of_the_steps_and_then_falls(steps):
    rates = np.array([rate(step, steps) for step in range(steps)])
    top = int(rates.argmax())
    assert rates[top] == 1
    assert top == -(-steps // 10) - 1
    assert (np.diff(rates[: top + 1]) > 0).all()
    assert (np.diff(rates[top + 2 :]) < 0).all()
    assert (rates > 0).all()
