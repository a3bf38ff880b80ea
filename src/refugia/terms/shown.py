"""Results that show themselves: as a page in a notebook, as a figure, as rows of a table."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    import pandas
    import plotly.graph_objects as go

Row = TypeVar("Row")


class Shown:
    """What shows itself in a notebook. What draws it stands on a higher floor: it is asked for through the face of the package."""

    __slots__ = ()

    def plot(self, of: str | None = None) -> go.Figure:
        """The picture that says most of it, as a Plotly figure; `of` a merit or a site where there is one for each."""
        import refugia

        return refugia.plot(self, of)

    def _repr_html_(self) -> str:
        import refugia

        return refugia.html(self)


class Rows(tuple[Row, ...], Shown):
    """Rows of one kind, each a frozen dataclass; a data frame when asked."""

    __slots__ = ()

    def frame(self) -> pandas.DataFrame:
        """The rows as a pandas data frame, a column a field."""
        import pandas

        rows: list[Any] = list(self)
        return pandas.DataFrame([asdict(row) for row in rows])
