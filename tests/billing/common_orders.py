"""Orders that several files of tests begin with."""

from .common import BillingCommon


class CorrectionsCommon(BillingCommon):
    """An order in two halves, the first of which can be billed."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.order = cls.create_order(
            100_000,
            [cls.percent("Shell", 50, retention=10), cls.percent("Fit-out", 50, retention=10)],
            confirm=True,
        )
        cls.shell, cls.fitout = cls.order.milestone_ids

    def bill_shell(self):
        self.approve(self.shell)
        return self.bill(self.shell)

    def open_in_books(self):
        """Return the retention entries of the order that are posted and not reconciled."""
        lines = self.order.sudo().retention_line_ids
        return lines.filtered(lambda line: line.parent_state == "posted" and not line.reconciled)

    def assert_retention(self, held, released=0):
        self.env.flush_all()
        order = self.order.sudo()
        figures = (order.retention_held, order.retention_released, order.retention_open)
        self.assertEqual(figures, (held, released, held - released))
        self.assertEqual(self.held_in_books(order), held - released)


class RightsCommon(BillingCommon):
    """An order whose first milestone is approved and not billed."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.order = cls.create_order(
            100_000,
            [cls.percent("Shell", 60, retention=10), cls.percent("Fit-out", 40, retention=10)],
            confirm=True,
        )
        cls.shell, cls.fitout = cls.order.milestone_ids
        cls.approve(cls.shell)


class OneMilestoneCommon(BillingCommon):
    """Orders that are handed over at once."""

    def new_order(self, *milestones, **values):
        return self.create_order(100_000, milestones, confirm=True, **values)

    def one_milestone(self, **values):
        return self.new_order(self.percent("Handover", 100, retention=10), **values)

    def draft_bill(self):
        order = self.one_milestone()
        self.approve(order.milestone_ids)
        return order, self.create_bill(order).with_user(self.accountant)


class HalvesCommon(BillingCommon):
    """A workshop that is delivered and installed in two halves."""

    def halves(self, *lines, **values):
        """Return a confirmed order of these lines in two halves, each retaining 10 percent."""
        return self.create_order(
            milestones=[
                self.percent("Delivery", 50, retention=10),
                self.percent("Installation", 50, retention=10),
            ],
            order_line=[(0, 0, line) for line in lines],
            confirm=True,
            **values,
        )

    def line(self, total, quantity=1, **values):
        return {**self.line_values(total, quantity), **values}

    def bill_each(self, order):
        """Approve and bill one milestone after the other; return the bills."""
        bills = []
        for milestone in order.milestone_ids:
            self.approve(milestone)
            bills.append(self.bill(milestone))
        self.assertEqual(order.invoice_status, "invoiced")
        for line in order.order_line:
            self.assertEqual(line.qty_received, line.product_qty)
            self.assertEqual(line.qty_invoiced, line.product_qty)
        return bills

    def figures(self, bill):
        """Return ``[(quantity, untaxed amount)]`` of the bill's lines, the retention last."""
        lines = bill.invoice_line_ids.filtered(lambda line: line.display_type == "product")
        return [(line.quantity, line.price_subtotal) for line in lines]
