# /// script
# requires-python = ">=3.11"
# dependencies = ["hf-unsafe2safe[evaluate]"]
#
# [tool.hf-jobs]
# flavor = "cpu-upgrade"
# timeout = "3h"
# secrets = ["HF_TOKEN", "UNSAFE2SAFE_KEY"]
# ///
"""OK-VQA, sanitized: photos of COCO with a question each, and ten answers.

A captioner that is a model is told the question. Questions and answers are published where they pass
the text inspection; other questions are empty, other answers dropped from the list. `question_id` stays here:
it begins with the number of the photo in COCO.
"""

import sys

from hf_unsafe2safe.recipes import Recipe, parser, run

SOURCE = "lmms-lab/OK-VQA"
RECIPE = Recipe(
    image_column="image",
    context_columns=("question",),
    passing=("question", "answers", "question_type", "answer_type"),
)

if __name__ == "__main__":
    sys.exit(run(parser(__doc__, SOURCE).parse_args(), RECIPE))
