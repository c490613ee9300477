"""What an experiment found."""

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Report:
    """Counts to read, and counts that must be none."""

    name: str
    counts: dict[str, object]
    none: dict[str, int] = field(default_factory=dict)

    @property
    def held(self) -> bool:
        """True when nothing happened that must not."""
        return not any(self.none.values())

    def __str__(self) -> str:
        words = [f"{name} {value}" for name, value in {**self.counts, **self.none}.items()]
        return f"{'holds' if self.held else 'FAILS'}  {self.name}: {', '.join(words)}"
