"""However often something is released: parts sum to the whole, no milestone gives too much."""

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from odoo.tests import tagged

from .common import RetentionCommon

DIGITS = {"JPY": 0, "USD": 2, "KWD": 3}


@tagged("post_install", "-at_install", "slow")
class TestRetentionProperties(RetentionCommon):
    @settings(
        max_examples=30,
        deadline=None,
        derandomize=True,
        # At its first draw hypothesis reads all modules for constants, and Odoo has many.
        suppress_health_check=[HealthCheck.too_slow],
    )
    @given(
        st.sampled_from(sorted(DIGITS)),
        st.lists(st.integers(1, 10**7), min_size=1, max_size=6),
        st.lists(st.integers(1, 100), min_size=1, max_size=4),
    )
    def test_releases_share_exactly(self, code, coins, parts):
        """Each of ``parts`` percent of what is open is released, then the rest."""
        currency = self.use_currency(code, 10 ** -DIGITS[code])
        held = [coin / 10 ** DIGITS[code] for coin in coins]
        order = self.approved_order(
            sum(held),
            [self.fixed(f"Lot {amount}", amount, retention=100) for amount in held],
            currency_id=currency.id,
        )
        self.assertFalse(currency.compare_amounts(order.retention_held, sum(held)))
        for part in [*parts, 100]:
            amount = currency.round(order.retention_open * part / 100)
            if currency.is_zero(amount):
                continue
            before = {m: m.retention_open for m in order.milestone_ids}
            release = self.new_release(order, amount=amount, early=True)
            release.action_confirm()
            shares = {line.milestone_id: line.amount for line in release.line_ids}
            self.assertFalse(currency.compare_amounts(sum(shares.values()), amount))
            for milestone, share in shares.items():
                self.assertGreater(currency.compare_amounts(share, 0), 0)
                self.assertLessEqual(currency.compare_amounts(share, before[milestone]), 0)
        self.assertTrue(currency.is_zero(order.retention_open))
        self.assertTrue(all(currency.is_zero(m.retention_open) for m in order.milestone_ids))
