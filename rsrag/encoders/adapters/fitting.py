"""An adapter learnt from pairs: epochs, pictures held aside, an early stop."""

import hashlib
import math
from collections.abc import Callable
from dataclasses import astuple, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from numpy.typing import NDArray

from rsrag.encoders.adapters.fit_state import read_state, write_state
from rsrag.encoders.adapters.pair_loss import contrastive_loss
from rsrag.encoders.adapters.training_pairs import TrainingPairs
from rsrag.metrics.hit_rates import hit_rates
from rsrag.types import Vectors

if TYPE_CHECKING:
    from rsrag.encoders.adapters.learners import Learner

READ_AT_ONCE = 64
"""Pictures or texts a pass where nothing is learnt."""
WARM_UP = 10
"""Steps at most, before the learning rate is at its peak."""

Tensors = dict[str, tuple[torch.Tensor, torch.Tensor]]
Progress = Callable[[str, int, int], None]


@dataclass(frozen=True, slots=True)
class Course:
    """How an adapter is learnt.

    Attributes:
        epochs: passes over the pictures, at most.
        patience: epochs without anything gained on those held aside, then it stops.
        batch_size: pictures a step, a text of each.
        learning_rate: of AdamW at its peak; a cosine to 0.
        weight_decay: likewise.
        rank: of the changes.
        held_out: share of the pictures that is held aside.
        seed: of everything.
    """

    epochs: int
    patience: int
    batch_size: int
    learning_rate: float
    rank: int
    held_out: float
    seed: int
    weight_decay: float = 0.05


@dataclass(frozen=True, slots=True)
class Epoch:
    """How good the encoder is on pictures held aside.

    Attributes:
        figure: mR, or the share of right classes; in percent.
        loss: of the pictures held aside.
        learnt: mean loss of the epoch; none before the first.
    """

    figure: float
    loss: float
    learnt: float | None = None

    @property
    def rank(self) -> tuple[float, float]:
        """What the best epoch is chosen by."""
        return self.figure, -self.loss


@dataclass(frozen=True, slots=True)
class Fitted:
    """What was learnt.

    Attributes:
        tensors: of the best epoch.
        epochs: the state before the first, then each.
        best: number of the best; 0: nothing was gained.
        stopped: somebody asked to stop before the end.
    """

    tensors: Tensors
    epochs: tuple[Epoch, ...]
    best: int
    stopped: bool


