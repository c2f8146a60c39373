# /// script
# requires-python = ">=3.11"
# dependencies = ["hf-unsafe2safe[evaluate]"]
#
# [tool.hf-jobs]
# flavor = "cpu-upgrade"
# timeout = "3h"
# secrets = ["HF_TOKEN", "UNSAFE2SAFE_KEY"]
# ///
"""Caltech101, sanitized: photos with one of 102 classes each.

A captioner that is a model is told the class. Class names are published when every one of them passes
the text inspection; those of Caltech101 do. Of the classes `faces` and `faces_easy` not much
is left: the face is what is edited. The official archive works too: --source 101_ObjectCategories
--keep-labels.
"""

import sys

from hf_unsafe2safe.recipes import Recipe, parser, run

SOURCE = "dpdl-benchmark/caltech101"
RECIPE = Recipe(image_column="image", context_columns=("label",))

if __name__ == "__main__":
    sys.exit(run(parser(__doc__, SOURCE).parse_args(), RECIPE))
