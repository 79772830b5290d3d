"""Check the capabilities of models/: each may use those that models/__init__.py imports before it.

A name that only a higher capability defines must not be used in a lower one: a field, a method, a
model or an import, also in the scripts of static/src, where a script outside a capability's folder
belongs to milestone. Names of one word (``active``, ``create``) say too little to be looked at.
"""

import ast
import re
import sys

from dev.paths import ADDON, REPO

MODELS = REPO / "models"
PYTHON = ("models", "wizard", "report", "controllers")
WHOLE_NAME = f"odoo.addons.{ADDON}.models."
# A field's or method's name, or the path of one.
FIELDS = ("fields.", "MonetaryTotal(")
PATH = re.compile(r"\w+(\.\w+)*")
# Names that a lower capability may use although only a higher one defines them.
ALLOWED = {"attachment_ids", "company_ids", "user_id"}  # fields of many of Odoo's models


def main():
    """Print what is wrong, a line each; return 0 or 1."""
    found = [*_stray_files(), *_lonely_heirs(), *_uses_of_higher()]
    print(*found, sep="\n", end="\n" if found else "")
    return int(bool(found))


def capabilities():
    """Return the names of the folders of models/ in the order in which they build on each other."""
    imports = ast.parse((MODELS / "__init__.py").read_text()).body
    return [alias.name for node in imports for alias in node.names]


def _stray_files():
    for path in MODELS.iterdir():
        if path.is_file() and path.name != "__init__.py":
            yield f"{_relative(path)}: belongs into the folder of a capability"


def _lonely_heirs():
    """Yield each abstract model that has exactly one heir: two classes of one model are simpler."""
    abstract, heirs = {}, []
    for path in _files(*PYTHON):
        for cls in _classes(path):
            if cls.bases and ast.unparse(cls.bases[-1]) == "models.AbstractModel":
                abstract |= dict.fromkeys(_names_of(cls, "_name"), path)
            heirs += set(_names_of(cls, "_inherit")) - set(_names_of(cls, "_name"))
    for name, path in abstract.items():
        if heirs.count(name) == 1:
            yield f"{_relative(path)}: the abstract model {name} has one heir"


def _uses_of_higher():
    names = capabilities()
    files = {name: _files(*(f"{folder}/{name}" for folder in PYTHON)) for name in names}
    defined = {
        name: {word for path in paths for cls in _classes(path) for word in _definitions(cls)}
        for name, paths in files.items()
    }
    for number, capability in enumerate(names):
        usable = set().union(*(defined[lower] for lower in names[: number + 1]), ALLOWED)
        higher = names[number + 1 :]
        uses = [
            (path, node.lineno, name)
            for path in files[capability]
            for node in ast.walk(ast.parse(path.read_text()))
            for name in _uses(node)
        ]
        for path, line, name in [*uses, *_words_of_scripts(capability, names)]:
            owners = [h for h in higher if name in defined[h] or name == f"..{h}"]
            if owners and name not in usable and ("_" in name or "." in name):
                yield f"{_relative(path)}:{line}: {name} belongs to {owners[0]}"


def _words_of_scripts(capability, names):
    """Yield the path, the line and each word of the scripts of a capability."""
    for path in sorted((REPO / "static" / "src").rglob("*.js")):
        folder = path.parent.name if path.parent.name in names else "milestone"
        if folder == capability:
            for number, line in enumerate(path.read_text().splitlines(), 1):
                yield from ((path, number, word) for word in re.findall(r"\w+", line))


def _definitions(cls):
    """Yield the models, fields and methods that a class adds; not what it extends with super()."""
    yield from set(_names_of(cls, "_name")) - set(_names_of(cls, "_inherit"))
    for node in cls.body:
        if isinstance(node, ast.Assign) and ast.unparse(node.value).startswith(FIELDS):
            yield from (target.id for target in node.targets)
        if isinstance(node, ast.FunctionDef) and f"super().{node.name}" not in ast.unparse(node):
            yield node.name


def _uses(node):
    """Yield the names of models, fields, methods and packages that a node of the syntax uses."""
    if isinstance(node, ast.Attribute):
        yield node.attr
    elif isinstance(node, ast.keyword) and node.arg:
        yield node.arg
    elif isinstance(node, ast.Constant) and isinstance(node.value, str):
        if PATH.fullmatch(node.value):
            yield from {node.value, *node.value.split(".")}
    elif isinstance(node, ast.ImportFrom) and node.module:
        # models/x/file.py reaches models/y/ by two dots, or by the whole name.
        yield f"..{node.module.removeprefix(WHOLE_NAME).partition('.')[0]}"


def _names_of(cls, attribute):
    """Return the models that ``_name`` or ``_inherit`` of a class names."""
    for node in cls.body:
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == attribute:
            value = ast.literal_eval(node.value)
            return [value] if isinstance(value, str) else list(value)
    return []


def _classes(path):
    return [node for node in ast.parse(path.read_text()).body if isinstance(node, ast.ClassDef)]


def _files(*folders):
    return [path for folder in folders for path in sorted((REPO / folder).rglob("*.py"))]


def _relative(path):
    return path.relative_to(REPO)


if __name__ == "__main__":
    sys.exit(main())
