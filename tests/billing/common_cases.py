"""What random orders are drawn from: their lines, taxes, plans, and what happens to them."""

from typing import NamedTuple

from hypothesis import strategies as st

from .common import BillingCommon

DIGITS = {"JPY": 0, "USD": 2, "KWD": 3}
STEPS = ("approve", "approve", "change", "bill", "bill", "bill_chosen", "post")

quantities = st.one_of(
    st.just(1), st.integers(1, 100), st.integers(1, 50_000).map(lambda n: n / 100)
)
prices = st.builds(
    lambda coins, digits: coins / 10**digits, st.integers(0, 10**7), st.integers(0, 4)
)
rates = st.sampled_from([0, 2.5, 5, 10, 33.333333, 100])
limits = st.sampled_from(
    [("none", 0), ("none", 0), ("percent", 5), ("percent", 3.7), ("amount", 37.42), ("amount", 900)]
)


class Case(NamedTuple):
    """An order in `bill`: its currency, how tax is rounded and when due, its lines and plan."""

    code: str
    rounding: str
    policy: str
    lines: list
    milestones: list
    limit: tuple


@st.composite
def cases(draw):
    policy = draw(st.sampled_from(["on_bill", "on_release"]))
    taxes = ["fifteen", "odd", "included"] if policy == "on_bill" else ["fifteen", "odd"]
    lines = st.tuples(
        quantities,
        prices,
        st.sampled_from([0, 0, 12.5, 33.33, 100]),
        st.lists(st.sampled_from(taxes), max_size=2, unique=True),
    )
    return Case(
        draw(st.sampled_from(sorted(DIGITS))),
        draw(st.sampled_from(["round_globally", "round_globally", "round_per_line"])),
        policy,
        draw(st.lists(lines, min_size=1, max_size=4)),
        draw(st.one_of(full_percentages(), with_balance())),
        draw(limits),
    )


@st.composite
def full_percentages(draw):
    cuts = sorted(draw(st.lists(st.integers(1, 9_999), max_size=5, unique=True)))
    edges = [0, *cuts, 10_000]
    return [
        BillingCommon.percent(f"Lot {high}", (high - low) / 100, draw(rates))
        for low, high in zip(edges[:-1], edges[1:], strict=True)
    ]


@st.composite
def with_balance(draw):
    return [
        BillingCommon.fixed("Mobilisation", draw(st.integers(0, 100)), draw(rates)),
        *(
            BillingCommon.percent(f"Stage {share}", share, draw(rates))
            for share in draw(st.lists(st.integers(1, 30), max_size=3))
        ),
        BillingCommon.balance("Handover", draw(rates)),
    ]


def steps(*more):
    """Steps and a number that each takes its choices from."""
    names = st.sampled_from([*STEPS, *more])
    return st.lists(st.tuples(names, st.integers(0, 10**6)), min_size=3, max_size=14)
