"""How good an editor is while it is trained, and which checkpoint is the best."""
