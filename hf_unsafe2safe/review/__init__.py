"""The human in the loop: rows exported for a look, and the decisions on them read back.

| file | concept |
|---|---|
| `export` | `export_review`: the folder that a person looks at |
| `decide` | `apply_review`: a new result with what the person decided |
| `result` | the rows of a finished result, and their originals |
| `unsure` | which rows a person should look at, and why |
| `candidate` | the picture that a person may accept |
| `page` | the page that shows the pictures |
| `decisions` | `decisions.csv`, as a spreadsheet may have left it |
| `reviewer` | decisions carried out on the rows of a table |
| `changes` | what each decision makes of a row |
| `folder` | folders and files for their owner only |
"""

from .decide import apply_review
from .export import export_review

__all__ = ["apply_review", "export_review"]
