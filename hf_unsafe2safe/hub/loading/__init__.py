"""The safe variant of a dataset by its own name: where it is looked for, what is checked, what is built."""
