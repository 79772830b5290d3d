"""Check that docs/json2.md has an example of each public ``action_*``."""

import ast
import re
import sys

from dev.paths import REPO

PAGE = REPO / "docs/json2.md"
FOLDERS = ("models", "wizard", "report")


def main():
    """Print the actions without an example, a line each; return 0 or 1."""
    missing = sorted(set(_actions()) - _examples())
    for action in missing:
        print(f"{PAGE.relative_to(REPO)}: no example of {action}")
    return int(bool(missing))


def _actions():
    """Yield ``model/method`` of each action that a class of ours has."""
    for folder in FOLDERS:
        for path in sorted((REPO / folder).rglob("*.py")):
            for cls in ast.parse(path.read_text()).body:
                if isinstance(cls, ast.ClassDef):
                    for node in cls.body:
                        if isinstance(node, ast.FunctionDef) and node.name.startswith("action_"):
                            yield f"{_model_of(cls)}/{node.name}"


def _model_of(cls):
    names = {
        ast.unparse(node.targets[0]): ast.literal_eval(node.value)
        for node in cls.body
        if isinstance(node, ast.Assign)
        and ast.unparse(node.targets[0]) in ("_name", "_inherit")
        and not isinstance(node.value, ast.Name)
    }
    return names.get("_name") or names.get("_inherit")


def _examples():
    """Return ``model/method`` of each call on the page, in its tables too."""
    found, model = set(), None
    for line in PAGE.read_text().splitlines():
        found.update(re.findall(r"[\w.]+/action_\w+", line))
        if heading := re.match(r"\| method of `([\w.]+)`", line):
            model = heading[1]
        elif method := re.match(r"\| `(action_\w+)`", line):
            found.add(f"{model}/{method[1]}")
    return found


if __name__ == "__main__":
    sys.exit(main())
