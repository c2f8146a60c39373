"""How good inspection, editing and checking are, measured."""
