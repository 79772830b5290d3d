from odoo.tests import tagged

from .common import PDF, PortalCommon


@tagged("post_install", "-at_install", "slow")
class TestPortalQueries(PortalCommon):
    """A page costs as many queries with a hundred milestones as with ten."""

    def new_order(self, count):
        """Return an order with milestones of each status, and deliveries of each kind."""
        order = self.create_order(
            100_000,
            [self.percent(f"Section {number}", 100 / count, 5) for number in range(count)],
            confirm=True,
            date_planned="2026-01-05",
            retention_acceptance_percent=50,
            retention_period_days=365,
        )
        milestones = order.milestone_ids
        states = ("pending", "started", "started", "completed", "approved", "rejected")
        for index, state in enumerate(states):
            self.bring_to(milestones[index :: len(states)], state)
        returned, delivered = milestones[1 :: len(states)], milestones[2 :: len(states)]
        # sudo: as the portal does, after its checks
        deliveries = self.env["purchase.milestone.submission"].with_user(self.supplier).sudo()
        for milestone in returned | delivered:
            milestone = milestone.with_env(deliveries.env)
            deliveries._submit(milestone, 1, 100, "", [("Site.pdf", "application/pdf", PDF)])
        returned.with_user(self.buyer).action_return_submission("The north corner is missing")
        returned[0].with_user(self.buyer).action_complete_part(percentage=40)
        return order

    def count_queries(self, url):
        """Return how many queries the page takes once Odoo has cached what it keeps for long."""
        counts = []
        for _time in range(2):
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            page = self.page(url)
            counts.append(self.env.cr.sql_log_count - before)
        return counts[-1], len(page.xpath("//tbody/tr"))

    def test_the_page_of_an_order(self):
        self.log_in(self.supplier)
        few, many = self.new_order(10), self.new_order(100)
        (fewer, rows), (more, more_rows) = (
            self.count_queries(f"/my/purchase/{order.id}") for order in (few, many)
        )
        self.assertGreater(more_rows, rows + 80)
        self.assertEqual(more, fewer)

    def test_the_list_of_milestones(self):
        self.order.with_user(self.buyer).button_cancel()
        self.log_in(self.supplier)
        counts, lengths = [], []
        for count in (10, 100):
            self.new_order(count)
            for query in ("", "?filterby=all"):
                queries, rows = self.count_queries(f"/my/milestones{query}")
                counts.append(queries)
                lengths.append(rows)
        self.assertGreater(lengths[3], 70, lengths)
        self.assertEqual(counts[2:], counts[:2])
