"""Running a scheduled action over many records, of which one may fail."""

import logging

_logger = logging.getLogger(__name__)


def run_batch(records, method, *args):
    """Call the method on all records at once, or on each if that fails; return those that fail.

    One record must not stop what is done for the others.
    """
    try:
        with records.env.cr.savepoint():
            getattr(records, method)(*args)
    except Exception:
        if len(records) == 1:
            _logger.exception("%s of %s failed", method, records)
            return records
        records.env.invalidate_all(flush=False)
        return records.browse().union(*(run_batch(record, method, *args) for record in records))
    return records.browse()
