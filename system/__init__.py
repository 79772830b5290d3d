"""Checks of a whole installation, each in a folder of its own: ``bin/test --<folder>`` runs it.

The file ``check.py`` of a folder says in its first line what it shows, which is what
``bin/test --help`` prints, and has a function ``check(modules, arguments)`` that returns the exit
code. ``modules`` is what ``--with`` names, ``arguments`` is what bin/test does not know itself.
The other files of a folder run inside Odoo, so they may import it; ``check.py`` may not.
"""
