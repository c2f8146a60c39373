# /// script
# requires-python = ">=3.11"
# dependencies = ["hf-unsafe2safe[evaluate]"]
#
# [tool.hf-jobs]
# flavor = "cpu-upgrade"
# timeout = "12h"
# secrets = ["HF_TOKEN", "UNSAFE2SAFE_KEY"]
# ///
"""Any image dataset, sanitized and published.

Numbers, boxes, classes and texts that pass the text inspection as a whole are published; name what else may
leave. See docs/columns.md for the forms of coordinates.
"""

import sys

from hf_unsafe2safe.cli.settings import annotations
from hf_unsafe2safe.recipes import Recipe, parser, run


def main() -> int:
    """Run the recipe that the options make."""
    options = parser(__doc__, None)
    add = options.add_argument
    add("--config-name", help="The one configuration of the source on the Hub.")
    add("--image-column", help="Needed only with several image columns.")
    add("--annotation", action="append", default=[], metavar="COLUMN=FORM", help="objects.bbox=xywh")
    add("--context", action="append", default=[], metavar="COLUMN", help="Says what an image is about.")
    add("--column", action="append", default=[], metavar="COLUMN", help="Published as it is: you looked.")
    add("--passing", action="append", default=[], metavar="COLUMN", help="Texts that pass are published.")
    add("--licence-column", metavar="COLUMN", help="Of each image; none that forbids derivatives leaves.")
    given = options.parse_args()
    recipe = Recipe(
        licence_column=given.licence_column,
        image_column=given.image_column,
        config_name=given.config_name,
        annotations=annotations(given.annotation),
        context_columns=given.context,
        columns=given.column,
        passing=given.passing,
    )
    return run(given, recipe)


if __name__ == "__main__":
    sys.exit(main())
