"""Run by bin/i18n with Odoo's Python: merge the terms into each language and say what is open."""

import sys
from pathlib import Path

import polib


def main(template_path):
    """Bring the .po files beside the template up to date; return 1 if one lacks a term."""
    template = polib.pofile(template_path)
    incomplete = False
    for path in sorted(Path(template_path).parent.glob("*.po")):
        language = polib.pofile(str(path), wrapwidth=78)
        language.merge(template)
        for entry in language.obsolete_entries():
            language.remove(entry)
        language.save()
        open_terms = [entry for entry in language if not entry.translated()]
        incomplete = incomplete or bool(open_terms)
        print(f"{path.name}: {len(language)} terms, {len(open_terms)} to translate")
    return int(incomplete)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
