"""Draw the dashboard for the documentation, from what `python -m local.dashboard` wrote.

Runs in an environment of its own (`tools/setup.sh pictures`): nothing else needs matplotlib.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import matplotlib

matplotlib.use("agg")

import matplotlib.pyplot as plt
from matplotlib.dates import AutoDateLocator, DateFormatter

# Inches for one unit of the dashboard's grid, which has 24 columns.
COLUMN, ROW = 0.5, 0.4
COLORS = ("#0972d3", "#e07941", "#3caf5f", "#8456ce", "#d13212", "#7d8998")
STATES = {"OK": "#037f0c", "ALARM": "#d13212", "INSUFFICIENT_DATA": "#7d8998"}
FRAME, TEXT, QUIET = "#d5dbdb", "#16191f", "#545b64"

type Record = Mapping[str, Any]


def draw(shown: Record, target: Path) -> None:
    """Draw all widgets where the dashboard has them."""
    widgets = shown["widgets"]
    rows = max(one["y"] + one["height"] for one in widgets)
    plt.rcParams.update({"font.size": 8, "text.color": TEXT, "axes.edgecolor": FRAME})
    figure = plt.figure(figsize=(24 * COLUMN, rows * ROW), facecolor="#f2f3f3")
    for widget in widgets:
        _draw_widget(figure, widget, rows)
    # The metadata would change the file with each version of matplotlib.
    figure.savefig(target, dpi=100, metadata={"Software": None})
    plt.close(figure)


def _draw_widget(figure: Any, widget: Record, rows: int) -> None:
    left, width = widget["x"] / 24 + 0.004, widget["width"] / 24 - 0.008
    bottom, height = (
        1 - (widget["y"] + widget["height"]) / rows + 0.006,
        widget["height"] / rows - 0.012,
    )
    card = figure.add_axes((left, bottom, width, height), facecolor="white")
    card.set(xticks=[], yticks=[], xlim=(0, 1), ylim=(0, 1))
    inches = widget["height"] * ROW
    title = 1 - 0.17 / inches
    card.text(0.12 / (widget["width"] * COLUMN), title, widget["properties"]["title"], va="center",
              fontsize=9, fontweight="bold")  # fmt: skip
    if widget["type"] == "alarm":
        _draw_alarms(card, widget["states"])
    elif widget["properties"]["view"] == "singleValue":
        _draw_numbers(figure, card, widget["series"], (left, bottom, width, height))
    else:
        margin = 0.055
        inner = (left + margin, bottom + 0.27 * height, width - margin - 0.025, 0.55 * height)
        _draw_lines(figure.add_axes(inner), widget)


def _draw_alarms(card: Any, states: Mapping[str, str]) -> None:
    for number, (name, state) in enumerate(sorted(states.items())):
        place = 0.82 - number * 0.85 / max(len(states), 1)
        card.plot([0.05], [place], marker="s", markersize=6, color=STATES[state])
        card.text(0.09, place, name, va="center")
        card.text(0.97, place, state.replace("_", " ").lower(), va="center", ha="right",
                  color=STATES[state])  # fmt: skip


def _draw_numbers(
    figure: Any, card: Any, series: list[Record], place: tuple[float, float, float, float]
) -> None:
    left, bottom, width, height = place
    for number, one in enumerate(series):
        begin = number / len(series)
        color = COLORS[number % len(COLORS)]
        last = f"{one['values'][-1]:,.4g}" if one["values"] else "no data"
        card.text(begin + 0.012, 0.55, last, fontsize=17, va="center")
        card.text(begin + 0.012, 0.28, one["label"], color=QUIET, va="center")
        spark = figure.add_axes(
            (left + (begin + 0.01) * width, bottom + 0.05 * height, 0.11 * width, 0.14 * height)
        )
        spark.axis("off")
        spark.plot(one["times"], one["values"], color=color, linewidth=1.2, marker=".")


def _draw_lines(axes: Any, widget: Record) -> None:
    sides = {"left": axes}
    handles = []
    for number, one in enumerate(widget["series"]):
        if one["axis"] not in sides:
            sides[one["axis"]] = axes.twinx()
        times = [datetime.fromtimestamp(time, UTC) for time in one["times"]]
        color = COLORS[number % len(COLORS)]
        on = sides[one["axis"]]
        handles += on.plot(times, one["values"], color=color, marker=".", label=one["label"])
    for name, on in sides.items():
        _set_limits(on, widget["properties"].get("yAxis", {}).get(name, {}))
    axes.xaxis.set_major_locator(AutoDateLocator(minticks=3, maxticks=6))
    axes.xaxis.set_major_formatter(DateFormatter("%H:%M", tz=UTC))
    axes.grid(axis="y", color="#eaeded")
    axes.tick_params(length=0, labelcolor=QUIET)
    axes.locator_params(axis="y", nbins=4)
    axes.yaxis.set_major_formatter("{x:,.9g}")
    axes.legend(handles=handles, loc="upper center", bbox_to_anchor=(0.5, -0.17), frameon=False,
                ncols=5, columnspacing=0.7, handlelength=0.8, handletextpad=0.5)  # fmt: skip


def _set_limits(axes: Any, options: Record) -> None:
    for side in ("top", "right", "left"):
        axes.spines[side].set_visible(False)
    axes.tick_params(length=0, labelcolor=QUIET)
    axes.margins(y=0.12)
    if "min" in options:
        axes.set_ylim(bottom=options["min"])
    if "max" in options:
        axes.set_ylim(top=options["max"] * 1.05)
    elif axes.get_ylim()[1] < 1:
        axes.set_ylim(top=1)
    if "label" in options:
        axes.set_ylabel(options["label"], color=QUIET, labelpad=1)


def main(arguments: list[str] | None = None) -> int:
    """Draw the file that the first argument names into the second one."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("shown", type=Path)
    parser.add_argument("picture", type=Path)
    options = parser.parse_args(arguments)
    draw(json.loads(options.shown.read_text()), options.picture)
    return 0


if __name__ == "__main__":
    sys.exit(main())
