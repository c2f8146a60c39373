"""`python -m hf_unsafe2safe.cli`."""

from . import main

if __name__ == "__main__":
    main()
