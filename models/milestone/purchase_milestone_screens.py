"""What the screens of milestones need besides the records: order, colours, notices."""

from odoo import api, fields, models
from odoo.tools import SQL

# Odoo's colour numbers, near to those of the badges.
STATE_COLORS = {"pending": 28, "started": 52, "completed": 42, "approved": 10, "rejected": 1}
# Nobody groups a list by a switch or by a counter.
NEVER_GROUPED = ("boolean", "integer")


class PurchaseMilestone(models.Model):
    """Milestones in lists, charts and the calendar."""

    _inherit = "purchase.milestone"

    state_color = fields.Integer(
        compute="_compute_state_color",
        string="Colour",
        export_string_translation=False,
    )
    is_deletable = fields.Boolean(
        compute="_compute_is_deletable",
        compute_sudo=True,
        help="Whether the screens offer to delete the milestone.",
        export_string_translation=False,
    )

    @api.depends("state")
    def _compute_state_color(self):
        for milestone in self:
            milestone.state_color = STATE_COLORS.get(milestone.state, 0)

    @api.depends("state", "part_ids", "order_id.locked", "order_id.state")
    def _compute_is_deletable(self):
        for milestone in self:
            order = milestone.order_id
            milestone.is_deletable = (
                milestone.state == "pending"
                and not milestone.part_ids
                and (not order.locked or order.state == "cancel")
            )

    @api.model
    def fields_get(self, allfields=None, attributes=None):
        """Return Odoo's answer, in which no switches, counters and internal fields group a list."""
        descriptions = super().fields_get(allfields, attributes)
        for name, description in descriptions.items():
            field = self._fields[name]
            if field.type in NEVER_GROUPED or not field.export_string_translation:
                description["groupable"] = False
        return descriptions

    @api.model
    def _read_group_orderby(self, order, groupby_terms, query):
        # EXTENDS 'base': groups of the status come in the order of the life cycle.
        if "state" not in groupby_terms:
            return super()._read_group_orderby(order, groupby_terms, query)
        column = groupby_terms["state"]
        states = [state for state, _label in self._fields["state"].selection]
        groupby_terms["state"] = SQL("array_position(%s::varchar[], %s)", states, column)
        ordered = super()._read_group_orderby(order, groupby_terms, query)
        groupby_terms["state"] = column
        return ordered

    def action_view_order(self):
        """Open the order of this milestone, in the form that the user gets of it."""
        self.ensure_one()
        return self.order_id.get_formview_action()

    # ------------------------------------------------------------------
    # Steps of a selection
    # ------------------------------------------------------------------

    def _get_step_notice(self):
        """Return the action that tells which status these milestones have after a step."""
        states = dict(self._fields["state"]._description_selection(self.env))
        sentences = [
            milestones._describe_step(states[state])
            for state, milestones in self.grouped("state").items()
        ]
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "success",
                "message": " ".join(sentences),
                "next": {"type": "ir.actions.act_window_close"},
            },
        }

    def _describe_step(self, state):
        """Return the sentence that says that these milestones are now ``state``."""
        count = len(self)
        if count == 1:
            return self.env._("1 milestone is now “%(state)s”.", state=state)
        return self.env._("%(count)s milestones are now “%(state)s”.", count=count, state=state)

    def _open_reason(self, operation):
        """Return the dialog that asks for the reason of ``operation`` on these milestones."""
        action = self.env["ir.actions.act_window"]._for_xml_id(
            f"purchase_milestone.purchase_milestone_reason_action_{operation}"
        )
        return {
            **action,
            "context": {
                "default_operation": operation,
                "default_milestone_ids": self.ids,
                "dialog_size": "medium",
            },
        }
