from collections import defaultdict

from odoo import api, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import format_list

from ...tools.checks import MADE_BY_US, check_obstacles, filter_changed, serialize_on

BILL_TYPES = ("in_invoice", "in_refund")
POSTS_BILLS = "account.group_account_invoice"
# What makes a posted bill count, and for what.
KIND_FIELDS = {"move_type", "reversed_entry_id", "currency_id"}


class AccountMove(models.Model):
    """What holds whichever way a bill was made, and whoever changes its state."""

    _inherit = "account.move"

    @api.model
    def default_get(self, fields):
        values = super().default_get(fields)
        values.pop("milestone_choice_ids", None)
        return values

    @api.model_create_multi
    def create(self, vals_list):
        if self.env.context.get("purchase_retention") is not MADE_BY_US:
            vals_list = [
                {name: value for name, value in vals.items() if name != "milestone_choice_ids"}
                for vals in vals_list
            ]
        return super().create(vals_list)

    def write(self, vals):
        if "milestone_choice_ids" in vals:
            raise UserError(
                self.env._(
                    "The milestones that a bill was made for cannot be changed. Delete the draft "
                    "and press “Create Bill” on the right ones."
                )
            )
        if vals.keys() & KIND_FIELDS:
            self._check_same_kind(vals)
        if "state" not in vals:
            return super().write(vals)
        # sudo: purchase.order - whoever posts need not read the orders
        moves = self.sudo().filtered(lambda move: move.state != vals["state"])
        orders = moves._get_guarded_orders()
        if not orders and not moves.retention_release_ids:
            # Read at once: Odoo asks each order for its milestones, whose figures follow its bills.
            moves.line_ids.purchase_line_id.order_id.fetch(["milestone_ids"])
            return super().write(vals)
        serialize_on(orders)
        posting = vals["state"] == "posted"
        turned = moves if posting else moves.filtered(lambda move: move.state == "posted")
        # One after the other: each is checked against what those before it have done. They are
        # taken back in reverse, since what came later builds on what came earlier.
        for turn in (self if posting else self.sorted("id", reverse=True))._take_turns():
            for move in turn:
                change = move & moves.with_env(self.env)
                change._before_state(vals["state"])
                super(AccountMove, move).write(vals)
                change._after_state(vals["state"])
            (turn & turned.with_env(self.env))._after_turn(vals["state"])
        return True

    def _take_turns(self):
        """Return these bills in their order, split so that no two of a turn have the same order."""
        turns, passed = defaultdict(list), defaultdict(int)
        for move in self:
            # sudo: purchase.order - whoever posts need not read the orders
            orders = move.sudo()._get_guarded_orders()
            turn = max((passed[order] for order in orders), default=0)
            passed.update(dict.fromkeys(orders, turn + 1))
            turns[turn].append(move.id)
        return [self.browse(ids) for ids in turns.values()]

    def _get_guarded_orders(self):
        """Return the orders that these bills cannot be posted or taken back without asking."""
        return self._get_milestone_orders() | self.line_ids.retention_order_id

    def _before_state(self, state):
        """Check that this bill may be posted, or be posted no longer."""
        if state == "posted":
            self._check_may_post()
            # sudo: purchase.order - the checks read what whoever posts may not
            self.sudo()._check_before_posting()
        else:
            # sudo: purchase.order - see above
            self.sudo()._check_before_unposting()

    def _after_state(self, state):
        """Let releases and milestones follow this bill, which has this status now."""
        # sudo: purchase.milestone - whoever posts has no write access to it
        move = self.sudo()
        # Also the releases whose bill is credited by this one.
        (move.retention_release_ids | move.line_ids.retention_release_id)._follow_bill()
        if state == "posted":
            for bill in move.filtered(lambda bill: bill.move_type == "in_invoice"):
                bill._log_beyond_approval()
            move._close_credited()
        else:
            move._reopen_credited()

    def _after_turn(self, state):
        """Let follow what is done for many bills at once; each is of other orders.

        :param str state: to which they were posted, or taken back after they had been posted
        """

    def unlink(self):
        # sudo: purchase.retention.release - whoever deletes a draft bill may not write it
        releases = self.sudo().retention_release_ids
        result = super().unlink()
        releases._follow_bill()
        return result

    def _check_same_kind(self, vals):
        """Refuse to make something else of posted bills that milestones have to do with."""
        # sudo: purchase.order - whoever writes need not read the orders
        posted = self.sudo().filtered(lambda move: move.state == "posted")
        changed = filter_changed(posted, vals, KIND_FIELDS)
        if changed._get_milestone_orders() or changed.line_ids.retention_order_id:
            raise UserError(
                self.env._(
                    "The type, the currency and the origin of a posted bill with milestones "
                    "cannot be changed. Reset it to draft first."
                )
            )

    def _check_may_post(self):
        """Refuse a written status to whom Odoo refuses the button."""
        # sudo: purchase.order - whoever posts need not read the orders
        billed = self.filtered(
            lambda move: move.sudo()._get_milestone_orders() or move.sudo().retention_release_ids
        )
        if billed and not (self.env.su or self.env.user.has_group(POSTS_BILLS)):
            raise AccessError(self.env._("You don't have the access rights to post an invoice."))

    def _check_before_posting(self):
        for move in self:
            if move.line_ids.retention_order_id and move.move_type not in BILL_TYPES:
                raise UserError(self.env._("Only vendor bills and credit notes carry retention."))
            # Also that whose line has been deleted from its bill.
            releases = move.line_ids.retention_release_id | move.retention_release_ids
            releases._check_bill(move)
            move.invoice_line_ids._check_order_company()
            check_obstacles(move._get_milestone_orders(), move._get_posting_obstacle)

    def _get_posting_obstacle(self, order):
        """Return why this bill of ``order`` cannot be posted, or None."""
        if self.currency_id != order.currency_id:
            return self.env._(
                "its bill has to be in the order's currency, %(currency)s.",
                currency=order.currency_id.name,
            )
        excess = order._get_overbilled(self)
        if excess:
            return self.env._(
                "%(amount)s more is billed than approved. Approve the milestone first, or lower "
                "the bill.",
                amount=order.currency_id.format(excess),
            )
        posted = order._get_milestone_bills(order._get_posted_bills() | self)
        excess = order._get_beyond_worth(posted)
        if excess and any(bill.move == self and bill.amount > 0 for bill in posted):
            return self.env._(
                "its bills exceed what its lines are worth by %(amount)s. Lower the bill, or raise "
                "the order.",
                amount=order.currency_id.format(excess),
            )
        if self._has_wrong_retention(order):
            return self.env._(
                "the retention on its bill is not what the milestones withhold. Press “Update "
                "Retention” on the bill."
            )
        return None

    def _check_before_unposting(self):
        for move in self.filtered(lambda move: move.state == "posted"):
            move.line_ids.retention_release_id._check_unposting()
            if move.move_type == "in_refund":
                check_obstacles(move._get_milestone_orders(), move._get_uncrediting_obstacle)
            elif move.line_ids.filtered("retention_order_id").filtered(
                lambda line: not line.retention_release_id
            ):
                move._check_retention_kept()

    def _check_retention_kept(self):
        """Refuse to take this bill back while what it withheld has gone on."""
        released = self._get_milestones().filtered(lambda m: m._get_retention_committed())
        if released:
            raise UserError(
                self.env._(
                    "Retention of this bill has been released: %(milestones)s. Cancel the "
                    "release first: reverse its bill, or delete it while it is a draft.",
                    milestones=format_list(self.env, released.mapped("display_name")),
                )
            )
        credits = self.reversal_move_ids.filtered(lambda move: move.state == "posted")
        if credits.line_ids.retention_order_id:
            raise UserError(
                self.env._(
                    "This bill is credited, retention included: %(credits)s. Cancel the credit "
                    "note first.",
                    credits=format_list(self.env, credits.mapped("name")),
                )
            )
        check_obstacles(self._get_milestone_orders(), self._get_shortfall_obstacle)

    def _get_shortfall_obstacle(self, order):
        """Return why ``order`` cannot do without what this bill withheld, or None."""
        own = sum(self._get_retention_lines(order).mapped("amount_currency"))
        passed_on = sum(m._get_retention_committed() for m in order.milestone_ids)
        if order.currency_id.compare_amounts(order._get_withheld() + own, passed_on) >= 0:
            return None
        return self.env._(
            "without this bill, less would be held than has been given back or released. Cancel "
            "the credit note or the release first."
        )

    def _get_uncrediting_obstacle(self, order):
        """Return why this credit note cannot be taken back, or None."""
        if excess := order._get_overbilled_without(self):
            return self.env._(
                "without this credit note, %(amount)s more is billed than approved. Approve the "
                "milestone, or cancel the bill that came after it, first.",
                amount=order.currency_id.format(excess),
            )
        bills = order._get_milestone_bills(order._get_posted_bills() - self)
        if excess := order._get_beyond_worth(bills):
            return self.env._(
                "without this credit note, its bills exceed what its lines are worth by "
                "%(amount)s. Raise the order first.",
                amount=order.currency_id.format(excess),
            )
        return None
