"""An evaluation as a table, a text and a page."""
