"""What the server refuses, and how it says so: one shape for programs, one page for people."""

from __future__ import annotations


class Refusal(Exception):  # noqa: N818 an answer, not a failure
    """A request that cannot be granted. ``code`` names the reason for programs and, as ``fault.CODE``, its text.

    ``details`` fill the text. ``retryable`` means that the same request may succeed later.
    """

    def __init__(self, status: int, code: str, **details: str) -> None:
        super().__init__(code)
        self.status = status
        self.code = code
        self.details = details

    @property
    def retryable(self) -> bool:
        """Whether waiting helps."""
        return self.status in {429, 503}
