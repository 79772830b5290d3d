"""Parts: what is done of a milestone becomes a milestone of its own, and the rest goes on."""

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import float_round

from ...tools.checks import BUYER, check_obstacles, check_right, is_number
from .purchase_milestone import NAME_LIMIT
from .purchase_order_parts import PERCENTAGE_DIGITS


class PurchaseMilestone(models.Model):
    """A milestone that is completed part by part.

    The parts and what is left of the milestone are its whole. The whole keeps its amount: what is
    left is worth what the parts leave of it.
    """

    _inherit = "purchase.milestone"

    part_of_id = fields.Many2one(
        comodel_name="purchase.milestone",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="set null",
        help="The milestone that this part has been split from. It goes on with the rest.",
    )
    part_number = fields.Integer(
        readonly=True, copy=False, aggregator=None, export_string_translation=False
    )
    part_ids = fields.One2many(
        comodel_name="purchase.milestone",
        inverse_name="part_of_id",
        string="Parts",
        readonly=True,
        copy=False,
    )

    # ------------------------------------------------------------------
    # Guards
    # ------------------------------------------------------------------

    @api.model
    def _get_initial_values(self):
        return {**super()._get_initial_values(), "part_of_id": False, "part_number": 0}

    @api.model
    def _get_computed_fields(self):
        return super()._get_computed_fields() | {"part_ids"}

    def _check_movable(self, target):
        result = super()._check_movable(target)
        if target:
            self._check_none(
                self.filtered(lambda m: m.order_id != target and m._get_whole() - self),
                self.env._("The parts of a milestone stay together on their order:"),
            )
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_except_with_parts(self):
        self._check_none(
            self.filtered(lambda milestone: milestone.part_ids - self),
            self.env._(
                "Parts of these milestones are still there, so the milestones cannot be deleted:"
            ),
        )

    def copy_data(self, default=None):
        """Return the values of copies: a copy of a milestone is worth its whole."""
        vals_list = super().copy_data(default)
        for milestone, vals in zip(self, vals_list, strict=True):
            if milestone.part_ids:
                figures = milestone._get_whole_figures()
                vals.update({name: figures[name] for name in figures.keys() & vals.keys()})
        return vals_list

    # ------------------------------------------------------------------
    # Wholes
    # ------------------------------------------------------------------

    def _get_whole(self):
        """Return these milestones with all parts of the same wholes."""
        roots = self.part_of_id | self.filtered(lambda milestone: not milestone.part_of_id)
        return self | roots | roots.part_ids

    def _get_whole_key(self):
        """Return what is the same for all parts of a whole, in a form that is not saved too."""
        return self.part_of_id._origin.id or self._origin.id or self.id

    def _get_whole_figures(self):
        """Return ``{field: value}`` of the whole that this milestone and its parts are."""
        whole = self | self.part_ids
        return {
            "percentage": float_round(sum(whole.mapped("percentage")), PERCENTAGE_DIGITS),
            "amount": self.currency_id.round(sum(whole.mapped("amount"))),
        }

    # ------------------------------------------------------------------
    # Completing a part
    # ------------------------------------------------------------------

    def action_complete_part(self, percentage=None, amount=None, document_ids=None):
        """Complete a part of this started milestone; the rest goes on. Purchase users.

        The part becomes a completed milestone of its own before this one. Give either the
        percentage or the amount.

        :param float percentage: of what is left of this milestone, above 0 and below 100
        :param float amount: untaxed in the order's currency, above 0 and below this milestone's
        :param list document_ids: ids of those documents of this milestone that go with the part
        :return: the part (its id over RPC)
        :raise AccessError: the milestone cannot be read, or the right is missing
        :raise UserError: the milestone is not started, its order is locked or not confirmed, the
            part is not above zero and below the whole, or a document is not this milestone's
        """
        self.ensure_one()
        self.check_access("read")
        check_right(self.env, BUYER)
        self.order_id._check_plan_extensible()
        check_obstacles(self, lambda milestone: milestone._get_part_obstacle())
        documents = self._check_part_documents(document_ids)
        share, value = self._get_part_share(percentage, amount)
        with self.order_id._checking_plan():
            part = self.with_env(self.order_id._deferring_plan_check().env)._split_off(share, value)
            documents.write({"res_id": part.id})
            (self | part).invalidate_recordset(["document_ids", "document_count"])
            part._run_transition("complete")
            # Only now, since an open amount follows the percentage, which has six decimals.
            part._write_guarded({"amount": value})
            self.env.add_to_compute(self._fields["amount"], self.order_id.milestone_ids - part)
        part = part.with_env(self.env)
        self._message_log(
            body=self.env._(
                "Part completed: %(name)s, %(amount)s",
                name=part.name,
                amount=self.currency_id.format(value),
            )
        )
        return part

    def _get_part_obstacle(self):
        """Return why no part of this milestone can be completed now, or None."""
        return self._get_state_obstacle(("started",))

    def _check_part_documents(self, document_ids):
        """Return the documents with these ids, once all of them are documents of this milestone."""
        documents, wanted = self.document_ids, document_ids or []
        if not isinstance(wanted, list | tuple) or any(n not in documents.ids for n in wanted):
            raise UserError(
                self.env._(
                    "Only documents of “%(name)s” can go with its part. Attach them to the "
                    "milestone first.",
                    name=self.name,
                )
            )
        return documents.filtered(lambda document: document.id in wanted)

    def _get_part_share(self, percentage, amount):
        """Return ``(percentage, amount)`` of a part: of the order, and in the order's currency.

        :raise UserError: it is nothing, or all that is left of this milestone
        """
        if (percentage is None) == (amount is None):
            raise UserError(self.env._("Enter either the percentage or the amount of the part."))
        given, whole = (percentage, 100) if amount is None else (amount, self.amount)
        if not is_number(given) or not 0 < given < whole:
            raise UserError(self._get_part_sentence(amount is None))
        part = self.currency_id.round(self.amount * given / whole if amount is None else amount)
        if not 0 < part < self.amount:
            raise UserError(self._get_part_sentence(False))
        share = self.percentage * given / whole
        if amount is not None:
            figures = (self.part_of_id or self)._get_whole_figures()
            share = min(figures["percentage"] * part / figures["amount"], self.percentage)
        return float_round(share, PERCENTAGE_DIGITS), part

    def _get_part_sentence(self, by_percentage):
        if by_percentage:
            return self.env._(
                "The percentage of a part is above 0 and below 100. To complete all that is left "
                "of “%(name)s”, use Complete.",
                name=self.name,
            )
        return self.env._(
            "The amount of a part is above zero and below %(amount)s, so that something is left. "
            "To complete all that is left of “%(name)s”, use Complete.",
            amount=self.currency_id.format(self.amount),
            name=self.name,
        )

    def _split_off(self, percentage, amount):
        """Split ``amount`` off this milestone and return it: a started milestone before this one.

        :param float percentage: its share of the order, which a percent milestone gives away
        """
        whole = self.part_of_id or self
        number = max(whole.part_ids.mapped("part_number"), default=0) + 1
        is_percent = self.amount_type == "percent"
        part = self.create(
            [
                {
                    **self._prepare_part_values(),
                    "name": whole._get_part_name(number),
                    "sequence": self._make_room(),
                    # Balance milestones take what is left: their parts have a fixed amount.
                    "amount_type": "percent" if is_percent else "fixed",
                    **({} if is_percent else {"amount": amount}),
                }
            ]
        )
        self._grow(-percentage, -amount)
        part._write_guarded(
            {
                "part_of_id": whole.id,
                "part_number": number,
                "state": self.state,
                "date_started": self.date_started,
                **({"percentage": percentage} if is_percent else {}),
            }
        )
        return part

    def _grow(self, percentage, amount):
        """Add this to what is left of a milestone; a balance grows by itself."""
        if self.amount_type == "percent":
            total = float_round(self.percentage + percentage, PERCENTAGE_DIGITS)
            self._write_guarded({"percentage": total})
        if self.amount_type == "fixed":
            self._write_guarded({"amount": self.currency_id.round(self.amount + amount)})

    def _prepare_part_values(self):
        """Return what a part has from the milestone that it is split from."""
        return {
            "order_id": self.order_id.id,
            "user_id": self.user_id.id,
            "note": self.note,
            "date_due": self.date_due,
            "document_required": self.document_required,
        }

    def _get_part_name(self, number):
        """Return the description of the part of this milestone that has this number."""
        name = self.env._("%(name)s (part %(number)s)", name="%s", number=number)
        return name % self.name[: NAME_LIMIT - len(name)]

    def _make_room(self):
        """Return a sequence right before this milestone, and make room for it if need be."""
        before = self.order_id.milestone_ids.filtered(
            lambda m: (m.sequence, m.id) < (self.sequence, self.id)
        )
        if self.sequence not in before.mapped("sequence"):
            return self.sequence - 1
        sequence = self.sequence
        behind = self.order_id.milestone_ids - before
        for old, milestones in behind.grouped("sequence").items():
            milestones.write({"sequence": old + 1})
        return sequence
