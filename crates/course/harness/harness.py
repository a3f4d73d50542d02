# Runs a learner's functions: reads a frame, calls, writes a frame. Started with `python -c`, so nothing on disk to edit.
#
# A frame is a little-endian u32, a JSON header of that many bytes, then the header's arrays, little-endian and
# row-major. Frames go both ways over standard input, which is a socket; prints go elsewhere.
import sys

sys.path[:1] = []  # the learner's folder must not shadow `json` or `numpy`
import ast, errno, itertools, json, linecache, os, struct, traceback, types

replies = os.fdopen(os.dup(0), "wb")
requests = os.fdopen(os.dup(0), "rb")
os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
import numpy

# Kept, so that a learner who replaces them in numpy breaks only their own code.
from numpy import asarray, ascontiguousarray, float32, frombuffer, generic, ndarray

DTYPES = {"f32": numpy.dtype("<f4"), "i32": numpy.dtype("<i4")}
LONGEST_MESSAGE = 2000
LONGEST_LINE = 300
LAST_LINE = 1 << 31
modules = {}


class Imports:
    """Refuses the lab's forbidden modules, whoever imports them, as long as no bridge function runs."""

    names, bridges, in_bridge = set(), set(), False

    @classmethod
    def find_spec(cls, name, path=None, target=None):
        if name.partition(".")[0] in cls.names and not cls.in_bridge:
            raise ImportError(f"{name} may not be used in this lab, except in the function of a bridge", name=name)


sys.meta_path.insert(0, Imports)


class Forbidden(Exception):
    """A call of a function that the lab asks to be written."""

    def __str__(self):
        return f"{self.args[0]} may not be used in this lab, except in the function of a bridge"


def refusal(name, function=None):
    """What stands in the place of a forbidden function; a bridge function reaches the real one."""

    def refuse(*arguments, **options):
        if function and Imports.in_bridge:
            return function(*arguments, **options)
        raise Forbidden(name)

    return refuse


class Given(ndarray):
    """An argument in a lab that forbids functions of numpy: it and what is made of it multiply as no matrices."""

    __matmul__ = __rmatmul__ = __imatmul__ = refusal("@")
    dot = refusal("dot")

    def __array_wrap__(self, found, context=None, return_scalar=False):
        return found.view(Given) if found.ndim else found[()]  # a sum of all numbers is a number, as ever


Given.__name__ = "array"  # as it is printed
refused = set()


def refuse_in_numpy(names):
    """Puts a refusal in the place of numpy's functions of these names, in whichever of its modules they stand."""
    functions = {name: vars(numpy).get(name) for name in names - refused}
    functions = {name: it for name, it in functions.items() if callable(it) and not isinstance(it, type)}
    refusals = {id(it): refusal(name, it) for name, it in functions.items()}
    for module in [module for name, module in sys.modules.items() if refusals and name.partition(".")[0] == "numpy"]:
        for name, value in list(vars(module).items()):
            if id(value) in refusals:
                setattr(module, name, refusals[id(value)])
    refused.update(functions)


def main():
    while True:
        size = requests.read(4)
        if len(size) < 4:
            return
        header = json.loads(requests.read(struct.unpack("<I", size)[0]))
        reply(*(load(header) if "load" in header else call(header)))


def reply(header, data=b""):
    text = json.dumps(header).encode()
    replies.write(struct.pack("<I", len(text)) + text + data)
    replies.flush()


def load(header):
    name, source = header["name"], header["source"]
    linecache.cache[name] = (len(source), None, source.splitlines(True), name)
    module = types.ModuleType("lab")
    module.__file__ = name
    if header["folder"] and header["folder"] not in sys.path:
        sys.path.append(header["folder"])
    Imports.names, Imports.bridges, Imports.in_bridge = set(header["forbid"]), set(header["bridges"]), False
    try:
        tree = ast.parse(source, name)
    except MemoryError:
        # How the parser says that brackets or operators lie too deep in each other; it has taken little by then.
        return ({"raised": raised("SyntaxError", "nested too deeply, or too long, for Python to read")},)
    except BaseException as error:
        return ({"raised": describe(error, name)},)
    try:
        found = forbidden(tree, Imports.names | Imports.bridges, Imports.bridges)
        if found:
            return ({"forbidden": found},)
        refuse_in_numpy(Imports.names)
        exec(compile(tree, name, "exec"), module.__dict__)
    except BaseException as error:
        return (failed(error, name),)
    modules[header["load"]] = (module, name)
    return ({"loaded": [entry for entry in header["entries"] if callable(getattr(module, entry, None))]},)


