"""The verdict as one page that needs nothing else."""

from __future__ import annotations

from typing import Any

from sandbox.checks.books import Books
from sandbox.report.lines import engagement_lines, hours_line, letter_lines
from sandbox.report.pages import close_pages


def html_page(verdict: dict[str, Any], about: dict[str, Any], books: Books) -> str:
    """A complete page, everything escaped."""
    # Only a run that writes its folder needs it.
    from jinja2 import Environment, PackageLoader

    environment = Environment(loader=PackageLoader("sandbox.report"), autoescape=True, trim_blocks=True)
    return environment.get_template("report.html.j2").render(
        verdict=verdict,
        about=about,
        engagements=engagement_lines(books),
        hours=hours_line(books),
        letters=letter_lines(books.case),
        told_twice={
            part for check in verdict["checks"] if check["id"] == "FIGURES.business" for part in check["parts"]
        },
        pages=close_pages(books),
    )
