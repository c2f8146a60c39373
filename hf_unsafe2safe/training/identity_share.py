"""The part of the loss that pushes faces of predicted pictures away from those of the original."""

from typing import Any

from .config import LossOptions
from .example import Encoded
from .objectives.objective import Objective, Prediction


class IdentityShare:
    """Computes the identity term where it is due; nothing of it is loaded while its weight is 0.

    Args:
        options: Its weight, how often, up to which noise.
        objective: Which decodes what a network predicts.
        device: Where it runs.
    """

    def __init__(self, options: LossOptions, objective: Objective, device: Any) -> None:
        self._options, self._objective = options, objective
        self._embedder: Any = None
        if options.identity_weight:
            from .identity.embedder import load_embedder

            self._embedder = load_embedder().to(device)

    def __call__(self, step: int, batch: Encoded, predicted: Prediction) -> Any:
        """Return the weighted sum of the term over a batch: a scalar, 0 where it is not due."""
        nothing = predicted.loss.new_zeros(())
        if self._embedder is None or step % self._options.identity_every:
            return nothing
        seen = batch["faces"].any(dim=1) & (predicted.noise <= self._options.identity_noise)
        if not seen.any():
            return nothing
        from .identity.term import identity_loss

        lost = identity_loss(
            self._embedder,
            self._objective.decode(predicted.clean[seen]),
            batch["landmarks"][seen],
            batch["embeddings"][seen],
            batch["faces"][seen],
            self._options.identity_margin,
        )
        return self._options.identity_weight * lost.sum()
