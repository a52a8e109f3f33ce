"""What a cleaning rule is, and the record of what it did."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from cuoshi.origins import Edit, Text


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that a rule changed.

    Attributes:
        rule: the rule's name.
        start, end: character offsets in the decoded input.
        before, after: the text there when the rule came to it, and what it made of it.
    """

    rule: str
    start: int
    end: int
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Rule:
    """A named unit of cleaning.

    Attributes:
        name: what changes are recorded under.
        edits: a function from a string to the edits it wants.
        begun: makes the rule for one article, where it keeps something from pass to pass.
    """

    name: str
    edits: Callable[[str], list[Edit]]
    begun: Callable[[], Rule] | None = None

    def for_article(self) -> Rule:
        """The rule to apply to the passes over one article."""
        return self.begun() if self.begun else self

    def apply(self, text: Text) -> tuple[Text, list[Change]]:
        """The text without what the rule mends, and the changes in order."""
        edits = self.edits(text.string)
        changes = [
            Change(
                self.name,
                *text.span(edit.start, edit.end),
                text.string[edit.start : edit.end],
                edit.new,
            )
            for edit in edits
        ]
        return text.edit(edits), changes
