"""How batches are run: in this process, in several, later on several machines. The results are the same."""
