"""Bills of whatever lines an order has."""

from odoo.tests import tagged

from .common_orders import HalvesCommon


@tagged("post_install", "-at_install")
class TestBillingLines(HalvesCommon):
    def test_service_is_billed_by_approval_and_not_as_ordered(self):
        self.assertEqual(self.product.purchase_method, "purchase")
        order = self.halves(self.line(1_000, 4))
        self.assertEqual(order.invoice_status, "no")
        with self.refused("nothing to bill"):
            self.create_bill(order)
        with self.refused("it is not approved"):
            self.create_bill(order.milestone_ids[0])
        for bill in self.bill_each(order):
            self.assertEqual(self.figures(bill), [(2, 500), (-1, -50)])

    def test_selection_is_billed_all_or_nothing(self):
        order = self.halves(self.line(1_000))
        first, second = order.milestone_ids
        self.approve(order.milestone_ids)
        self.create_bill(first)
        with self.refused(f"{first.display_name}: nothing of it is left to bill"):
            self.create_bill(first | second)
        self.assertEqual(order.milestone_ids.mapped("billing_state"), ["billed", "to_bill"])

    def test_goods_are_billed_by_approval_unless_stock_receives_them(self):
        goods = self.env["product.product"].create(
            {"name": "Steel girder", "type": "consu", "supplier_taxes_id": False}
        )
        order = self.halves(self.line(900, 9, product_id=goods.id), self.line(100))
        by_stock = self.env["ir.module.module"]._get("purchase_stock").state == "installed"
        self.assertEqual(
            order.order_line.mapped("qty_received_method"),
            ["stock_moves" if by_stock else "milestones", "milestones"],
        )
        self.assertEqual(order.milestone_base, 100 if by_stock else 1_000)
        self.approve(order.milestone_ids[0])
        figures = [(4.5, 450), (0.5, 50), (-1, -50)]
        self.assertEqual(
            self.figures(self.bill(order)), [(0.5, 50), (-1, -5)] if by_stock else figures
        )

    def test_discount_is_shown_on_the_bill(self):
        order = self.halves(self.line(1_000, 4, discount=12.5))
        for bill in self.bill_each(order):
            line = bill.invoice_line_ids[0]
            self.assertEqual((line.discount, line.price_unit), (12.5, 250))
            self.assertEqual(self.figures(bill), [(2, 437.5), (-1, -43.75)])

    def test_prices_that_include_their_tax(self):
        tax = self.new_tax(20, price_include_override="tax_included")
        order = self.halves(self.line(120, 3, tax_ids=tax.ids))
        self.assertEqual(order.milestone_ids.mapped("amount"), [50, 50])
        for bill in self.bill_each(order):
            self.assertEqual(bill.invoice_line_ids[0].price_unit, 40)
            self.assertEqual(self.figures(bill), [(1.5, 50), (-1, -5)])
            self.assertEqual((bill.amount_tax, bill.amount_total), (10, 55))

    def test_prices_that_include_their_tax_on_lines_that_are_rounded(self):
        self.company.tax_calculation_rounding_method = "round_per_line"
        yen = self.env.ref("base.JPY")
        yen.active = True
        tax = self.new_tax(20, price_include_override="tax_included")
        order = self.create_order(
            milestones=[self.fixed("Mobilisation", 32), self.balance("Handover")],
            order_line=[(0, 0, self.line(51 * 2_406_974, 51, tax_ids=tax.ids))],
            currency_id=yen.id,
            confirm=True,
        )
        mobilisation, handover = self.bill_each(order)
        self.assertEqual(self.figures(mobilisation), [(0.01, 32)])
        self.assertEqual(self.figures(handover), [(50.99, 102_296_395 - 32)])

    def test_what_is_rounded_on_the_bill_as_a_whole_does_not_touch_the_retention(self):
        tax = self.new_tax(20, price_include_override="tax_included")
        order = self.create_order(
            milestones=[self.percent("Delivery", 100, retention=100)],
            order_line=[(0, 0, self.line(100, tax_ids=tax.ids)) for _line in range(3)],
            confirm=True,
        )
        self.approve(order.milestone_ids)
        self.assertEqual(
            self.entry(self.bill(order)),
            [
                *[("expense", 83.33), ("expense", 83.33), ("expense", 83.34)],
                *[("payable", -50.01), ("retention", -249.99), ("tax", 50)],
            ],
        )

    def test_first_approved_is_first_billed(self):
        order = self.halves(self.line(1_000))
        delivery, installation = order.milestone_ids
        self.approve(installation)
        self.create_bill(order)
        self.approve(delivery)
        self.assertEqual(installation.billing_state, "billed")
        self.assertEqual(delivery.billing_state, "to_bill")

    def test_lines_of_several_taxes(self):
        full, reduced = self.new_tax(20), self.new_tax(5)
        order = self.halves(
            self.line(1_000, tax_ids=full.ids),
            self.line(500, tax_ids=(full | reduced).ids),
            self.line(300, tax_ids=reduced.ids),
            self.line(200),
        )
        for bill in self.bill_each(order):
            self.assertEqual(
                self.figures(bill), [(0.5, 500), (0.5, 250), (0.5, 150), (0.5, 100), (-1, -100)]
            )
            taxes = bill.line_ids.filtered("tax_line_id")
            self.assertEqual(
                {line.tax_line_id: line.balance for line in taxes}, {full: 150, reduced: 20}
            )
        self.assertEqual(order.amount_tax, 340)

    def test_retention_is_shared_over_the_taxes_that_wait_for_its_release(self):
        self.company.retention_tax_policy = "on_release"
        full, reduced = self.new_tax(20), self.new_tax(5)
        order = self.halves(
            self.line(1_000, tax_ids=full.ids),
            self.line(600, tax_ids=full.ids),
            self.line(400, tax_ids=reduced.ids),
        )
        for bill in self.bill_each(order):
            held = bill.invoice_line_ids.filtered("retention_order_id")
            self.assertEqual(
                [(line.tax_ids, line.price_subtotal) for line in held],
                [(full, -80), (reduced, -20)],
            )
            self.assertEqual(bill.amount_tax, 160 + 10 - 16 - 1)
        _release, bill = self.release(order)
        self.assertEqual(bill.amount_tax, 32 + 2)

    def test_release_leaves_what_another_has_reserved_of_each_tax(self):
        self.company.retention_tax_policy = "on_release"
        full, reduced = self.new_tax(20), self.new_tax(5)
        order = self.halves(self.line(0.3, tax_ids=full.ids), self.line(0.1, tax_ids=reduced.ids))
        self.approve(order.milestone_ids)
        self.bill(order)
        _release, first = self.release(order, amount=0.02)
        _release, second = self.release(order, amount=0.02)
        lines = (first | second).invoice_line_ids
        released = {
            tax: sum(lines.filtered(lambda line, t=tax: line.tax_ids == t).mapped("price_subtotal"))
            for tax in (full, reduced)
        }
        self.assertEqual(released, {full: 0.03, reduced: 0.01})

    def test_retention_is_no_cost(self):
        plan = self.env["account.analytic.plan"].create(
            {
                "name": "Projects",
                "applicability_ids": [
                    (0, 0, {"business_domain": "bill", "applicability": "mandatory"})
                ],
            }
        )
        project = self.env["account.analytic.account"].create(
            {"name": "Workshop", "plan_id": plan.id}
        )
        distribution = {str(project.id): 100}
        # Whatever Odoo proposes for this vendor's bills.
        self.env["account.analytic.distribution.model"].create(
            {"partner_id": self.vendor.id, "analytic_distribution": distribution}
        )
        order = self.halves(self.line(1_000, analytic_distribution=distribution))
        self.approve(order.milestone_ids[0])
        bill = self.create_bill(order).with_user(self.accountant)
        self.assertEqual(
            bill.invoice_line_ids.mapped("analytic_distribution"), [distribution, False]
        )
        bill.invoice_date = "2026-03-31"
        bill.with_context(validate_analytic=True).action_post()
        self.assertEqual(bill.state, "posted")

    def test_sections_head_what_the_bill_has_of_them(self):
        order = self.halves(
            self.heading("Yard"),
            self.line(100),
            self.heading("Gates to the south", "line_note"),
            self.heading("Extras"),
        )
        self.approve(order.milestone_ids[0])
        bill = self.create_bill(order)
        self.assertEqual(
            bill.invoice_line_ids.sorted("sequence").mapped("name")[:3],
            ["Yard", "Data centre fit-out\nDelivery", "Gates to the south"],
        )
        self.assertNotIn("Extras", bill.invoice_line_ids.mapped("name"))

    def heading(self, name, display_type="line_section"):
        return {"display_type": display_type, "name": name, "product_qty": 0}

    def test_currency_of_three_decimals(self):
        dinar = (
            self.env["res.currency"].with_context(active_test=False).search([("name", "=", "KWD")])
        )
        dinar.write({"active": True, "rounding": 0.001})
        order = self.halves(self.line(100.005), currency_id=dinar.id)
        first, second = self.bill_each(order)
        self.assertEqual(self.figures(first), [(0.5, 50.003), (-1, -5)])
        self.assertEqual(self.figures(second), [(0.5, 50.002), (-1, -5)])

    def test_line_for_free_is_received_and_billed_with_the_last_milestone(self):
        order = self.halves(self.line(100), self.line(0, 3))
        first, second = self.bill_each(order)
        self.assertEqual(self.figures(first), [(0.5, 50), (-1, -5)])
        self.assertEqual(self.figures(second), [(0.5, 50), (3, 0), (-1, -5)])

    def test_rebate_as_a_line_of_its_own(self):
        order = self.halves(self.line(1_000), self.line(-200))
        for bill in self.bill_each(order):
            self.assertEqual(self.figures(bill), [(0.5, 500), (0.5, -100), (-1, -40)])

    def test_line_cut_below_what_is_billed_is_credited_by_the_next_bill(self):
        order = self.halves(self.line(1_000, 10), self.line(1_000, 10))
        first, second = order.milestone_ids
        self.approve(first)
        self.bill(first)
        order.order_line[0].product_qty = 4
        self.assertEqual(second.amount, 400)
        self.approve(second)
        bill = self.bill(second)
        self.assertEqual(self.figures(bill), [(-1, -100), (5, 500), (-1, -40)])
        self.assertEqual(order.invoice_status, "invoiced")
        self.assertEqual(order.order_line.mapped("qty_invoiced"), [4, 10])
        self.assertEqual(self.held_in_books(order), 140)

    def test_all_of_it_retained_leaves_nothing_to_pay(self):
        order = self.create_order(
            milestones=[self.percent("Trial", 100, retention=100)],
            order_line=[(0, 0, self.line(0.333, price_unit=0.333)) for _line in range(3)],
            confirm=True,
        )
        self.approve(order.milestone_ids)
        bill = self.bill(order)
        self.assertEqual((bill.move_type, bill.amount_total), ("in_invoice", 0))
        self.assertEqual(self.held_in_books(order), 0.99)
        _release, bill = self.release(order)
        self.post(bill)
        self.assertEqual(bill.amount_total, 0.99)


@tagged("post_install", "-at_install", "slow")
class TestBillingManyMilestones(HalvesCommon):
    def test_one_unit_over_two_hundred_milestones(self):
        order = self.create_order(
            100_000, [self.percent(f"Week {week}", 0.5) for week in range(1, 201)], confirm=True
        )
        self.bring_to(order.milestone_ids, "approved")
        # Fewer hundredths than milestones: every other one takes what the one before gave back.
        self.assertEqual(
            set(order.order_line.milestone_receipt_ids.mapped("quantity")), {0.01, -0.01}
        )
        self.assertEqual(set(order.order_line.milestone_receipt_ids.mapped("amount")), {500})
        self.assertEqual(order.order_line.qty_received, 1)
        for weeks in (order.milestone_ids[:1], order.milestone_ids[150:151]):
            self.assertEqual(self.bill(weeks).amount_untaxed, 500)
        # Together they take no quantity.
        self.assertEqual(self.bill(order.milestone_ids[151:153]).amount_untaxed, 1_000)
        self.assertEqual(self.bill(order).amount_untaxed, 98_000)
        self.assertEqual(order.invoice_status, "invoiced")
