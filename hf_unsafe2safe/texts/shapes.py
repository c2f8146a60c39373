"""Whether a value has the shape that a JSON schema asks for: the few keywords that our schemas use."""

from collections.abc import Mapping
from typing import Any

MOST_ITEMS = 64  # of a list
MOST_LETTERS = 2_000  # of a string
LARGEST = 10**9  # number
_TYPES: dict[str, tuple[type, ...]] = {
    "object": (dict,),
    "array": (list,),
    "string": (str,),
    "number": (int, float),
    "integer": (int,),
    "boolean": (bool,),
    "null": (type(None),),
}


def fits(value: Any, schema: Mapping[str, Any]) -> bool:
    """Return whether a value read from JSON has a shape, and is no longer and no larger than any may be.

    Nothing is converted: "true" is no boolean, and true no number.

    Args:
        value: As `json.loads` returns it.
        schema: With `anyOf`, or with `type` and `enum`, `minimum`, `maximum`, `minItems`, `maxItems`,
            `items`, `required`, `properties`; an object may have no key that is not among its properties.

    Example:
        >>> fits({"what": "a hat"}, {"type": "object", "properties": {"what": {"type": "string"}}})
        True
    """
    if "anyOf" in schema:
        return any(fits(value, one) for one in schema["anyOf"])
    kind = schema["type"]
    if not isinstance(value, _TYPES[kind]) or isinstance(value, bool) is not (kind == "boolean"):
        return False
    if "enum" in schema and value not in schema["enum"]:
        return False
    if isinstance(value, dict):
        parts = schema.get("properties", {})
        named = set(schema.get("required", ())) <= set(value) <= set(parts)
        return named and all(fits(part, parts[name]) for name, part in value.items())
    if isinstance(value, list):
        most = min(MOST_ITEMS, schema.get("maxItems", MOST_ITEMS))
        return schema.get("minItems", 0) <= len(value) <= most and all(
            fits(part, schema["items"]) for part in value
        )
    if isinstance(value, str):
        return len(value) <= MOST_LETTERS
    if isinstance(value, int | float):
        low, high = schema.get("minimum", -LARGEST), schema.get("maximum", LARGEST)
        return bool(low <= value <= high)  # never of NaN
    return True
