"""The report page: one private HTML file with charts and a gallery of a result's rows.

| file | concept |
|---|---|
| `write` | `write_report`: where the page may lie, and how it gets there |
| `rows` | the rows of a result as entries of the page |
| `thumbnails` | small pictures, before and after at the same size |
| `charts` | bars with numbers |
| `page` | the HTML around them, written as a stream |
| `page.html`, `page.css`, `page.js` | how it looks and what it does in a browser |
"""

from .write import write_report

__all__ = ["write_report"]
