from odoo import models
from odoo.exceptions import UserError
from odoo.tools import format_list


class AccountAccount(models.Model):
    """Accounts on which retention waits for its release."""

    _inherit = "account.account"

    def write(self, vals):
        if "active" in vals and not vals["active"]:
            self._check_holds_no_retention()
        return super().write(vals)

    def _filter_retention(self):
        """Return those of these accounts that hold retention, or have held some."""
        # sudo: res.company - another company may use the account as well
        companies = self.env["res.company"].sudo()
        configured = companies.search([("retention_account_id", "in", self.ids)])
        # sudo: account.move.line - so may bills that the user cannot read
        used = (
            self.env["account.move.line"]
            .sudo()
            ._read_group(
                [("account_id", "in", self.ids), ("retention_order_id", "!=", False)],
                ["account_id"],
            )
        )
        holding = {account.id for (account,) in used} | set(configured.retention_account_id.ids)
        return self.filtered(lambda account: account.id in holding)

    def _check_holds_no_retention(self):
        """Refuse to archive accounts on which retention is still open."""
        # sudo: account.move.line - of all companies that use the account
        open_lines = (
            self.env["account.move.line"]
            .sudo()
            ._read_group(
                [
                    ("account_id", "in", self._filter_retention().ids),
                    ("parent_state", "=", "posted"),
                    ("reconciled", "=", False),
                ],
                ["account_id"],
            )
        )
        if open_lines:
            raise UserError(
                self.env._(
                    "%(accounts)s cannot be archived: retention on it has not been released. "
                    "Release it first, or clear the open entries.",
                    accounts=format_list(
                        self.env, [account.display_name for (account,) in open_lines]
                    ),
                )
            )
