"""What a training run depends on, besides its data."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Recipe:
    """First the heads alone on frozen networks, then heads and tail together.

    Attributes:
        dim: width of the shared space.
        image_hidden: width of the picture head's inner layer.
        far_hidden: the same of the head for pictures seen from very far.
        text_hidden: width of the text head's inner layer.
        epochs: passes over the pictures, of the heads alone.
        tail_epochs: further passes, in which the trunk's last blocks learn too.
        batch_size: pictures a step.
        captions: of each picture in a step.
        captioned: pictures of each further captioned source in a step, as a share of
            ``batch_size``.
        labelled: likewise, of each source that has labels alone.
        scales: likewise, of parts and of mosaics of each source, as a share of its own.
        label_weight: of the loss of labels, beside that of captions.
        learning_rate: of the heads alone, at its peak; warm-up of 50 steps, then
            cosine to 0.
        tail_learning_rate: of the tail; likewise, after a warm-up of its own.
        late_learning_rate: of the heads beside the tail.
        weight_decay: of AdamW, on all weights.
        temperature: of the loss at the start of the first part; it is learned.
        late_temperature: likewise, of the second.
        image_dropout: on features, and on the inner layer.
        text_dropout: likewise.
        average: decay of the running mean of the weights that is kept.
        scenes: drawn scenes added to each step, when there are any.
        chips: chips of the Earth added to each step, likewise.
        seed: of everything.
    """

    dim: int = 256
    image_hidden: int = 1024
    far_hidden: int = 1024
    text_hidden: int = 512
    epochs: int = 40
    tail_epochs: int = 14
    batch_size: int = 512
    captions: int = 2
    captioned: float = 0.25
    labelled: float = 0.1
    scales: float = 0.15
    label_weight: float = 0.1
    learning_rate: float = 1e-3
    tail_learning_rate: float = 1e-3
    late_learning_rate: float = 5e-4
    weight_decay: float = 0.1
    temperature: float = 0.06
    late_temperature: float = 0.085
    image_dropout: tuple[float, float] = (0.25, 0.45)
    text_dropout: tuple[float, float] = (0.1, 0.3)
    average: float = 0.99
    scenes: int = 64
    chips: int = 96
    seed: int = 0
