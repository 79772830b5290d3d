"""Several bills of one order: posted or reset together, in another order, made by hand."""

from odoo.tests import tagged

from .common_orders import OneMilestoneCommon


@tagged("post_install", "-at_install")
class TestBillingSeveral(OneMilestoneCommon):
    def two_approved(self, *retention):
        order = self.new_order(
            *(
                self.percent(name, 50, retention=part)
                for name, part in zip(("Shell", "Fit-out"), retention, strict=True)
            )
        )
        self.approve(order.milestone_ids)
        return order, *order.milestone_ids

    def assert_open(self, order, amount):
        self.env.flush_all()
        self.assertEqual(order.sudo().retention_open, amount)
        self.assertEqual(self.held_in_books(order), amount)

    # ------------------------------------------------------------------
    # In one step
    # ------------------------------------------------------------------

    def test_two_bills_for_the_same_are_not_posted_together(self):
        order, bill = self.draft_bill()
        again = self.hand_bill(order, 100_000)
        with self.refused("100,000.00 more is billed than approved"):
            self.post(bill | again)
        self.assertEqual((bill | again).mapped("state"), ["draft", "draft"])

    def test_drafts_are_posted_together_in_any_order(self):
        order = self.new_order(
            self.percent("Shell", 50, retention=10), self.percent("Fit-out", 50, retention=20)
        )
        drafts = []
        for milestone in order.milestone_ids:
            self.approve(milestone)
            drafts.append(self.create_bill(order))
        first, second = drafts
        self.post(second | first)
        self.assertEqual((first.amount_total, second.amount_total), (45_000, 40_000))
        self.assert_open(order, 15_000)

    def test_credit_notes_are_not_reset_together_once_it_is_billed_again(self):
        order, bill = self.draft_bill()
        self.post(bill)
        credits = self.env["account.move"]
        for part in (0.6, 0.4):
            credit = self.credit(bill)
            credit.invoice_line_ids.filtered("purchase_line_id").quantity = part
            credit.action_update_retention()
            credits |= self.post(credit)
        self.post(self.hand_bill(order, 40_000))
        with self.refused("without this credit note, .*40,000.00 more is billed than approved"):
            credits.button_draft()
        self.assertEqual(credits.mapped("state"), ["posted", "posted"])
        self.assert_open(order, 4_000)

    def test_bill_posted_before_older_drafts_leaves_them_without_its_retention(self):
        order = self.new_order(
            self.percent("Permits", 10),
            self.percent("Shell", 20),
            self.percent("Fit-out", 70, retention=10),
        )
        permits, shell, fitout = order.milestone_ids
        bills = {}
        for milestone, made_from in ((shell, order), (permits, permits), (fitout, order)):
            self.approve(milestone)
            bills[milestone] = self.create_bill(made_from)
        for milestone, amount in ((fitout, 63_000), (shell, 20_000), (permits, 10_000)):
            self.assertFalse(bills[milestone].retention_differs)
            self.assertEqual(self.post(bills[milestone]).amount_total, amount)
        self.assert_open(order, 7_000)

    # ------------------------------------------------------------------
    # The second first
    # ------------------------------------------------------------------

    def test_retention_is_held_by_what_was_billed(self):
        order, shell, fitout = self.two_approved(10, 5)
        bill = self.bill(fitout)
        self.assertEqual((shell.retention_held, fitout.retention_held), (0, 2_500))
        _release, pays = self.release(order)
        self.post(pays)
        self.assertEqual((shell.retention_released, fitout.retention_released), (0, 2_500))
        with self.refused(f"has been released: {fitout.display_name}"):
            bill.button_draft()

    def test_after_a_release_each_withholds_its_own(self):
        order, shell, fitout = self.two_approved(10, 20)
        bill = self.bill(fitout)
        _release, pays = self.release(order, amount=6_000)
        self.post(pays)
        part = self.create_bill(shell).with_user(self.accountant)
        part.invoice_line_ids.filtered("purchase_line_id").quantity = 0.1
        part.action_update_retention()
        self.assertEqual(self.entry(self.post(part))[-1], ("retention", -1_000))
        credit = self.credit(bill)
        line = credit.invoice_line_ids.filtered("purchase_line_id")
        line.write({"quantity": 1, "price_unit": 1_000})
        credit.action_update_retention()
        self.assertEqual(self.entry(self.post(credit))[-1], ("retention", 200))
        self.assert_open(order, 10_000 - 6_000 + 1_000 - 200)

    def test_chosen_milestone_is_billed_to_the_cent_after_a_part_of_another(self):
        for quantity, price in ((0.12, 102_880.58), (0.3, 55_000)):
            with self.subTest(price=price), self.env.cr.savepoint() as savepoint:
                order = self.new_order(
                    self.percent("Shell", 30, retention=10),
                    self.percent("Fit-out", 70, retention=10),
                )
                shell, fitout = order.milestone_ids
                self.approve(shell | fitout)
                part = self.create_bill(shell).with_user(self.accountant)
                line = part.invoice_line_ids.filtered("purchase_line_id")
                line.write({"quantity": quantity, "price_unit": price})
                part.action_update_retention()
                self.post(part)
                line = self.create_bill(fitout).invoice_line_ids.filtered("purchase_line_id")
                self.assertEqual(line.price_subtotal, 70_000)
                savepoint.rollback()

    # ------------------------------------------------------------------
    # Made by hand
    # ------------------------------------------------------------------

    def test_bill_credited_by_hand_stays_posted(self):
        order, bill = self.draft_bill()
        self.post(bill)
        credit = self.hand_bill(order, 100_000, "in_refund")
        self.post(credit)
        with self.refused("less would be held than has been given back or released"):
            bill.button_draft()
        credit.button_draft()
        bill.button_draft()
        self.assert_open(order, 0)
