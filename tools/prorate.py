"""Sharing an amount so that the parts sum to the whole."""


def share(total, weights, currency):
    """Return ``{key: part}``: ``total`` in proportion to ``weights``, by cumulative rounding.

    :param float total: what is shared, in whole coins of ``currency``
    :param dict weights: ``{key: weight}`` in the order of sharing; of one sign as a whole
    """
    whole = sum(weights.values())
    parts, passed, shared = {}, 0, 0
    for key, weight in weights.items():
        passed += weight
        until_here = currency.round(total * passed / whole) if whole else total
        parts[key] = currency.round(until_here - shared)
        shared = until_here
    return parts
