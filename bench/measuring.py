"""How the benchmarks measure and print."""

import ctypes
import gc
import re
import statistics
import time

ROW = "{:56} {:>19} {:>19} {:>6} {:>8}  {}"


class Measuring:
    """Measures in a database, each undone."""

    def __init__(self, env):
        """``env``: the superuser's."""
        self.env = env

    def measure(self, function):
        """Return the seconds and queries of ``function`` from cold caches, and undo it."""
        self.env.invalidate_all()
        gc.collect()
        queries, started = self.env.cr.sql_log_count, time.perf_counter()
        function()
        self.env.cr.flush()  # what a request does at its end
        seconds, queries = time.perf_counter() - started, self.env.cr.sql_log_count - queries
        self.env.cr.rollback()
        return seconds, queries

    def alternate(self, rounds, *functions):
        """Return ``(median seconds, queries)`` of each function, measured in turns.

        The queries are those of the last round, when what Odoo keeps for long is known.
        """
        turns = [[self.measure(function) for function in functions] for _round in range(rounds)]
        return [
            (statistics.median(seconds for seconds, _queries in results), results[-1][1])
            for results in zip(*turns, strict=True)
        ]

    def multiply(self, record, count, **columns):
        """Store ``count`` copies of the record and return the first one's id.

        ``columns``: the SQL expressions of what differs, ``n`` being the copy's number.
        """
        # Not above: some scripts that print with this module run outside of Odoo.
        from odoo.tools import SQL

        stored = [f.name for f in record._fields.values() if f.store and f.column_type]
        stored.remove("id")
        table = SQL.identifier(record._table)
        values = [
            SQL(columns[name]) if name in columns else SQL.identifier(record._table, name)
            for name in stored
        ]
        query = SQL(
            "INSERT INTO %s AS copy (%s) SELECT %s FROM %s, generate_series(0, %s) AS n "
            "WHERE %s.id = %s RETURNING copy.id",
            table,
            SQL(", ").join(map(SQL.identifier, stored)),
            SQL(", ").join(values),
            table,
            count - 1,
            table,
            record.id,
        )
        return self.env.execute_query(query)[0][0]


def judge_ratio(what, ours, theirs, goal):
    """Print a pair of ``(seconds, queries)`` and whether their ratio meets the goal."""
    ratio = ours[0] / theirs[0]
    shown = [f"{1000 * seconds:,.0f} ms, {queries:,} q" for seconds, queries in (ours, theirs)]
    show(what, *shown, f"{ratio:.2f}", f"<= {goal}", "yes" if ratio <= goal else "NO")


def judge_memory(what, mib):
    """Print a rise of memory in MiB and whether it keeps to the goal of 32."""
    show(what, f"+{mib:.1f} MiB", "", "", "<= 32", "yes" if mib <= 32 else "NO")


def peak(pid, function, *arguments):
    """Return by how many MiB the process's memory rises at most while ``function`` runs."""
    gc.collect()
    ctypes.CDLL(None).malloc_trim(0)
    before = memory(pid, "VmRSS")
    with open(f"/proc/{pid}/clear_refs", "w") as file:
        file.write("5")
    function(*arguments)
    return (memory(pid, "VmHWM") - before) / 1024


def memory(pid, name):
    """Return a figure of a process's memory in KiB."""
    with open(f"/proc/{pid}/status") as file:
        return int(re.search(rf"{name}:\s+(\d+)", file.read())[1])


def show(*cells):
    """Print a row of the table at once."""
    print(ROW.format(*cells), flush=True)


def show_head():
    """Print the table's head."""
    show("what", "ours", "Odoo's own", "ratio", "goal", "met")
