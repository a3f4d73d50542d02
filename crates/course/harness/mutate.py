# Reads Python from standard input and prints each small change of its syntax tree: a JSON line {line, what, source}.
# Functions named as arguments are left alone. Two changes that give the same program are one.
import ast, copy, json, sys

OPERATORS = {
    ast.Add: [ast.Sub, ast.Mult], ast.Sub: [ast.Add], ast.Mult: [ast.Div, ast.Add], ast.Div: [ast.Mult, ast.FloorDiv],
    ast.FloorDiv: [ast.Div, ast.Mult], ast.Mod: [ast.FloorDiv], ast.Pow: [ast.Mult], ast.MatMult: [ast.Mult],
    ast.BitAnd: [ast.BitOr], ast.BitOr: [ast.BitAnd],
    ast.Lt: [ast.LtE, ast.Gt], ast.LtE: [ast.Lt, ast.GtE], ast.Gt: [ast.GtE, ast.Lt], ast.GtE: [ast.Gt, ast.LtE],
    ast.Eq: [ast.NotEq], ast.NotEq: [ast.Eq], ast.Is: [ast.IsNot], ast.IsNot: [ast.Is], ast.In: [ast.NotIn], ast.NotIn: [ast.In],
    ast.And: [ast.Or], ast.Or: [ast.And],
}
# What NumPy and Python call by another name and of the same shape.
NAMES = {
    "max": ["min"], "min": ["max"], "sum": ["max", "mean"], "mean": ["sum"], "argmax": ["argmin"], "exp": ["exp2"],
    "log": ["log2"], "sqrt": ["log1p"], "zeros": ["ones"], "ones": ["zeros"], "zeros_like": ["ones_like"],
    "ones_like": ["zeros_like"], "empty_like": ["zeros_like"], "tril": ["triu"], "triu": ["tril"], "minimum": ["maximum"],
    "maximum": ["minimum"], "cumsum": ["cumprod"], "concatenate": ["stack"], "hstack": ["vstack"], "vstack": ["hstack"],
    "floor": ["ceil"], "ceil": ["floor"], "inf": ["pi"], "append": ["clear"],
}


