"""The order of deletions: waves from a precedence graph, and the cycles that prevent an order."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from graphlib import CycleError, TopologicalSorter


def find_cycles(after: Mapping[str, Iterable[str]]) -> list[list[str]]:
    """Return one cycle per group of resources that wait for each other, in order of waiting.

    `after` maps each resource to those that must be gone before it.
    """
    try:
        _sorter(after).prepare()
    except CycleError:
        return _cycles(after)
    return []


def waves(after: Mapping[str, Iterable[str]]) -> list[list[str]]:
    """Group resources into waves that can be deleted at the same time, each as early as possible.

    Raises graphlib.CycleError if there is a cycle.
    """
    sorter, found = _sorter(after), []
    sorter.prepare()
    while sorter.is_active():
        ready = sorter.get_ready()
        sorter.done(*ready)
        found.append(sorted(ready))
    return found


def _sorter(after: Mapping[str, Iterable[str]]) -> TopologicalSorter[str]:
    return TopologicalSorter(
        {later: [name for name in earlier if name in after] for later, earlier in after.items()}
    )


def _cycles(after: Mapping[str, Iterable[str]]) -> list[list[str]]:
    # Hardly any plan has a cycle, and networkx adds 0.1 s to a cold start.
    import networkx as nx

    graph: nx.DiGraph[str] = nx.DiGraph()
    # Sorted, so that the result does not depend on the order of the input.
    graph.add_nodes_from(sorted(after))
    for later, earlier in after.items():
        graph.add_edges_from((name, later) for name in sorted(earlier) if name in after)
    cycles = []
    for component in nx.strongly_connected_components(graph):
        first = min(component)
        if len(component) > 1 or graph.has_edge(first, first):
            found = nx.find_cycle(graph.subgraph(component), first)
            cycles.append([edge[0] for edge in found])
    return sorted(cycles)


def tied(needs: Mapping[str, Iterable[str]]) -> dict[str, str]:
    """Return the group of each name: names that need each other, also through others, share one.

    A group has the name of its first member in the order of the alphabet.
    """
    # Without a function that calls itself: a chain of needs may be as long as a plan.
    number: dict[str, int] = {}
    low: dict[str, int] = {}
    groups: dict[str, str] = {}
    path: list[str] = []
    for root in needs:
        if root in number:
            continue
        number[root] = low[root] = len(number)
        path.append(root)
        work = [(root, iter(needs[root]))]
        while work:
            name, left = work[-1]
            for other in left:
                if other not in needs:
                    continue
                if other not in number:
                    number[other] = low[other] = len(number)
                    path.append(other)
                    work.append((other, iter(needs[other])))
                    break
                if other not in groups:
                    low[name] = min(low[name], number[other])
            else:
                work.pop()
                if work:
                    low[work[-1][0]] = min(low[work[-1][0]], low[name])
                if low[name] == number[name]:
                    members = [path.pop()]
                    while members[-1] != name:
                        members.append(path.pop())
                    groups.update(dict.fromkeys(members, min(members)))
    return groups
