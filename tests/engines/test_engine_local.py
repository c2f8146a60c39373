"""Batches in order, errors as they are, and no worker left behind."""

import os
import time

import pyarrow as pa
import pytest
from datasets import Features, Image

from hf_unsafe2safe import Sanitizer, testing
from hf_unsafe2safe.engines import local
from hf_unsafe2safe.errors import ConfigError, Unsafe2SafeError

pytestmark = pytest.mark.slow  # models, servers, processes or photos, many times over

SCHEMA = Features({"image": Image(decode=False)}).arrow_schema
COLOURS = [(i, 200 - i, 7) for i in range(12)]


class Killed(testing.FakeInspector):
    def inspect(self, images, kinds):
        if len(images) == 1:  # the self-test inspects one image too, in a batch of its own
            return super().inspect(images, kinds)
        os._exit(9)


class Broken(testing.FakeInspector):
    def inspect(self, images, kinds):
        if any((rgb == (1, 2, 3)).all() for rgb in images):
            raise ZeroDivisionError("a bug")
        return super().inspect(images, kinds)


class Slow(testing.FakeInspector):
    """Slower with the first images, so that later batches are ready before them."""

    def inspect(self, images, kinds):
        time.sleep(max(0.0, 0.3 - images[0][0, 0, 0] / 30) if images[0].shape[0] == 32 else 0)
        return super().inspect(images, kinds)


def batches(colours=COLOURS, size=2):
    cells = [{"bytes": testing.blank(colour=c), "path": None} for c in colours]
    table = pa.table({"image": cells}, schema=SCHEMA)
    return (table.slice(i, size) for i in range(0, len(cells), size))


def sanitizer(**stages):
    return Sanitizer(**testing.fakes(**stages), private_columns=True)


@pytest.mark.slow
def test_the_order_is_kept():
    slow = sanitizer(inspector=Slow())
    alone = list(local.run(slow, batches()))
    assert [len(table) for table in alone] == [2] * 6

    workers = list(local.run(slow, batches(), 2))
    assert workers == alone
    assert workers[0].schema.metadata == alone[0].schema.metadata


def test_batches_are_read_only_as_fast_as_they_are_worked_on():
    read = []

    def counted():
        for batch in batches(size=1):
            read.append(1)
            yield batch

    results = local.run(sanitizer(), counted(), 2)
    next(results)
    assert len(read) <= 2 * local.IN_FLIGHT
    results.close()
    assert len(read) < len(COLOURS)


@pytest.mark.parametrize("num_proc", [1, 2])
def test_a_bug_stops_the_run(num_proc):
    broken = sanitizer(inspector=Broken())
    with pytest.raises(ZeroDivisionError, match="a bug"):
        list(local.run(broken, batches([*COLOURS, (1, 2, 3)]), num_proc))


@pytest.mark.parametrize("num_proc", [1, 2])
def test_a_blind_inspector_stops_the_run(num_proc):
    with pytest.raises(ConfigError, match="Self-test failed"):
        list(local.run(sanitizer(inspector=testing.FakeInspector(blind=True)), batches(), num_proc))


def test_a_killed_worker_is_said():
    with pytest.raises(Unsafe2SafeError, match=r"worker process ended.*lower num_proc"):
        list(local.run(sanitizer(inspector=Killed()), batches(), 2))


def test_what_does_not_pickle_is_said():
    class Local(testing.FakeInspector):
        pass

    with pytest.raises(ConfigError, match="does not pickle"):
        list(local.run(sanitizer(inspector=Local()), batches(), 2))


def test_num_proc_below_one():
    with pytest.raises(ConfigError, match="num_proc must be 1 or more, got 0"):
        local.run(sanitizer(), batches(), 0)


def test_a_slice_travels_alone():
    cell = {"bytes": bytes(1_000_000), "path": None}
    table = pa.table({"image": [cell] * 4}, schema=SCHEMA).slice(1, 1)
    packed = local._packed(table)
    assert packed.size < 1_100_000
    assert local._unpacked(packed).equals(table)
