"""The word lists of the project: risk groups, kinds, statuses, reasons. Closed, but for a user's own kinds.

Source: the nine risk groups are those of the Unsafe2Safe paper (arXiv 2603.28605), shared there by the
risk flag, the edit instruction and the judge.
"""

from typing import Final

PAPER_GROUPS: Final = (
    "people",
    "appearance",
    "health",
    "text_or_symbols",
    "location_or_time",
    "interactions",
    "work_or_school",
    "cultural_political_religious",
    "belongings_or_behaviour",
)
CUSTOM: Final = "custom"  # the group of what a user's own criteria find
RISK_GROUPS: Final = (*PAPER_GROUPS, CUSTOM)

# What can be found -> the one risk group it belongs to. The kinds named like a whole group are for
# inspectors that understand a scene, such as a vision-language model; the embedded one covers none of them.
KIND_GROUP: Final[dict[str, str]] = {
    "face": "people",
    "person": "people",
    "nudity": "people",
    "appearance": "appearance",
    "health": "health",
    "name": "text_or_symbols",
    "phone": "text_or_symbols",
    "email": "text_or_symbols",
    "url": "text_or_symbols",
    "username": "text_or_symbols",
    "card": "text_or_symbols",
    "iban": "text_or_symbols",
    "plate": "text_or_symbols",
    "person_text": "text_or_symbols",  # name tags, badges, jerseys: text on a person
    "private_text": "text_or_symbols",  # that somebody saw there is some, and not what it says
    "text": "text_or_symbols",  # plain text
    "code": "text_or_symbols",  # QR codes, barcodes
    "document": "text_or_symbols",
    "screen": "text_or_symbols",
    "date": "location_or_time",
    "address": "location_or_time",
    "place": "location_or_time",
    "interaction": "interactions",
    "workplace": "work_or_school",
    "symbol": "cultural_political_religious",
    "vehicle": "belongings_or_behaviour",
    "belonging": "belongings_or_behaviour",
}
KINDS: Final = tuple(KIND_GROUP)

# One kind a group: what an inspector that understands scenes, and names no finer kind, finds of it.
GROUP_KINDS: Final[dict[str, str]] = {
    "people": "person",
    "appearance": "appearance",
    "health": "health",
    "text_or_symbols": "private_text",
    "location_or_time": "place",
    "interactions": "interaction",
    "work_or_school": "workplace",
    "cultural_political_religious": "symbol",
    "belongings_or_behaviour": "belonging",
}

# What is read: it has an outline and a text. `plate` is one, the others with a place are not.
PERSONAL_TEXT: Final = (
    "name", "phone", "email", "url", "username", "card", "iban", "plate", "person_text", "private_text",
    "date", "address",
)  # fmt: skip
TEXT_KINDS: Final = (*PERSONAL_TEXT, "text")
# A finer kind -> the general one that stands for it in a policy which does not name it.
GENERAL: Final[dict[str, str]] = {
    **{kind: "private_text" for kind in (*PERSONAL_TEXT, "code") if kind != "private_text"},
    "face": "person",
    "nudity": "person",
}
FAMILIES: Final = {"personal_text": PERSONAL_TEXT, "all_text": TEXT_KINDS}  # names that stand for many kinds
OBJECT_KINDS: Final = ("person", "vehicle", "screen")  # found by an object detector

STATUSES: Final = ("safe", "edited", "rejected", "failed")
ACTIONS: Final = ("edited", "labelled", "kept")  # kept: by consent

# Why a row has an image: safe, edited.
KEPT: Final = (
    "nothing_to_edit",
    "edited_and_verified",
    "kept_by_consent",
    "kept_by_reviewer",
    "accepted_by_reviewer",
)
# Why a row has its status. Closed, so that no content can ride along in a reason.
REASONS: Final = (
    *KEPT,
    # rejected by a person who looked at it
    "dropped_by_reviewer",
    # rejected: what the verifier still saw after the last editor
    "face_remains",
    "face_missed",
    "text_remains",
    "text_missed",
    "code_remains",
    "code_missed",
    "document_remains",
    "document_missed",
    "nudity_remains",
    "nudity_missed",
    "object_remains",
    "object_missed",
    "risk_remains",
    "copy_remains",  # what a generative editor made looks like what was there
    "judge_remains",  # a model that saw both pictures says that it is still the same
    "outside_changed",
    "wrong_shape",
    "whole_image",
    # failed: opening
    "missing",
    "empty",
    "not_an_image",
    "truncated",
    "too_large",
    "unsupported_mode",
    "decode_error",
    # failed: a later stage
    "inspect_failed",
    "caption_failed",
    "instruct_failed",
    "edit_failed",
    "verify_failed",
    "record_failed",
    "backend_unavailable",
    "out_of_memory",
    "unreadable_reply",
    # failed: annotations
    "rotated_annotations",  # in stored pixel order, and the image was turned upright
)

# What may not fail the next time: a file that comes back, a server that answers again, a larger machine.
RETRYABLE: Final = ("missing", "backend_unavailable", "out_of_memory")