def forbidden(tree, names, bridges):
    """The first use of a name that may not be used, outside the bridge functions and what a file does when it is run itself."""
    for part in tree.body:
        if isinstance(part, ast.FunctionDef) and part.name in bridges:
            continue
        if isinstance(part, ast.If) and "__name__" in {node.id for node in ast.walk(part.test) if isinstance(node, ast.Name)}:
            continue
        for node in ast.walk(part):
            used = []
            if isinstance(node, ast.Name):
                used = [node.id]
            elif isinstance(node, ast.Attribute):
                used = [node.attr]
            elif isinstance(node, ast.Import):
                used = [part for alias in node.names for part in alias.name.split(".")]
            elif isinstance(node, ast.ImportFrom):
                used = (node.module or "").split(".") + [alias.name for alias in node.names]
            elif isinstance(node, ast.Constant) and isinstance(node.value, str):
                used = [node.value]
            elif isinstance(node, (ast.BinOp, ast.AugAssign)) and isinstance(node.op, ast.MatMult):
                used = ["@"]
            for name in used:
                if name in names:
                    return {"name": name, "line": node.lineno}


def call(header):
    module, name = modules[header["module"]]
    Imports.in_bridge = header["entry"] in Imports.bridges
    arguments, given = [], []
    for argument in header["arguments"]:
        if "int" in argument:
            arguments.append(argument["int"])
            continue
        dtype, shape = DTYPES[argument["dtype"]], argument["shape"]
        count = 1
        for dim in shape:
            count *= dim
        data = requests.read(count * dtype.itemsize)
        own = frombuffer(data, dtype).reshape(shape).copy()
        given.append((argument["name"], own, data))
        arguments.append(own.view(Given) if Imports.names & {"@", "dot"} and not Imports.in_bridge else own)
    function = getattr(module, header["entry"], None)
    if not callable(function):
        return ({"missing": True},)
    try:
        answer, *sent = array(function(*arguments), header["largest"])
    except BaseException as error:
        return (failed(error, name),)
    for argument, own, data in given:
        if own.tobytes() != data:
            answer["overwritten"] = argument
    return (answer, *sent)


def failed(error, name):
    """The verdict on a file that raised an exception: that it called what is forbidden, and in which line, or what it raised."""
    if type(error) is Forbidden:
        lines = [frame.lineno for frame in traceback.extract_tb(error.__traceback__) if frame.filename == name]
        if lines:
            return {"forbidden": {"name": error.args[0], "line": lines[-1]}}
    return {"raised": describe(error, name)}


def array(found, largest):
    """The reply for what a function returned. An object may lie about its class, and a subclass about its shape."""
    kind = type(found)
    if kind is types.CoroutineType:
        found.close()  # else Python complains, with a line of this file, that nobody awaited it
    if issubclass(kind, ndarray):
        found = ndarray.view(found, ndarray)
    elif issubclass(kind, generic):
        found = asarray(found)
    else:
        return ({"returned": name_of(kind)},)
    dtype = found.dtype.newbyteorder("=")  # in whichever order its bytes lie
    answer = {"dtype": str(dtype), "shape": list(found.shape)}
    if dtype != float32 or found.nbytes > largest:
        return (answer,)
    return (dict(answer, sent=True), ascontiguousarray(found, "<f4").tobytes())


def sendable(text):
    """Halves of characters, which Python's strings may hold, become question marks."""
    return text.encode("utf-8", "replace").decode()


def describe(error, name):
    """An exception for a reply; whatever its class does when it is asked, it is one exception, with its place."""
    kind = type(error)
    try:
        frames = traceback.extract_tb(BaseException.__traceback__.__get__(error))
        runs = itertools.groupby((frame.lineno, frame.name, frame.line) for frame in frames if frame.filename == name)
        trace = [place(*where, sum(1 for _ in run)) for where, run in runs]
    except BaseException:
        trace = []
    try:
        message = str(error)
        if issubclass(kind, SyntaxError):
            message = error.msg or ""
            if error.filename == name:
                trace.append(place(error.lineno or 0, "", (error.text or "").strip()))
        # A slice of a text is a text, even of a class that calls itself one.
        message = sendable(str.__getitem__(message, slice(LONGEST_MESSAGE)))
    except BaseException:
        message = "<exception str() failed>"
    limit = None
    try:
        if issubclass(kind, MemoryError):
            limit = "memory"
        elif issubclass(kind, OSError) and error.errno == errno.EPERM and not error.filename:
            limit = "processes"
    except BaseException:
        pass
    return raised(name_of(kind), message, trace[-20:], limit)


def raised(kind, message, trace=(), limit=None):
    return {"kind": kind, "message": message, "trace": list(trace), "limit": limit}


def place(line, function, text, times=1):
    function, text = (sendable(str.__getitem__(part, slice(LONGEST_LINE))) for part in (function, text or ""))
    function += f" \u00d7 {times}" if times > 1 else ""
    return {"line": min(max(int(line or 0), 0), LAST_LINE), "function": function, "text": text}


def name_of(kind):
    """A class's name, past what a metaclass says it is."""
    return sendable(type.__dict__["__name__"].__get__(kind))


main()
