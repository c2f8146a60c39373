"""The closed word lists of the project: risk groups, kinds, statuses, reasons.

Source: the nine risk groups are those of the Unsafe2Safe paper (arXiv 2603.28605), shared there by the
risk flag, the edit instruction and the judge.
"""

from typing import Final

RISK_GROUPS: Final = (
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

# What a detector can find -> the one risk group it belongs to.
KIND_GROUP: Final[dict[str, str]] = {
    "face": "people",
    "name": "text_or_symbols",
    "phone": "text_or_symbols",
    "email": "text_or_symbols",
    "url": "text_or_symbols",
    "username": "text_or_symbols",
    "card": "text_or_symbols",
    "iban": "text_or_symbols",
    "person_text": "text_or_symbols",  # name tags, badges, jerseys: text on a person
    "text": "text_or_symbols",  # plain text
    "date": "location_or_time",
    "address": "location_or_time",
}
KINDS: Final = tuple(KIND_GROUP)

TEXT_KINDS: Final = tuple(kind for kind in KINDS if kind != "face")
PERSONAL_TEXT: Final = tuple(kind for kind in TEXT_KINDS if kind != "text")

STATUSES: Final = ("safe", "edited", "rejected", "failed")
ACTIONS: Final = ("edited", "labelled")

# Why a row has its status. Closed, so that no content can ride along in a reason.
REASONS: Final = (
    # safe, edited
    "nothing_to_edit",
    "edited_and_verified",
    # rejected: what the verifier still saw after the last editor
    "face_remains",
    "face_missed",
    "text_remains",
    "text_missed",
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
    "unreadable_reply",
)
