"""The error of the HTTP client of `huggingface_hub`, whichever client its version has."""

from typing import Any

from huggingface_hub.errors import HfHubHTTPError

_bases: tuple[Any, ...] = HfHubHTTPError.__mro__
HTTP_ERROR: type[Exception] = _bases[1]  # of httpx or httpx2
