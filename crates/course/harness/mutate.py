# Reads Python from standard input and prints each small change of its syntax tree: a JSON line {line, what, source}.
import ast, copy, json, sys

SWAPS = {
    ast.Add: [ast.Sub], ast.Sub: [ast.Add], ast.Mult: [ast.Div, ast.Add], ast.Div: [ast.Mult, ast.FloorDiv],
    ast.FloorDiv: [ast.Div], ast.MatMult: [ast.Mult],
    ast.Lt: [ast.LtE, ast.Gt], ast.LtE: [ast.Lt, ast.GtE], ast.Gt: [ast.GtE, ast.Lt], ast.GtE: [ast.Gt, ast.LtE],
    ast.Eq: [ast.NotEq], ast.NotEq: [ast.Eq], ast.And: [ast.Or], ast.Or: [ast.And],
    ast.USub: [ast.UAdd],
}


def changes(node):
    """Functions that each change `node` in place, or return what stands in its place, with their names."""
    if isinstance(node, (ast.BinOp, ast.UnaryOp, ast.BoolOp)):
        for other in SWAPS.get(type(node.op), []):
            yield f"{type(node.op).__name__} to {other.__name__}", lambda n, other=other: setattr(n, "op", other())
    if isinstance(node, ast.BinOp):
        yield "left operand alone", lambda n: n.left
        yield "right operand alone", lambda n: n.right
    if isinstance(node, ast.Compare):
        for other in SWAPS.get(type(node.ops[0]), []):
            yield f"{type(node.ops[0]).__name__} to {other.__name__}", lambda n, other=other: n.ops.__setitem__(0, other())
    if isinstance(node, ast.Constant) and isinstance(node.value, (int, float)) and not isinstance(node.value, bool):
        yield f"{node.value} + 1", lambda n: setattr(n, "value", n.value + 1)
        yield f"{node.value} - 1", lambda n: setattr(n, "value", n.value - 1)
    if isinstance(node, ast.Constant) and isinstance(node.value, bool):
        yield f"not {node.value}", lambda n: setattr(n, "value", not n.value)
    if isinstance(node, ast.Call):
        if len(node.args) >= 2 and not any(isinstance(argument, ast.Starred) for argument in node.args):
            yield "first two arguments swapped", lambda n: n.args.__setitem__(slice(0, 2), n.args[1::-1])
        for at, keyword in enumerate(node.keywords):
            yield f"without {keyword.arg}", lambda n, at=at: n.keywords.pop(at) and None
        if node.args:
            yield "first argument alone", lambda n: n.args[0]
    if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Load) and node.attr == "T":
        yield "without .T", lambda n: n.value
    if isinstance(node, ast.Slice):
        if node.lower:
            yield "slice from the start", lambda n: setattr(n, "lower", None)
        if node.upper:
            yield "slice to the end", lambda n: setattr(n, "upper", None)
    if isinstance(node, (ast.Assign, ast.AugAssign, ast.Expr)) and not isinstance(getattr(node, "value", None), ast.Constant):
        yield "statement left out", lambda n: ast.Pass()
    if isinstance(node, (ast.If, ast.IfExp)):
        yield "condition reversed", lambda n: setattr(n, "test", ast.UnaryOp(ast.Not(), n.test))


class Replace(ast.NodeTransformer):
    def __init__(self, old, new):
        self.old, self.new = old, new

    def visit(self, node):
        return self.new if node is self.old else self.generic_visit(node)


tree = ast.parse(sys.stdin.read())
for at, node in enumerate(ast.walk(tree)):
    for number, (what, _) in enumerate(list(changes(node))):
        fresh = copy.deepcopy(tree)
        twin = next(n for i, n in enumerate(ast.walk(fresh)) if i == at)
        new = list(changes(twin))[number][1](twin)
        fresh = fresh if new is None else Replace(twin, new).visit(fresh)
        source = ast.unparse(ast.fix_missing_locations(fresh))
        print(json.dumps({"line": getattr(node, "lineno", 0), "what": what, "source": source}))
