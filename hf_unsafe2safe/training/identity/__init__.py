"""The identity term: faces of what an editor predicts are pushed away from those of the original."""
