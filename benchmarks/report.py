"""One line a figure: what, the ratio or number, the goal, and whether it is met."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Figure:
    """A measured figure with its goal; `least` goals are reached from above, others from below."""

    what: str
    value: float
    goal: float
    least: bool
    unit: str = ""
    detail: str = ""

    @property
    def met(self) -> bool:
        return self.value >= self.goal if self.least else self.value <= self.goal

    def __str__(self) -> str:
        sign = "≥" if self.least else "≤"
        mark = "ok  " if self.met else "MISS"
        figure = f"{self.value:.2f}{self.unit}"
        return (
            f"{mark} {self.what:<44} {figure:>10} ({sign} {self.goal:g}{self.unit})  {self.detail}"
        )
