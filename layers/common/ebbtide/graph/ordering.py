"""The order of deletions: waves from a precedence graph, and the cycles that prevent an order."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import networkx as nx


def _precedence(after: Mapping[str, Iterable[str]]) -> nx.DiGraph[str]:
    """Build a graph with an arrow from each resource to those that must wait for it."""
    graph: nx.DiGraph[str] = nx.DiGraph()
    # Sorted, so that the result does not depend on the order of the input.
    graph.add_nodes_from(sorted(after))
    for later, earlier in after.items():
        graph.add_edges_from((name, later) for name in sorted(earlier) if name in after)
    return graph


def find_cycles(after: Mapping[str, Iterable[str]]) -> list[list[str]]:
    """Return one cycle per group of resources that wait for each other, in order of waiting.

    `after` maps each resource to those that must be gone before it.
    """
    graph = _precedence(after)
    cycles = []
    for component in nx.strongly_connected_components(graph):
        first = min(component)
        if len(component) > 1 or graph.has_edge(first, first):
            found = nx.find_cycle(graph.subgraph(component), first)
            cycles.append([edge[0] for edge in found])
    return sorted(cycles)


def waves(after: Mapping[str, Iterable[str]]) -> list[list[str]]:
    """Group resources into waves that can be deleted at the same time, each as early as possible.

    Raises networkx.NetworkXUnfeasible if there is a cycle.
    """
    return [sorted(generation) for generation in nx.topological_generations(_precedence(after))]
