"""Prorating an amount so that the parts sum to the whole."""


def prorate(total, weights, currency):
    """Return ``{key: part}``: ``total`` in proportion to ``weights``, by cumulative rounding.

    :param float total: what is prorated, rounded to ``currency``
    :param dict weights: ``{key: weight}`` in the order of prorating; their sum has one sign
    """
    whole = sum(weights.values())
    parts, passed, prorated = {}, 0, 0
    for key, weight in weights.items():
        passed += weight
        until_here = currency.round(total * passed / whole) if whole else total
        parts[key] = currency.round(until_here - prorated)
        prorated = until_here
    return parts


def prorate_rest_to_last(total, weights, currency):
    """Return ``{key: part}``: each part rounded by itself, the last one takes the rest.

    :param float total: what is prorated
    :param dict weights: ``{key: weight}`` in the order of prorating, none below 0
    """
    whole = sum(weights.values())
    parts, left = {}, currency.round(total)
    *firsts, last = weights or [None]
    for key in firsts:
        part = currency.round(total * weights[key] / whole) if whole else 0
        parts[key] = min(part, left)
        left = currency.round(left - parts[key])
    if weights:
        parts[last] = left
    return parts
