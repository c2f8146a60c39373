# /// script
# requires-python = ">=3.11"
# dependencies = ["hf-unsafe2safe[evaluate]"]
#
# [tool.hf-jobs]
# flavor = "cpu-upgrade"
# timeout = "6h"
# secrets = ["HF_TOKEN", "UNSAFE2SAFE_KEY"]
# ///
"""MIT Indoor67, sanitized: photos of rooms with one of 67 scenes each.

A captioner that is a model is told the scene. Its name is published: all 67 pass the text inspection. No copy
on the Hub is known that `datasets` opens and that has the scenes, so the source must be named: the folder
`Images` of the official archive (--source Images --keep-labels), or a copy with columns `image` and `label`.
"""

import sys

from hf_unsafe2safe.recipes import Recipe, parser, run

RECIPE = Recipe(image_column="image", context_columns=("label",))

if __name__ == "__main__":
    sys.exit(run(parser(__doc__, None).parse_args(), RECIPE))
