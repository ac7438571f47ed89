"""How two pictures of one place are compared, in the words of a person."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from rsrag.errors import QueryError

if TYPE_CHECKING:
    from rsrag.analysis.change.judgement import JudgeOptions
    from rsrag.analysis.cover.cover_areas import AreaSize
    from rsrag.analysis.cover.cover_classes import CoverClass


@dataclass(frozen=True, slots=True)
class ChangeOptions:
    """How two pictures are compared.

    Attributes:
        head: ``"distance"``, ``"learned"`` or ``"auto"``.
        register: ``"auto"``, ``"none"``, or how many pixels of a shift are undone.
        normalise: ``"match"`` gives both one light; ``"none"``.
        clouds: ``"auto"``, ``"none"``, or the path of a mask.
        threshold: of a cell's probability, 0 to 1; the head's own by default.
        min_area: of changes: ``200m2``, ``1ha``, ``400px``.
        swap: the picture that is named first is the later one.
        classes: that pieces are told by, ``"building,trees,water"`` or the path of a
            file of them; those of land cover by default.
    """

    head: str = "auto"
    register: str = "auto"
    normalise: str = "match"
    clouds: str = "auto"
    threshold: float | None = None
    min_area: str | None = None
    swap: bool = False
    classes: str | None = None

    def __post_init__(self) -> None:
        """Refuse what cannot be.

        Raises:
            QueryError: naming the option.
        """
        if self.head not in ("auto", "distance", "learned"):
            raise QueryError(
                f"--head is {self.head!r}.", hint="auto, distance or learned"
            )
        if self.normalise not in ("match", "none"):
            raise QueryError(
                f"--normalise is {self.normalise!r}.", hint="match or none"
            )
        if self.threshold is not None and not 0 < self.threshold < 1:
            raise QueryError(f"--threshold is {self.threshold}, not between 0 and 1.")
        _ = self.reach_px, self.smallest, self.listed

    @property
    def reach_px(self) -> float | None:
        """How far a shift may go that is undone, pixels; ``None`` for none."""
        if self.register == "auto":
            return 8.0
        if self.register == "none":
            return None
        try:
            reach = float(self.register.removesuffix("px"))
        except ValueError:
            reach = 0.0
        if not 0 < reach < 1e4:
            raise QueryError(
                f"--register is {self.register!r}.",
                hint="auto, none, or pixels such as 20",
            )
        return reach

    @property
    def smallest(self) -> "AreaSize | None":
        """Size below which changes are left out, if one is given."""
        from rsrag.analysis.cover.cover_areas import AreaSize

        return None if self.min_area is None else AreaSize.parse(self.min_area)

    @property
    def listed(self) -> "tuple[CoverClass, ...]":
        """The classes, if any are given."""
        from rsrag.desk.segmenting import classes_of

        return () if self.classes is None else classes_of(self.classes, None).classes

    @property
    def mask(self) -> str | None:
        """Path of the mask of clouds, if one is given."""
        return None if self.clouds in ("auto", "none") else self.clouds

    @property
    def judging(self) -> "JudgeOptions":
        """How they are made comparable."""
        from rsrag.analysis.change.judgement import JudgeOptions

        tune, clouds = self.normalise == "match", self.clouds == "auto"
        return JudgeOptions(self.reach_px, tune, clouds)
