"""Write docs/metric-searches.md: the searches of the default metrics; --check only compares."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

from ebbtide.config.default_metrics import OF_RESOTO, OURS
from ebbtide.metrics.definitions import BUILT_IN, FLEET
from ebbtide.metrics.figures import MOST_SERIES
from tools.generated import write_or_check
from tools.yaml_files import read_yaml

ROOT = Path(__file__).resolve().parents[1]
TARGET = ROOT / "docs" / "metric-searches.md"
# Each metric of Resoto that differs: name -> what was repaired, or why it is not possible.
RESOTO = ROOT / "tools" / "reviewed" / "resoto_metrics.yaml"

INTRODUCTION = f"""\
# Searches of metrics

<!-- Written by tools/metric_searches.py from layers/common/ebbtide/config/default_metrics.py. -->

A metric of resources is a search with an aggregate ([search.md](search.md#aggregates)): its
groups are the labels, its function is the value. Ebbtide's own are written like yours, so you can
copy and change them.

## Define a metric

    metrics:
      definitions:
        old_volumes:
          help: Volumes older than 30 days that nothing uses
          search: "aggregate(account.id as account, region, volume_type as type: sum(1)):
            is(volume) and age > 30d and volume_status = available"
        volume_bytes_by_owner:
          help: Size of block storage volumes by owner
          unit: Bytes
          search: "aggregate(account.id as account, tags.owner as owner:
            sum(volume_size * 1073741824)): is(volume)"
      disabled: [users_total, groups_total]

- The series is `ebbtide_` and the name. A definition with the name of a default replaces it;
  `disabled` leaves defaults out.
- A search with several functions makes a series of each, with the name of the metric and the
  alias of the function: `aggregate(region: sum(1) as count, max(volume_size) as largest)` of a
  metric `disks` makes `ebbtide_disks_count` and `ebbtide_disks_largest`. An alias that begins
  with the name of the metric is used alone.
- Names consist of lower-case letters, digits and underscores. Each group needs a name that can be
  a label, such as `/ancestors.account.reported.id as account`.
- `unit` is `Count` (default), `Bytes`, `Percent`, `Seconds` or `USD`. `type` is always `gauge`.
- `sort`, `limit`, `reversed` and `--at` are refused: a metric counts every match of every
  account.
- Mistakes stop a run before it begins, and `ebbtide config validate` shows them.

## What the values mean

- Each account is measured by itself, and the results are added up: sums, counts, least and
  greatest values, averages and variances are the same as those of one search over all accounts.
- Ways and ancestors do not leave an account.
- A resource counts in the account that owns it, although `ebbtide search` also shows what is
  shared.
- What has no number is left out of a sum, an average, a minimum or a maximum, and counted in a
  series with the ending `_unknown` and the same labels. A sum of which nothing is known has no
  sample, never 0. So an unknown price does not make anything cheaper.
- A resource of which it is unknown whether it matches, such as one whose state could not be read,
  is left out, and counted by `ebbtide_metrics_undecided`.
- A label is `none` if the resource has no value, and `unknown` if its tags could not be read.
- A sum that had a value in the run before, and has nothing to add up now, is 0 once, so that
  dashboards see it end.
- A metric that fails in an account is left out of that run, and `ebbtide_metrics_failed` counts
  the accounts; the others are not affected. More than {MOST_SERIES:,} combinations of labels in
  one account are such a failure.
- `ebbtide_account_info` has the names of the accounts. In PromQL: `ebbtide_volumes_total * on
  (account) group_left (name) ebbtide_account_info`.

Metrics that read nothing but single properties, tags, prices and the place of a resource are the
fastest: equal lines count together. Ages, nested values, ids and marks are read resource by
resource, and only ways along edges load the graph.
"""


def text_of() -> str:
    """Return the whole page."""
    return "\n".join(
        [
            INTRODUCTION,
            "## Defaults of Ebbtide\n",
            *_definitions(OURS),
            "## Defaults with the names of Resoto\n",
            *_definitions(OF_RESOTO),
            "## Metrics that no search computes\n",
            "Their code is in `metrics/built_in.py` and `metrics/combining.py` of the package:",
            "the plan and the cleanup, how accounts were read, and the run itself.",
            "[metrics.md](metrics.md) explains each:\n",
            *_built_in(),
            "## From Resoto\n",
            "Its 44 default metrics, and what became of them. The prefix is `ebbtide_` instead",
            "of `fix_` or `resoto_`; the labels `account` and `region` are the id of the account",
            "and the name of the region, and only `accounts_total` has the label `cloud`.\n",
            "| metric | here | |",
            "| --- | --- | --- |",
            *_from_resoto(),
        ]
    )


def _definitions(definitions: object) -> Iterator[str]:
    assert isinstance(definitions, dict)
    for name, definition in definitions.items():
        unit = "" if definition.unit == "Count" else f", in {definition.unit}"
        yield f"`{name}`: {definition.help}{unit}.\n"
        yield f"    {definition.search}\n"


def _built_in() -> Iterator[str]:
    names = [f"`{metric.series}`" for metric in (*BUILT_IN, *FLEET)]
    yield from (f"{name}," for name in names[:-1])
    yield f"{names[-1]}.\n"


def _from_resoto() -> Iterator[str]:
    reviewed = read_yaml(RESOTO)
    known = set(OF_RESOTO) | set(reviewed["impossible"])
    for name in sorted(known):
        if name in reviewed["impossible"]:
            yield f"| `{name}` | not possible | {reviewed['impossible'][name]} |"
        elif name in reviewed["repaired"]:
            yield f"| `{name}` | repaired | {reviewed['repaired'][name]} |"
        else:
            yield f"| `{name}` | the same | |"


def main(arguments: list[str]) -> int:
    text = text_of().rstrip("\n") + "\n"
    return write_or_check(__doc__, {TARGET: text}, arguments)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
