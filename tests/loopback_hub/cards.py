"""Cards: their header, the tags that come of it, and what the Hub finds wrong with it."""

import re
from collections.abc import Iterator
from typing import Any

import yaml

from .card_words import LICENCES, LISTS, SIZES, TASKS
from .routing import Answer, Call, answer, route

_HEADER = re.compile(r"\s*---[ \t]*\r?\n(.*?)(?:\r?\n)?---[ \t]*(?:\r?\n|$)", re.DOTALL)
_LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]+)*|code|multilingual")
_CONFIG = re.compile(r"[^<>:/\\|?*]+")  # `datasets` refuses the others


def header(card: bytes | str) -> dict[str, Any]:
    """Return the header of a card, empty where there is none that can be read."""
    text = card.decode(errors="replace") if isinstance(card, bytes) else card
    match = _HEADER.match(text)
    try:
        value = yaml.safe_load(match[1]) if match else None
    except yaml.YAMLError:
        return {}
    return value if isinstance(value, dict) else {}


def tags(card: dict[str, Any]) -> list[str]:
    """Return what a repo is found by."""
    made = [
        f"{name}:{value}"
        for name in ("license", *LISTS)
        if name != "tags"
        for value in _listed(card.get(name))
    ]
    return [*made, *_listed(card.get("tags"))]


def _listed(value: Any) -> list[str]:
    return [str(one) for one in (value if isinstance(value, list) else [value] if value else [])]


@route("POST", r"/api/validate-yaml")
def validate(call: Call) -> Answer:
    content, kind = call.json["content"], call.json.get("repoType", "model")
    match = _HEADER.match(content)
    if not match or not match[1].strip():
        return answer(
            {"errors": [], "warnings": [{"message": "empty or missing yaml metadata in repo card"}]}
        )
    try:
        card = yaml.safe_load(match[1])
    except yaml.YAMLError as error:
        found = [f"bad YAML: {error.__class__.__name__}"]
    else:
        found = list(_wrong(card, kind)) if isinstance(card, dict) else ["the metadata must be an object"]
        found += [f'duplicated mapping key "{key}"' for key in _twice(yaml.compose(match[1]))]
    errors = [{"message": message} for message in found]
    return answer({"errors": errors, "warnings": []}, 400 if errors else 200)


def _twice(node: Any) -> Iterator[str]:
    """Yield the keys that a mapping has twice: PyYAML takes the last one, the Hub refuses them."""
    if isinstance(node, yaml.MappingNode):
        keys = [key.value for key, _ in node.value if isinstance(key, yaml.ScalarNode)]
        yield from (key for index, key in enumerate(keys) if key in keys[:index])
        for _, value in node.value:
            yield from _twice(value)
    elif isinstance(node, yaml.SequenceNode):
        for value in node.value:
            yield from _twice(value)


def _wrong(card: dict[str, Any], kind: str) -> Iterator[str]:
    """Yield what is wrong; where the Hub only warns, this is an error too."""
    for name in LISTS:
        value = card.get(name)
        plain = name in ("language", "tags") and isinstance(value, str)
        if value is not None and not plain and not _strings(value):
            yield f'"{name}" must be an array of strings'
    for name, known in (("license", LICENCES), ("task_categories", TASKS), ("size_categories", SIZES)):
        for value in _listed(card.get(name)) if kind == "dataset" or name == "license" else ():
            if value not in known:
                yield f'"{name}" must be one of {", ".join(sorted(known))}'
    for value in _listed(card.get("language")):
        if not _LANGUAGE.fullmatch(value):
            yield '"language" must be ISO 639 codes'
    if not isinstance(card.get("pretty_name", ""), str):
        yield '"pretty_name" must be a string'
    if kind == "dataset":
        yield from _wrong_configs(card.get("configs", []))
        if not isinstance(card.get("dataset_info", []), list | dict):
            yield '"dataset_info" must be an object or an array'


def _wrong_configs(configs: Any) -> Iterator[str]:
    if not isinstance(configs, list):
        yield '"configs" must be an array'
        return
    names = [config.get("config_name") if isinstance(config, dict) else None for config in configs]
    if len(set(map(repr, names))) != len(names):
        yield '"configs" must not name a configuration twice'
    for index, (name, config) in enumerate(zip(names, configs, strict=True)):
        if not isinstance(name, str) or not _CONFIG.fullmatch(name):
            yield f'"configs[{index}].config_name" must be a name'
        elif "data_files" in config and not _data_files(config["data_files"]):
            yield f'"configs[{index}].data_files" must be paths, or an array of split and path'


def _data_files(value: Any) -> bool:
    if isinstance(value, str) or _strings(value):
        return True
    return isinstance(value, list) and all(
        isinstance(part, dict)
        and set(part) == {"split", "path"}
        and re.fullmatch(r"\w+(\.\w+)*", str(part["split"])) is not None
        and (isinstance(part["path"], str) or _strings(part["path"]))
        for part in value
    )


def _strings(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(part, str) for part in value)
