"""A model held to a schema writes what the schema allows, whatever its weights."""

import json
import logging
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hf_unsafe2safe.backends.chat import Prompt
from hf_unsafe2safe.backends.local.constrained import Grammars
from hf_unsafe2safe.backends.local.transformers_chat import TransformersChat
from hf_unsafe2safe.errors import ConfigError
from tests.tiny_models import tiny_llm, tokenizer

VALUES = {
    "string": {"type": "string", "maxLength": 6},
    "boolean": {"type": "boolean"},
    "integer": {"type": "integer", "minimum": 0, "maximum": 1000},
    "null": {"type": "null"},
    "enum": {"enum": ["people", "health"]},
    "list": {"type": "array", "items": {"type": "integer", "minimum": 0, "maximum": 9}, "maxItems": 3},
}
FITS = {
    "string": lambda v: isinstance(v, str) and len(v) <= 6,
    "boolean": lambda v: isinstance(v, bool),
    "integer": lambda v: isinstance(v, int) and 0 <= v <= 1000,
    "null": lambda v: v is None,
    "enum": lambda v: v in ("people", "health"),
    "list": lambda v: isinstance(v, list) and len(v) <= 3 and all(0 <= n <= 9 for n in v),
}


def schema_of(fields: dict[str, str]) -> dict:
    return {
        "type": "object",
        "properties": {name: VALUES[kind] for name, kind in fields.items()},
        "required": list(fields),
        "additionalProperties": False,
    }


def llm() -> TransformersChat:
    return TransformersChat(f"{tiny_llm()},device_map=cpu", images=False)


@settings(max_examples=6, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    st.lists(
        st.dictionaries(st.sampled_from(["what", "box", "é"]), st.sampled_from(list(VALUES)), max_size=3),
        min_size=1,
        max_size=4,
    ),
    st.sampled_from([0.0, 1.0]),
    st.integers(0, 99),
)
def test_every_finished_reply_fits_its_schema(rows, temperature, seed):
    asked = [
        Prompt("", "x" * n, schema=schema_of(fields), max_new_tokens=200, temperature=temperature, seed=seed)
        for n, fields in enumerate(rows)
    ]
    for fields, reply in zip(rows, llm().generate(asked), strict=True):
        assert reply.finished
        value = json.loads(reply.text)
        assert value.keys() == fields.keys()
        assert all(FITS[kind](value[name]) for name, kind in fields.items())


def test_neighbours_stay_free():
    """In one batch with a held row, a free row says what it says alone, and one call leaves no state."""
    free = Prompt("", "Say anything.", max_new_tokens=20)
    held = replace(free, schema=schema_of({"a": "boolean"}))
    model = llm()
    both = model.generate([held, free, held])
    assert both[1] == model.generate([free])[0]
    assert both[0] == both[2] == model.generate([held])[0]
    assert json.loads(both[0].text).keys() == {"a"}


def test_a_list_that_never_ends_is_cut():
    schema = {"type": "array", "items": {"const": "xyz"}, "minItems": 99}
    (reply,) = llm().generate([Prompt("", "Go.", schema=schema, max_new_tokens=12)])
    assert not reply.finished
    assert reply.text.startswith('["xyz", "xyz')


def test_a_schema_that_cannot_be_held_to():
    odd = {"type": "string", "pattern": "(?=never)"}
    with pytest.raises(ConfigError, match="JSON schema"):
        llm().generate([Prompt("", "Go.", schema=odd)])


def test_a_tokenizer_that_cannot_be_held(caplog):
    """Then replies are free text, and one line says so."""
    with caplog.at_level(logging.WARNING):
        grammars = Grammars(object(), [1])
    assert grammars.held([Prompt("", "Secret.", schema={"type": "object"})], 5) is None
    assert [record.levelname for record in caplog.records] == ["WARNING"]
    assert "Secret" not in caplog.text


def test_more_scores_than_words():
    """Models pad their vocabulary: what no word has is never said."""
    import torch

    words = tokenizer()
    held = Grammars(words, [words.eos_token_id]).held([Prompt("", "", schema={"const": "a"})], 3)
    scores = held(torch.zeros(1, 3, dtype=torch.long), torch.zeros(1, len(words) + 70))
    assert scores[0, len(words) :].isinf().all()
    assert (scores[0] == 0).sum() >= 1