def changes(node, parameters):
    """Functions that each change `node` in place, or return what stands in its place, with their names."""
    kind = type(node).__name__
    if isinstance(node, (ast.BinOp, ast.BoolOp, ast.AugAssign)):
        for other in OPERATORS.get(type(node.op), []):
            yield f"{type(node.op).__name__} to {other.__name__}", lambda n, other=other: setattr(n, "op", other())
    if isinstance(node, ast.UnaryOp):
        yield f"without {type(node.op).__name__}", lambda n: n.operand
    if isinstance(node, ast.BinOp):
        yield "left operand alone", lambda n: n.left
        yield "right operand alone", lambda n: n.right
        if isinstance(node.op, (ast.Sub, ast.Div, ast.FloorDiv, ast.Mod, ast.Pow, ast.MatMult)):
            yield "operands swapped", lambda n: swap(n, "left", "right")
        if isinstance(node.op, ast.MatMult):
            yield "left operand transposed", lambda n: setattr(n, "left", transposed(n.left))
            yield "right operand transposed", lambda n: setattr(n, "right", transposed(n.right))
    if isinstance(node, ast.Compare):
        for at, op in enumerate(node.ops):
            for other in OPERATORS.get(type(op), []):
                yield f"{type(op).__name__} to {other.__name__}", lambda n, at=at, other=other: n.ops.__setitem__(at, other())
        if len(node.ops) == 1:
            yield "comparison swapped", lambda n: swap_compared(n)
    if isinstance(node, ast.Constant) and isinstance(node.value, (int, float)) and not isinstance(node.value, bool):
        for other in (node.value + 1, node.value - 1, 0, -node.value):
            yield f"{node.value} to {other}", lambda n, other=other: setattr(n, "value", other)
    if isinstance(node, ast.Constant) and isinstance(node.value, bool):
        yield f"not {node.value}", lambda n: setattr(n, "value", not n.value)
    if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load) and node.id in parameters:
        for other in parameters:
            if other != node.id:
                yield f"{node.id} to {other}", lambda n, other=other: setattr(n, "id", other)
    if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Load):
        for other in NAMES.get(node.attr, []):
            yield f"{node.attr} to {other}", lambda n, other=other: setattr(n, "attr", other)
        if node.attr == "T":
            yield "without .T", lambda n: n.value
    if isinstance(node, ast.Call):
        plain = not any(isinstance(argument, ast.Starred) for argument in node.args)
        for at in range(len(node.args) - 1 if plain else 0):
            yield f"arguments {at + 1} and {at + 2} swapped", lambda n, at=at: n.args.__setitem__(slice(at, at + 2), n.args[at + 1 : at - 1 if at else None : -1])
        for at in range(len(node.args) if plain and len(node.args) > 1 else 0):
            yield f"without argument {at + 1}", lambda n, at=at: n.args.pop(at) and None
        for at, keyword in enumerate(node.keywords):
            yield f"without {keyword.arg}", lambda n, at=at: n.keywords.pop(at) and None
        if len(node.args) == 1:
            yield "the argument alone", lambda n: n.args[0]
        elif node.args:
            yield "first argument alone", lambda n: n.args[0]
        if isinstance(node.func, ast.Attribute) and node.func.attr in ("transpose", "swapaxes", "copy", "astype", "reshape", "ravel"):
            yield f"without .{node.func.attr}()", lambda n: n.func.value
    if isinstance(node, ast.Subscript):
        yield "without the index", lambda n: n.value
        if isinstance(node.slice, ast.Tuple) and len(node.slice.elts) > 1:
            yield "indices reversed", lambda n: n.slice.elts.reverse()
            for at in range(len(node.slice.elts)):
                yield f"index {at + 1} whole", lambda n, at=at: n.slice.elts.__setitem__(at, ast.Slice())
        elif not isinstance(node.slice, (ast.Slice, ast.Constant)):
            for sign in (1, -1):
                yield f"index {sign:+d}", lambda n, sign=sign: setattr(n, "slice", plus(n.slice, sign))
    if isinstance(node, ast.Slice):
        for end in ("lower", "upper"):
            if getattr(node, end):
                yield f"slice without {end} end", lambda n, end=end: setattr(n, end, None)
                for sign in (1, -1):
                    yield f"{end} end {sign:+d}", lambda n, end=end, sign=sign: setattr(n, end, plus(getattr(n, end), sign))
    if isinstance(node, ast.Tuple) and isinstance(node.ctx, ast.Store) and len(node.elts) > 1:
        yield "targets reversed", lambda n: n.elts.reverse()
    if isinstance(node, (ast.Assign, ast.AugAssign, ast.Expr)) and not isinstance(node.value, ast.Constant):
        yield "statement left out", lambda n: ast.Pass()
    if isinstance(node, (ast.For, ast.While, ast.If, ast.Continue, ast.Break)):
        yield f"{kind.lower()} left out", lambda n: ast.Pass()
    if isinstance(node, ast.For):
        yield "loop from the second on", lambda n: setattr(n, "iter", cut(n.iter, ast.Slice(lower=ast.Constant(1))))
        yield "loop without the last", lambda n: setattr(n, "iter", cut(n.iter, ast.Slice(upper=ast.Constant(-1))))
        yield "loop once", lambda n: n.body.append(ast.Break())
    if isinstance(node, (ast.If, ast.IfExp)):
        yield "condition reversed", lambda n: setattr(n, "test", ast.UnaryOp(ast.Not(), n.test))
    if isinstance(node, ast.Return) and node.value is not None:
        for name in parameters:
            yield f"return {name}", lambda n, name=name: setattr(n, "value", ast.Name(name, ast.Load()))


def swap(node, one, other):
    first, second = getattr(node, one), getattr(node, other)
    setattr(node, one, second)
    setattr(node, other, first)


def swap_compared(node):
    node.left, node.comparators[0] = node.comparators[0], node.left


def transposed(node):
    return ast.Attribute(node, "T", ast.Load())


def plus(node, number):
    return ast.BinOp(node, ast.Add() if number > 0 else ast.Sub(), ast.Constant(abs(number)))


def cut(node, part):
    return ast.Subscript(ast.Call(ast.Name("list", ast.Load()), [node], []), part, ast.Load())


class Replace(ast.NodeTransformer):
    def __init__(self, old, new):
        self.old, self.new = old, new

    def visit(self, node):
        return self.new if node is self.old else self.generic_visit(node)


def functions(tree, left_alone):
    return [part for part in tree.body if isinstance(part, ast.FunctionDef) and part.name not in left_alone]


tree = ast.parse(sys.stdin.read())
left_alone = sys.argv[1:]
seen = {ast.unparse(tree)}
for number, function in enumerate(functions(tree, left_alone)):
    parameters = [argument.arg for argument in function.args.args]
    for at, node in enumerate(ast.walk(function)):
        for which, (what, _) in enumerate(changes(node, parameters)):
            fresh = copy.deepcopy(tree)
            twin = next(n for i, n in enumerate(ast.walk(functions(fresh, left_alone)[number])) if i == at)
            new = list(changes(twin, parameters))[which][1](twin)
            fresh = fresh if new is None else Replace(twin, new).visit(fresh)
            source = ast.unparse(ast.fix_missing_locations(fresh))
            if source not in seen:
                seen.add(source)
                print(json.dumps({"line": getattr(node, "lineno", 0), "what": what, "source": source}))
