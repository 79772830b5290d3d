"""The figures of a plan, and whether the plan fits its order."""

from contextlib import contextmanager
from typing import NamedTuple

from odoo import Command, models
from odoo.exceptions import UserError, ValidationError
from odoo.tools import float_compare, format_list

from ...tools.checks import FROZEN_STATES, serialize_on

# In these the plan has to fit: the buyer has confirmed the order, whether or not it needs approval.
CONFIRMED_STATES = ("to approve", "purchase")


class DeferredPlanCheck(NamedTuple):
    """A context value: a write on these orders is under way, which checks their plans at its end.

    It is an object and no flag, so that no caller from outside can put it there.
    """

    order_ids: frozenset


class PurchaseOrder(models.Model):
    """The plan of an order: its amounts, and whether they fit the order."""

    _inherit = "purchase.order"

    # ------------------------------------------------------------------
    # Amounts
    # ------------------------------------------------------------------

    def _get_milestone_base(self):
        """Return what percentages and balances are of, never below 0."""
        return max(self.milestone_base, 0)

    def _get_plan_currency(self):
        return self.currency_id or self.env.company.currency_id

    def _get_milestone_amounts(self, plan):
        """Return ``{milestone: amount}`` for the milestones of ``plan``, all of this order.

        Fixed and frozen ones keep theirs. Percentages that sum to exactly 100, with nothing else of
        worth in the plan, share what the frozen ones leave, and the last takes the rounding rest.
        A percent milestone and its parts count as one.
        Reads nothing that is itself computed from the plan.
        """
        currency = self._get_plan_currency()
        plan = plan.sorted(plan_order)
        kept = plan.filtered(lambda m: m.state in FROZEN_STATES or m.amount_type == "fixed")
        percent = (plan - kept).filtered(lambda m: m.amount_type == "percent")
        amounts = {milestone: milestone.amount for milestone in kept}
        closed = sum(m.amount - m._get_effective_amount() for m in kept)
        base = self._get_milestone_base()
        wholes = self._get_open_wholes(plan)
        if self._is_shared_in_full(plan, kept):
            shares = self._share_in_full(base - sum(amounts.values()) + closed, wholes, currency)
        else:
            shares = {
                key: max(currency.round(base * whole.percentage / 100), 0)
                for key, whole in wholes.items()
            }
        for key, whole in wholes.items():
            amounts.update(whole.share(shares[key], currency))
        for milestone in plan - kept - percent:
            amounts[milestone] = currency.round(
                max(self._get_milestone_base() - sum(amounts.values()) + closed, 0)
            )
        return amounts

    def _is_shared_in_full(self, plan, kept):
        percent = plan.filtered(lambda m: m.amount_type == "percent")
        # Open balance milestones are ignored (they get 0 here), and so are fixed or frozen ones
        # worth 0.
        others = (plan - percent).filtered(lambda m: m in kept and m.amount)
        total = sum(percent.mapped("percentage"))
        return not others and not float_compare(total, 100, precision_digits=6)

    # ------------------------------------------------------------------
    # Does the plan fit
    # ------------------------------------------------------------------

    def _get_plan_excess(self):
        """Return by how much the plan exceeds the order, in its currency, never below 0."""
        currency = self._get_plan_currency()
        return currency.round(max(self.milestone_amount - self._get_milestone_base(), 0))

    def _get_open_balances(self):
        return self.milestone_ids.filtered(
            lambda m: m.amount_type == "balance" and m.state not in FROZEN_STATES
        )

    @contextmanager
    def _checking_plan(self):
        """Raise if the edit inside makes a plan exceed its confirmed order, or exceed it more."""
        checked_later = self._get_deferred_ids()
        orders = self.filtered(lambda order: order.id not in checked_later)
        serialize_on(orders)
        # sudo: purchase.order - the whole plan counts, also what the user does not see of it
        before = {order.id: order._get_plan_excess() for order in orders.sudo()}
        yield
        orders._check_plan(before)

    def _get_deferred_ids(self):
        edit = self.env.context.get("purchase_deferred_plan_check")
        return edit.order_ids if isinstance(edit, DeferredPlanCheck) else frozenset()

    def _deferring_plan_check(self):
        if self._get_deferred_ids().issuperset(self.ids):
            return self
        return self.with_context(
            purchase_deferred_plan_check=DeferredPlanCheck(frozenset(self.ids))
        )

    def _check_plan_writable(self):
        """Raise where an edit of the plan on these orders would be refused, by other addons too.

        They look at what is written on an order, for example while it waits for a validation.
        So the plan is written on the orders, unchanged, before its milestones are.
        """
        deferred = self._get_deferred_ids()
        orders = self.filtered(lambda order: order.id not in deferred)
        self.check_access("write")
        if orders:
            orders._deferring_plan_check().write({"milestone_ids": []})

    def _check_plan(self, excess_before=None):
        """Raise for two open balances, and on confirmed orders for a plan that exceeds the total.

        :param dict excess_before: ``{order id: excess}``; an edit that does not raise it passes
        """
        # sudo: purchase.order - the whole plan counts, also what the user does not see of it
        for order in self.sudo():
            balances = order._get_open_balances()
            if len(balances) > 1:
                raise ValidationError(
                    self.env._(
                        "%(order)s can have only one open balance milestone, not several: "
                        "%(names)s.",
                        order=order.name,
                        names=format_list(self.env, balances.mapped("name")),
                    )
                )
            excess = order._get_plan_excess()
            before = (excess_before or {}).get(order.id, 0)
            currency = order._get_plan_currency()
            if order.state in CONFIRMED_STATES and currency.compare_amounts(excess, before) > 0:
                raise ValidationError(
                    self.env._(
                        "The milestones of %(order)s exceed its untaxed total by %(excess)s. "
                        "Lower their amounts or raise the order.",
                        order=order.name,
                        excess=currency.format(excess),
                    )
                )

    def _check_confirmed_plan(self):
        """Raise unless the plans of these newly confirmed orders fit the orders."""
        self.filtered("company_id.milestone_enabled")._check_plan()

    def _check_plan_extensible(self):
        """Raise unless these orders can get another milestone."""
        self._check_plan_writable()
        self.company_id._check_milestones_enabled()
        self._check_plan_unlocked()

    def _check_plan_unlocked(self):
        # sudo: purchase.order - release officers may not read orders
        locked = self.sudo().filtered("locked")
        if locked:
            raise UserError(
                self.env._(
                    "These orders are locked: %(orders)s. Unlock them before you edit their "
                    "milestones or retention terms.",
                    orders=format_list(self.env, locked.mapped("name")),
                )
            )

    # ------------------------------------------------------------------
    # The form
    # ------------------------------------------------------------------

    def onchange(self, values, field_names, fields_spec):
        """Return Odoo's answer, and after it the figures of each row of the plan.

        Odoo reads an edited list before it compares, so that rows which an edit moves look
        unchanged to it, and it leaves them out.
        """
        result = super().onchange(values, field_names, fields_spec)
        shown = (fields_spec.get("milestone_ids") or {}).get("fields") or {}
        if "milestone_ids" in field_names and values.get("milestone_ids"):
            names = [name for name in self.milestone_ids._get_plan_figures() if name in shown]
            answer = result.setdefault("value", {})
            answer["milestone_ids"] = answer.get("milestone_ids", []) + [
                Command.update(row._origin.id or row.id.ref, {name: row[name] for name in names})
                for row in self._get_typed_plan(values)
            ]
        return result

    def _get_typed_plan(self, values):
        """Return the milestones as they are in the form, nothing stored."""
        others = {name: value for name, value in values.items() if name != "milestone_ids"}
        order = self.new(others, origin=self)
        order._update_cache({"milestone_ids": values["milestone_ids"]}, validate=False)
        # The form also sends figures that were computed before: what is typed counts alone.
        for name in self.milestone_ids._get_plan_figures():
            self.env.add_to_compute(order.milestone_ids._fields[name], order.milestone_ids)
        return order.milestone_ids


def plan_order(milestone):
    """Return the sorting key of a milestone in its plan; new rows come last."""
    return (milestone.sequence, milestone._origin.id or float("inf"))
