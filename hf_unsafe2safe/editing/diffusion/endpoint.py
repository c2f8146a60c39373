"""`endpoint`: an image model behind a server, or of Inference Providers of the Hub."""

from ...backends.served.images import EndpointPainter
from ..generative import GenerativeEditor


def endpoint(argument: str) -> GenerativeEditor:
    """Return the editor that sends crops of the original away to be painted.

    Args:
        argument: `http://127.0.0.1:8000/v1,model=NAME` or `org/model,provider=auto`, then options; see
            docs/endpoints.md. With `masked=true` what is masked is not sent.

    Raises:
        ConfigError: The argument cannot work, or a key is missing.
        MissingExtraError: A server needs the `openai` package.
    """
    return GenerativeEditor(EndpointPainter(argument))
