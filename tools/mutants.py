"""Makes the mutants of a module: copies of its source that each differ in one small way.

Pure. A test suite that passes with a mutant does not check what the mutant changed.
"""

from __future__ import annotations

import ast
import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

type Node = ast.expr | ast.stmt

# Expression -> text by annotation of the function, for `return`.
EMPTY = {
    "str": '""',
    "list": "[]",
    "dict": "{}",
    "tuple": "()",
    "set": "set()",
    "frozenset": "frozenset()",
    "Mapping": "{}",
    "Iterator": "iter(())",
    "Sequence": "()",
}
COMPARED: dict[type[ast.cmpop], str] = {
    ast.Eq: "!=",
    ast.NotEq: "==",
    ast.Lt: "<=",
    ast.LtE: "<",
    ast.Gt: ">=",
    ast.GtE: ">",
    ast.In: "not in",
    ast.NotIn: "in",
    ast.Is: "is not",
    ast.IsNot: "is",
}
SWAPPED = {"any": "all", "all": "any", "min": "max", "max": "min"}
ENDING = (ast.Return, ast.Raise, ast.Continue, ast.Break)
INVERTED = (ast.Eq, ast.NotEq, ast.In, ast.NotIn, ast.Is, ast.IsNot)
SETS = (ast.BitOr, ast.BitAnd, ast.Sub, ast.Add)


@dataclass(frozen=True, slots=True)
class Mutant:
    """One change of a module: the bytes from `start` to `end` become `after`.

    `scope` is the function or class around it. `number` counts equal changes of one scope.
    """

    module: str
    scope: str
    what: str
    before: str
    after: str
    start: int
    end: int
    line: int
    number: int = 1

    @property
    def name(self) -> str:
        """Return what identifies the mutant as long as the code that it changes is the same."""
        again = f" #{self.number}" if self.number > 1 else ""
        return f"{self.module} {self.scope}: {_short(self.before)} -> {_short(self.after)}{again}"

    def applied(self, source: bytes) -> bytes:
        return source[: self.start] + self.after.encode() + source[self.end :]


def _short(text: str) -> str:
    return " ".join(text.split())


def mutants_of(module: str, source: bytes) -> list[Mutant]:
    """Return every mutant of a module that compiles, in the order of the source."""
    found: list[Mutant] = []
    counts: dict[str, int] = {}
    for mutant in sorted(_Walk(module, source).mutants(), key=lambda one: (one.start, one.after)):
        if not _compiles(mutant.applied(source)):
            continue
        number = counts.get(mutant.name, 0) + 1
        counts[mutant.name] = number
        found.append(replace(mutant, number=number))
    return found


def sample(mutants: Iterable[Mutant], count: int, seed: str) -> list[Mutant]:
    """Choose `count` mutants; the choice of one does not depend on which others there are."""

    def rank(one: Mutant) -> str:
        return hashlib.sha256(f"{seed} {one.name}".encode()).hexdigest()

    return sorted(mutants, key=rank)[:count]


def _compiles(source: bytes) -> bool:
    try:
        compile(source, "mutant", "exec")
    except SyntaxError:
        return False
    return True


