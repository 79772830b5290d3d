"""Issuing certificates: each continues the last one, and none is issued that does not add up."""

from typing import NamedTuple

from odoo import api, fields, models

from .purchase_order_figures import Figures


class Draft(NamedTuple):
    """A certificate that is to be issued, and what stands against it."""

    values: dict
    lines: list
    is_new: bool
    difference: str | None
    added: models.BaseModel


class PurchaseOrder(models.Model):
    """The next certificate of an order."""

    _inherit = "purchase.order"

    def _get_last_certificate(self):
        """Return the last certificate that is issued and not void."""
        return self.certificate_ids._filter_issued().sorted("number")[-1:]

    @api.model
    def _issue_certificates(self, drafts):
        """Create certificates that have been prepared and add up: ``{order: Draft}``."""
        # sudo: purchase.milestone.certificate - nobody may create it
        certificates = self.env["purchase.milestone.certificate"].sudo()
        certificates = certificates._create_issued(list(drafts.values()))
        for draft in drafts.values():
            draft.added._make_certificate_due()
        certificates.order_id._message_log_batch(
            {
                certificate.order_id.id: self.env._(
                    "Payment certificate %(number)s issued: %(amount)s to pay.",
                    number=certificate.number,
                    amount=certificate.currency_id.format(certificate.amount_payable),
                )
                for certificate in certificates
            }
        )
        return certificates

    def _prepare_after_bill(self, move, state):
        """Return the `Draft` of the certificate of a bill that was posted or taken back, or None.

        A credit note that takes the bill of the last certificate back declares that void. What
        does not add up is said in the history, and never keeps a bill from being posted.
        """
        if state == "posted" and self._is_taken_back_by(move):
            reason = self.env._("Taken back by %(bill)s.", bill=move.display_name)
            self._get_last_certificate()._void(reason)
            return None
        # sudo: res.company - the setting counts whoever posts
        setting = self.company_id.sudo().milestone_certificate
        if setting != "automatic" or not self.company_id._issues_certificates():
            return None
        last = self._get_last_certificate()
        if move not in self._get_certified_bills() if state == "posted" else not last:
            return None
        draft = self._prepare_certificate(move if state == "posted" else None)
        if draft.is_new and draft.difference:
            self._say_not_issued(draft.difference)
        return draft if draft.is_new and not draft.difference else None

    def _is_taken_back_by(self, credit):
        """Return whether a posted credit note takes back all that the last certificate added."""
        last = self._get_last_certificate()
        if credit.move_type != "in_refund" or credit.reversed_entry_id not in last.bill_ids:
            return False
        moves = self._get_certified_bills()
        done = self._get_done_by_milestone(self.milestone_ids, moves)
        today = self._get_figures(moves, done)
        compare = self.currency_id.compare_amounts
        return not compare(today.net, last.amount_previous) and not any(
            compare(done.get(line.milestone_id, 0), line.amount_previous) for line in last.line_ids
        )

    def _say_not_issued(self, difference):
        """Tell the buyer in the order's history why no certificate was issued."""
        self.message_post(
            body=self.env._(
                "No payment certificate was issued: %(difference)s An approver can issue it with "
                "“Issue Certificate” once this is settled.",
                difference=difference,
            ),
            partner_ids=self.user_id.partner_id.ids,
        )

    def _prepare_certificate(self, move=None):
        """Return the `Draft` of the next certificate.

        Earlier figures are those of the last certificate. If none is issued, they are those of
        the bills that were posted before the company issued certificates.

        :param move: the bill with which it is issued
        """
        self.ensure_one()
        last = self._get_last_certificate()
        moves = self._get_certified_bills()
        open_moves = moves - self.certificate_ids._filter_issued().bill_ids
        added = open_moves if last else self._get_first_bills(open_moves)
        done = self._get_done_by_milestone(self.milestone_ids, moves)
        earlier = self._get_billed_by_milestone(moves - added)
        today, by_bills = self._get_figures(moves, done), self._get_billed_figures(added)
        before = self._get_figures_before(last, today, by_bills)
        lines = self._prepare_certificate_lines(last, done, earlier)
        return Draft(
            {
                **self._prepare_certificate_values(last, today, before, by_bills),
                "bill_id": (move or added.sorted("id")[-1:]).id,
                "bill_ids": [fields.Command.set(open_moves.ids)],
            },
            [line for _milestone, line in lines],
            self._has_moved(today, before, lines),
            self._get_certificate_difference(last, today, before, by_bills, lines, earlier),
            added,
        )

    @api.model
    def _get_first_bills(self, moves):
        """Return which of ``moves`` a certificate adds before which none is issued.

        An approver who certifies an order of which nothing else is due certifies all of them.
        """
        return moves.filtered("certificate_due") or moves

    def _get_figures_before(self, last, today, by_bills):
        """Return the `Figures` that the certificate continues, their tax left out."""
        if last:
            return Figures(
                last.amount_to_date,
                last.retention_to_date,
                last.retention_released,
                last.retention_forfeited,
                last.advance_recovered,
            )
        if not self._bills_by_milestones():
            return Figures()
        return Figures(
            today.done - by_bills.done,
            today.retention - by_bills.retention,
            today.released - by_bills.released,
            0,
            today.recovered - by_bills.recovered,
        )

    def _prepare_certificate_values(self, last, today, before, by_bills):
        round_ = self.currency_id.round
        contract = sum(m._get_effective_amount() for m in self.milestone_ids)
        original = last.amount_original or self.milestone_amount_confirmed or contract
        tax = by_bills.tax
        if not self._bills_by_milestones():
            tax = today.tax - sum(self.certificate_ids._filter_issued().mapped("amount_tax"))
        previous = last.amount_previous + last.amount_net if last else before.net
        net = round_(today.net - previous)
        return {
            "order_id": self.id,
            "partner_id": self.partner_id.id,
            "currency_id": self.currency_id.id,
            "number": max(self.certificate_ids.mapped("number"), default=0) + 1,
            "date": fields.Date.context_today(self),
            "user_id": self.env.uid,
            "amount_original": round_(original),
            "amount_changes": round_(contract - original),
            "amount_contract": round_(contract),
            "amount_to_date": round_(today.done),
            "amount_to_finish": round_(contract - today.done),
            "retention_to_date": round_(today.retention),
            "retention_released": round_(today.released),
            "retention_forfeited": round_(today.forfeited),
            "advance_recovered": round_(today.recovered),
            "amount_previous": round_(previous),
            "amount_net": net,
            "amount_tax": round_(tax),
            "amount_payable": round_(net + tax),
        }

    def _prepare_certificate_lines(self, last, done, earlier):
        """Return ``[(milestone, values)]`` in the order of the plan.

        :param dict done: ``{certified milestone: amount}`` to date
        :param dict earlier: the same of the bills before those that are added
        """
        round_ = self.currency_id.round
        plan = self.milestone_ids.sorted()
        worth = self._sum_by_certified({m: m._get_effective_amount() for m in plan})
        retention = self._sum_by_certified({m: m.retention_held for m in plan})
        before = earlier
        if last:
            before = {line.milestone_id: line.amount_to_date for line in last.line_ids}
        lines = []
        for sequence, (milestone, value) in enumerate(worth.items(), 1):
            previous, to_date = before.get(milestone, 0), round_(done.get(milestone, 0))
            values = {
                "sequence": sequence,
                "milestone_id": milestone.id,
                "name": milestone.name,
                "value": round_(value),
                "amount_previous": round_(previous),
                "amount_now": round_(to_date - previous),
                "amount_to_date": to_date,
                "percentage": 100 * to_date / value if value else 0,
                "amount_to_finish": round_(value - to_date),
                "retention_amount": round_(retention[milestone]),
            }
            lines.append((milestone, values))
        return lines

    def _has_moved(self, today, before, lines):
        """Return whether anything differs from what was certified last."""
        is_zero = self.currency_id.is_zero
        return any(not is_zero(line["amount_now"]) for _milestone, line in lines) or any(
            not is_zero(now - then) for now, then in zip(today[:-1], before[:-1], strict=True)
        )

    # ------------------------------------------------------------------
    # What does not add up
    # ------------------------------------------------------------------

    def _get_certificate_difference(self, last, today, before, by_bills, lines, earlier):
        """Return what does not add up, or None."""
        if last and not last.is_intact:
            return self.env._(
                "the figures of certificate %(number)s are not those with which it was issued.",
                number=last.number,
            )
        if not self._bills_by_milestones():
            return self._get_smaller_obstacle(last, lines)
        return self._get_line_difference(last, lines, earlier) or self._get_sum_difference(
            today, before, by_bills
        )

    def _get_smaller_obstacle(self, last, lines):
        for _milestone, line in lines:
            if self.currency_id.compare_amounts(line["amount_now"], 0) < 0:
                return self.env._(
                    "%(to_date)s of “%(milestone)s” is approved, but certificate %(number)s says "
                    "%(previous)s. Declare that certificate void first.",
                    milestone=line["name"],
                    number=last.number,
                    **self._format_all(to_date=line["amount_to_date"]),
                    **self._format_all(previous=line["amount_previous"]),
                )
        return None

    def _get_line_difference(self, last, lines, earlier):
        """Return of which milestone another amount was billed before than was certified."""
        for milestone, line in lines:
            actual = earlier.get(milestone, 0)
            if self.currency_id.compare_amounts(actual, line["amount_previous"]):
                return self.env._(
                    "%(billed)s of “%(milestone)s” was billed before, but certificate %(number)s "
                    "says %(previous)s. Declare that certificate void, and issue a new one.",
                    milestone=line["name"],
                    number=last.number,
                    **self._format_all(billed=actual, previous=line["amount_previous"]),
                )
        return None

    def _get_sum_difference(self, today, before, by_bills):
        """Return which sum of the bills is not what has come to the milestones, or None."""
        for label, now, billed in (
            (self.env._("done"), today.done - before.done, by_bills.done),
            (self.env._("retention"), today.retention - before.retention, by_bills.retention),
            (
                self.env._("retention of the ledger"),
                today.retention,
                self._get_withheld(),
            ),
            (self.env._("to pay before tax"), today.net - before.net, by_bills.net),
        ):
            if self.currency_id.compare_amounts(now, billed):
                return self.env._(
                    "its milestones give %(own)s (%(what)s), but its bills %(billed)s.",
                    what=label,
                    **self._format_all(own=now, billed=billed),
                )
        return None

    def _format_all(self, **amounts):
        return {name: self.currency_id.format(amount) for name, amount in amounts.items()}
