"""Whether one policy edits at least what another one does."""

from collections.abc import Collection

from .policy import Policy
from .taxonomy import GENERAL

_WHOLE_IMAGE = ("label", "edit", "reject")  # from the mildest to the strictest


def shortfalls(published: Policy, asked: Policy, not_inspected: Collection[str] = ()) -> tuple[str, ...]:
    """Return in what a policy is milder than another one, in words; nothing where it is at least as strict.

    What is only labelled does not count: it changes no pixel. Criteria of a user's own are compared by their
    texts, and these are not published: where some are asked for, nothing published passes.

    Scores are compared as numbers, also that of a general kind with that of a finer one that it stands for,
    whatever inspector gave them. So `groups` is milder than `default`, as nudity counts from 0.3 there and
    not from 0.2, and `strict` is milder than `groups` in faces and codes.

    Args:
        published: What a dataset was made with.
        asked: What is wanted.
        not_inspected: Kinds of the published policy that nobody looked for.

    Example:
        >>> shortfalls(Policy("a", {"face": 0.5}), Policy("b", {"face": 0.35, "name": 0.3}))
        ('face is edited from a score of 0.5 only, not from 0.35', 'name is not edited')
        >>> shortfalls(Policy("a", {"person": 0.3}), Policy("b", {"face": 0.35}))  # a face is part of one
        ()
    """
    found = []
    for kind, lowest in sorted(asked.scores.items()):
        score = published.scores.get(kind)
        named = kind if kind in published.edit else GENERAL.get(kind)
        if score is None:
            found.append(f"{kind} is not edited")
        elif named in not_inspected:
            found.append(f"{kind} was not looked for")
        elif not score <= lowest:
            found.append(f"{kind} is edited from a score of {score:g} only, not from {lowest:g}")
    if _WHOLE_IMAGE.index(published.whole_image) < _WHOLE_IMAGE.index(asked.whole_image):
        found.append(f"risks without a place: {published.whole_image}, not {asked.whole_image}")
    own = sorted(kind for kind in asked.criteria if published.criteria.get(kind) != asked.criteria[kind])
    if own:
        found.append(f"criteria of your own cannot be compared: {', '.join(own)}")
    return tuple(found)