class Fit:
    """Learning that can be stopped after any epoch, and gone on with.

    Args:
        learner: is changed.
        pairs: to learn from.
        course: how.
        state: file that holds how far it is; it is read if it is there.
        base: sha256 of the encoder's weights.

    Raises:
        CheckpointError: the state is of another training, or damaged.
    """

    def __init__(
        self,
        learner: "Learner",
        pairs: TrainingPairs,
        course: Course,
        state: Path,
        base: str,
    ) -> None:
        self._learner, self._pairs, self._course = learner, pairs, course
        self._known, self._aside = pairs.parts(course.held_out, course.seed)
        self._state = state
        words = repr((astuple(course), base)).encode()
        self._mark = hashlib.sha256(words + pairs.digest()).hexdigest()
        self._parameters = [one for pair in learner.learnt.values() for one in pair]
        self._optimiser = torch.optim.AdamW(
            self._parameters, course.learning_rate, weight_decay=course.weight_decay
        )
        self._steps = -(-len(self._known.pictures) // course.batch_size)
        self._epochs: list[Epoch] = []
        self._best, self._kept = 0, self._copy()
        if state.is_file():
            self._resume()

    def run(self, progress: Progress, stop: Callable[[], bool]) -> Fitted:
        """Learn until nothing more is gained, the epochs are over, or it is stopped.

        Args:
            progress: told ``learning``, epochs done, and how many there are at most.
            stop: asked after each epoch, when all that was learnt is on the disk.
        """
        course = self._course
        if not self._epochs:
            self._epochs.append(self._look(None))
        while not self._over() and not stop():
            number = len(self._epochs)
            learnt = self._learn(number)
            self._epochs.append(self._look(learnt))
            if self._epochs[number].rank > self._epochs[self._best].rank:
                self._best, self._kept = number, self._copy()
            self._save()
            progress("learning", number, course.epochs)
        over = self._over()
        return Fitted(self._kept, tuple(self._epochs), self._best, not over)

    def _over(self) -> bool:
        done = len(self._epochs) - 1
        return done >= self._course.epochs or done - self._best >= self._course.patience

    def _learn(self, epoch: int) -> float:
        """One epoch; what it draws depends on its number alone."""
        course, part = self._course, self._known
        rng = np.random.default_rng([course.seed, epoch])
        total = 0.0
        with torch.random.fork_rng():
            torch.manual_seed(int(rng.integers(2**62)))
            order = rng.permutation(part.pictures)
            for step in range(self._steps):
                rows = order[step * course.batch_size :][: course.batch_size]
                texts = self._pairs.draw(rows, rng)
                loss = self._loss(rows, texts, training=True)
                rate = self._rate((epoch - 1) * self._steps + step)
                for group in self._optimiser.param_groups:
                    group["lr"] = rate
                self._optimiser.zero_grad()
                loss.backward()  # type: ignore[no-untyped-call]
                self._optimiser.step()
                total += float(loss.detach()) * len(rows)
        return total / len(order)

    def _rate(self, step: int) -> float:
        whole = self._steps * self._course.epochs
        warm = min(1.0, (step + 1) / min(WARM_UP, whole))
        turned = (1 + math.cos(math.pi * step / whole)) / 2
        return self._course.learning_rate * warm * turned

    def _loss(
        self, rows: NDArray[np.intp], texts: NDArray[np.intp], training: bool
    ) -> torch.Tensor:
        pairs, learner = self._pairs, self._learner
        images = learner.images(pairs.pictures[rows], training)
        said = learner.texts(pairs.text_rows[texts], training)
        group, kind = (
            torch.from_numpy(numbers).to(images.device)
            for numbers in (pairs.same[rows], pairs.kinds[texts])
        )
        return contrastive_loss(images, said, learner.scale, group, kind)

    @torch.no_grad()
    def _look(self, learnt: float | None) -> Epoch:
        """How good it is on what is held aside."""
        pairs, part = self._pairs, self._aside
        images = self._vectors(self._learner.images, pairs.pictures, part.pictures)
        said = self._vectors(self._learner.texts, pairs.text_rows, part.texts)
        if pairs.labelled:
            figure = pairs.accuracy(images, said, part)
        else:
            figure = hit_rates(images, said, part.owner).mean
        rng = np.random.default_rng(self._course.seed)
        rows = part.pictures
        losses = []
        for start in range(0, len(rows), READ_AT_ONCE):
            some = rows[start : start + READ_AT_ONCE]
            loss = self._loss(some, pairs.draw(some, rng), training=False)
            losses.append((float(loss), len(some)))
        mean = sum(loss * count for loss, count in losses) / len(rows)
        return Epoch(figure, mean, learnt)

    def _vectors(
        self, read: Callable[..., torch.Tensor], rows: Any, chosen: NDArray[np.intp]
    ) -> Vectors:
        parts = [
            read(rows[chosen[i : i + READ_AT_ONCE]], False).cpu().numpy()
            for i in range(0, len(chosen), READ_AT_ONCE)
        ]
        return np.concatenate(parts).astype(np.float32)

    def _copy(self) -> Tensors:
        return {
            name: (down.detach().clone(), up.detach().clone())
            for name, (down, up) in self._learner.learnt.items()
        }

    def _save(self) -> None:
        content = {
            "epochs": [astuple(one) for one in self._epochs],
            "best": self._best,
            "kept": self._kept,
            "now": self._copy(),
            "optimiser": self._optimiser.state_dict(),
        }
        write_state(self._state, self._mark, content)

    def _resume(self) -> None:
        content = read_state(self._state, self._mark)
        self._epochs = [Epoch(*one) for one in content["epochs"]]
        self._best, self._kept = content["best"], content["kept"]
        with torch.no_grad():
            for name, pair in self._learner.learnt.items():
                for parameter, value in zip(pair, content["now"][name], strict=True):
                    parameter.copy_(value)
        self._optimiser.load_state_dict(content["optimiser"])