class _Walk:
    """Finds the places of one source."""

    def __init__(self, module: str, source: bytes) -> None:
        self._module, self._source = module, source
        self._starts = [0]
        for line in source.splitlines(keepends=True):
            self._starts.append(self._starts[-1] + len(line))

    def mutants(self) -> Iterator[Mutant]:
        tree = ast.parse(self._source)
        for statement in tree.body:
            yield from self._statement(statement, "module", "")

    def _at(self, node: Node, scope: str, what: str, after: str) -> Mutant:
        start, end = self._span(node)
        before = self._source[start:end].decode()
        return Mutant(self._module, scope, what, before, after, start, end, node.lineno)

    def _span(self, node: Node) -> tuple[int, int]:
        assert node.end_lineno is not None and node.end_col_offset is not None
        start = self._starts[node.lineno - 1] + node.col_offset
        return start, self._starts[node.end_lineno - 1] + node.end_col_offset

    def _text(self, node: Node) -> str:
        start, end = self._span(node)
        return self._source[start:end].decode()

    def _statement(self, node: ast.stmt, scope: str, returns: str) -> Iterator[Mutant]:
        match node:
            case ast.Import() | ast.ImportFrom() | ast.TypeAlias() | ast.Assert():
                return
            case ast.FunctionDef() | ast.ClassDef():
                yield from self._definition(node, scope)
                return
            case ast.If() if self._text(node.test) == "TYPE_CHECKING":
                return
            case ast.If():
                yield from self._condition(node.test, scope)
                if not node.orelse and isinstance(node.body[-1], ENDING):
                    yield self._at(node.test, scope, "check dropped", "False")
            case ast.While():
                yield from self._condition(node.test, scope)
            case ast.Return(value=ast.expr() as value):
                yield from self._returned(value, scope, returns)
            case ast.Expr(value=ast.Call() | ast.Yield() | ast.YieldFrom()):
                yield self._at(node, scope, "call or yield dropped", "pass")
            case ast.AugAssign():
                yield self._at(node, scope, "assignment dropped", "pass")
            case ast.Assign(targets=[ast.Attribute() | ast.Subscript()]):
                yield self._at(node, scope, "assignment dropped", "pass")
        for expression in _expressions(node):
            yield from self._expression(expression, scope)
        for inner in _bodies(node):
            yield from self._statement(inner, scope, returns)

    def _definition(self, node: ast.FunctionDef | ast.ClassDef, scope: str) -> Iterator[Mutant]:
        own = node.name if scope == "module" else f"{scope}.{node.name}"
        returns = ""
        if isinstance(node, ast.FunctionDef):
            returns = ast.unparse(node.returns) if node.returns else ""
            for default in (*node.args.defaults, *filter(None, node.args.kw_defaults)):
                yield from self._expression(default, own)
        for inner in node.body:
            yield from self._statement(inner, own, returns)

    def _condition(self, node: ast.expr, scope: str) -> Iterator[Mutant]:
        if isinstance(node, ast.Compare) and isinstance(node.ops[0], INVERTED):
            return  # changing the comparison inverts it
        text = self._text(node)
        if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
            after = self._text(node.operand)
        else:
            after = f"not ({text})"
        yield self._at(node, scope, "condition inverted", after)

    def _returned(self, value: ast.expr, scope: str, returns: str) -> Iterator[Mutant]:
        text = self._text(value)
        after = EMPTY.get(returns.partition("[")[0])
        if returns.endswith("| None"):
            after = "None"
        elif returns == "bool":
            after = f"not ({text})"
        elif returns in ("int", "float"):
            after = f"({text}) + 1"
        if after is not None and after != text:
            yield self._at(value, scope, "return replaced", after)

    def _expression(self, node: ast.expr, scope: str) -> Iterator[Mutant]:
        match node:
            case ast.BoolOp():
                yield from self._terms(node, scope)
            case ast.Compare(ops=[op]) if type(op) in COMPARED:
                left, right = self._text(node.left), self._text(node.comparators[0])
                after = f"{left} {COMPARED[type(op)]} {right}"
                yield self._at(node, scope, "comparison changed", after)
            case ast.BinOp() if isinstance(node.op, SETS):
                yield self._at(node, scope, "term dropped", f"({self._text(node.left)})")
            case ast.IfExp():
                yield from self._condition(node.test, scope)
            case ast.Call(func=ast.Name(id=name) as function) if name in SWAPPED:
                yield self._at(function, scope, "function changed", SWAPPED[name])
            case ast.Constant(value=bool() as value):
                yield self._at(node, scope, "constant changed", str(not value))
            case ast.Constant(value=int() as value):
                yield self._at(node, scope, "constant changed", str(value + 1))
            case ast.Tuple() | ast.Set() | ast.List() if len(node.elts) > 1:
                yield from self._elements(node, scope)
            case ast.ListComp() | ast.SetComp() | ast.GeneratorExp() | ast.DictComp():
                for condition in (one for loop in node.generators for one in loop.ifs):
                    yield from self._condition(condition, scope)
                    yield self._at(condition, scope, "term dropped", "True")
            case ast.JoinedStr():
                return
        for inner in ast.iter_child_nodes(node):
            for expression in _inner_expressions(inner):
                yield from self._expression(expression, scope)

    def _terms(self, node: ast.BoolOp, scope: str) -> Iterator[Mutant]:
        word = " and " if isinstance(node.op, ast.And) else " or "
        for dropped in node.values:
            kept = [f"({self._text(value)})" for value in node.values if value is not dropped]
            yield self._at(node, scope, "term dropped", f"({word.join(kept)})")
        other = " or " if word == " and " else " and "
        swapped = other.join(f"({self._text(value)})" for value in node.values)
        yield self._at(node, scope, "connective changed", f"({swapped})")

    def _elements(self, node: ast.Tuple | ast.Set | ast.List, scope: str) -> Iterator[Mutant]:
        """Yield the display without each of its elements, if all are constants or names."""
        plain = (ast.Constant, ast.Name, ast.Attribute, ast.Starred)
        if not isinstance(node.ctx if not isinstance(node, ast.Set) else ast.Load(), ast.Load):
            return
        if not all(isinstance(one, plain) for one in node.elts):
            return
        name = type(node).__name__
        opened, closed = {"Tuple": ("(", ")"), "Set": ("{", "}"), "List": ("[", "]")}[name]
        for dropped in node.elts:
            kept = "".join(f"{self._text(one)}, " for one in node.elts if one is not dropped)
            yield self._at(node, scope, "element dropped", f"{opened}{kept}{closed}")


def _bodies(node: ast.stmt) -> Iterator[ast.stmt]:
    for name in ("body", "orelse", "finalbody"):
        yield from getattr(node, name, ())
    for handler in getattr(node, "handlers", ()):
        yield from handler.body


def _expressions(node: ast.stmt) -> Iterator[ast.expr]:
    """Yield the expressions of a statement itself, without annotations and docstrings."""
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
        return
    skipped = {"annotation", "body", "orelse", "finalbody", "handlers", "decorator_list"}
    for name, value in ast.iter_fields(node):
        if name not in skipped:
            for one in value if isinstance(value, list) else [value]:
                yield from _inner_expressions(one)


def _inner_expressions(node: object) -> Iterator[ast.expr]:
    """Yield a node if it is an expression, or else the expressions right below it."""
    if isinstance(node, ast.expr):
        yield node
    elif isinstance(node, ast.comprehension):
        yield from (node.iter, *node.ifs)
    elif isinstance(node, ast.keyword):
        yield node.value
    elif isinstance(node, ast.withitem):
        yield node.context_expr
