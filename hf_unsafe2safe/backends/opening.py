"""A model for a stage, from what the user wrote: a spec text or an object."""

from .chat import ChatModel
from .remembering import Remembering

ENDPOINT = "endpoint:"  # before the spec of a model that a server runs


def open_chat(model: str | ChatModel, *, images: bool, feature: str) -> ChatModel:
    """Return the model of a stage; nothing is loaded or connected.

    Args:
        model: `org/model[@revision]` or a folder, with options; `endpoint:` and what `EndpointChat`
            takes; or a model, which is returned as it is.
        images: Whether its prompts have images.
        feature: Who needs it, for messages, for example "Inspector 'vlm'".

    Raises:
        ConfigError: The spec cannot work.
        MissingExtraError: A package is missing.
    """
    if not isinstance(model, str):
        return model
    if model.startswith(ENDPOINT):
        from .served.endpoint import EndpointChat

        return Remembering(EndpointChat(model.removeprefix(ENDPOINT), images=images))
    from .local.transformers_chat import TransformersChat

    return Remembering(TransformersChat(model, images=images, feature=feature))
