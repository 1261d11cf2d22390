"""The error of an invalid search."""

from __future__ import annotations


class SearchError(ValueError):
    """A search is invalid. `column` starts at 1; None if the error concerns the whole search.

    `str(error)` is one sentence; `error.pointed()` shows the search with a mark below the column.
    """

    def __init__(self, message: str, text: str = "", column: int | None = None) -> None:
        super().__init__(message if column is None else f"column {column}: {message}")
        self.message, self.text, self.column = message, text, column

    def pointed(self) -> str:
        if self.column is None:
            return f"{self.text}\n{self.message}" if self.text else self.message
        return f"{self.text}\n{' ' * (self.column - 1)}^ {self.message}"
