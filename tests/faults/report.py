"""What an experiment found."""

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Report:
    """Counts to read, and counts that must be none; `injected` says how many faults there were."""

    name: str
    injected: int
    counts: dict[str, object]
    none: dict[str, int] = field(default_factory=dict)
    broken: tuple[str, ...] = ()

    @property
    def held(self) -> bool:
        """True when something was broken on purpose and nothing happened that must not."""
        return bool(self.injected) and not any(self.none.values()) and not self.broken

    def __str__(self) -> str:
        verdict = "holds" if self.held else "FAILS" if self.injected else "INVALID"
        words = [f"{name} {value}" for name, value in {**self.counts, **self.none}.items()]
        lines = [f"{verdict}  {self.name}: faults injected {self.injected}, {', '.join(words)}"]
        if not self.injected:
            lines.append("  no fault was injected: this run says nothing")
        lines += [f"  invariant broken: {words}" for words in self.broken]
        return "\n".join(lines)
