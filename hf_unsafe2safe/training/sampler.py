"""Which examples a step takes: a pure function of the step, so that nothing of it has to be kept."""

import numpy as np
import numpy.typing as npt

from ..errors import ConfigError


class Sampler:
    """Draws the global batch of every step.

    Without weights each example comes once an epoch, in a new order each time, and a batch may begin in one
    epoch and end in the next. With weights every place of a batch is drawn anew.

    Args:
        count: Of examples, at least 1.
        batch_size: Places of a global batch.
        seed: Of the run.
        weights: (count,) above 0, how often each is drawn; None for evenly.

    Raises:
        ConfigError: There is no example, or a weight is none.
    """

    def __init__(self, count: int, batch_size: int, seed: int, weights: npt.ArrayLike | None = None) -> None:
        if count < 1 or batch_size < 1:
            raise ConfigError("There is no example to draw, or none a batch.")
        self._count, self._batch_size, self._seed = count, batch_size, seed
        self._shares = None
        if weights is not None:
            given = np.asarray(weights, np.float64)
            if given.shape != (count,) or not (np.isfinite(given).all() and (given > 0).all()):
                raise ConfigError("Sampling weights are numbers above 0, one an example.")
            self._shares = given / given.sum()
        self._orders: dict[int, np.ndarray] = {}

    def batch(self, step: int) -> list[int]:
        """Return the examples of a step, from 0, by place."""
        if self._shares is not None:
            drawn = np.random.default_rng([self._seed, 1, step]).choice(
                self._count, self._batch_size, p=self._shares
            )
            return [int(one) for one in drawn]
        places = range(step * self._batch_size, (step + 1) * self._batch_size)
        return [int(self._order(place // self._count)[place % self._count]) for place in places]

    def _order(self, epoch: int) -> np.ndarray:
        if epoch not in self._orders:
            self._orders = {e: order for e, order in self._orders.items() if e == epoch - 1}
            self._orders[epoch] = np.random.default_rng([self._seed, 0, epoch]).permutation(self._count)
        return self._orders[epoch]
