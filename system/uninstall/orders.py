"""Orders in every state, made by the ones whose job it is. Runs inside Odoo."""

from odoo.fields import Command
from odoo.tests import new_test_user

# The steps to each state of a milestone: whose they are and what they are called.
START = ("buyer", "action_start")
COMPLETE = ("buyer", "action_complete")
PATHS = {
    "pending": [],
    "started": [START],
    "completed": [START, COMPLETE],
    "approved": [START, COMPLETE, ("approver", "action_approve")],
    "rejected": [START, COMPLETE, ("approver", "action_reject", "Fenders are missing")],
}


class Harbour:
    """A company that builds a harbour: its people, its vendor and its documents."""

    def __init__(self, env):
        self.env = env
        self.users = {
            "buyer": self._new_user("buyer", "purchase.group_purchase_user"),
            "approver": self._new_user("approver", "purchase_milestone.group_milestone_approver"),
            "release": self._new_user("release", "purchase_milestone.group_retention_release"),
        }
        self.vendor = env["res.partner"].create({"name": "Quay Builders", "email": "quay@q.test"})
        self.product = env["product.product"].create(
            {
                "name": "Quay wall",
                "type": "consu",
                "purchase_method": "purchase",
                **({"is_storable": True} if "is_storable" in env["product.product"] else {}),
            }
        )
        # {id of a document: id of the order that it belongs to}
        self.documents = {}

    def _new_user(self, name, group):
        return new_test_user(self.env, f"harbour_{name}", f"base.group_user,{group}")

    def order(self, states, confirm=True, **values):
        """Return an order of the buyer's with a milestone in each state and a document on each."""
        line = {"product_id": self.product.id, "product_qty": 4, "price_unit": 25_000}
        share = {"amount_type": "percent", "percentage": 20, "retention_percent": 10}
        orders = self.env["purchase.order"].with_user(self.users["buyer"])
        order = orders.create(
            {
                "partner_id": self.vendor.id,
                "order_line": [Command.create(line)],
                "milestone_ids": [Command.create({"name": f"To be {s}", **share}) for s in states],
                **values,
            }
        )
        for milestone in order.milestone_ids:
            self.attach(milestone, order)
        if confirm:
            order.button_confirm()
        for milestone, state in zip(order.milestone_ids, states, strict=True):
            for user, method, *arguments in PATHS[state]:
                getattr(milestone.with_user(self.users[user]), method)(*arguments)
        return order

    def attach(self, record, order):
        """Attach a document; all have the same content, so that one file holds them."""
        owner = {"res_model": record._name, "res_id": record.id}
        document = record.env["ir.attachment"].create(
            {"name": "Survey.pdf", "raw": b"Survey", **owner}
        )
        self.documents[document.id] = order.id


def make_orders(env):
    """Return the ids of the new orders by what they are, and ``{document: order}``."""
    harbour = Harbour(env)
    orders = {
        "running": _make_running(harbour),
        "accepted": _make_accepted(harbour),
        "billed": _make_billed(harbour),
        "locked": harbour.order(["approved"]),
        "cancelled": harbour.order(["pending", "completed"]),
        "request": harbour.order(["pending"], confirm=False),
        "sent": harbour.order(["pending"], confirm=False),
    }
    orders["locked"].sudo().button_lock()
    orders["cancelled"].button_cancel()
    orders["sent"].print_quotation()
    env.company.write({"po_double_validation": "two_step", "po_double_validation_amount": 1})
    orders["to approve"] = harbour.order(["pending"])
    orders["request"]._apply_milestone_template(_make_template(env))
    return {name: order.id for name, order in orders.items()}, harbour.documents


def _make_running(harbour):
    """Return an order with all that hangs on one: talk, activities, a vendor bill."""
    order = harbour.order(list(PATHS))
    approved = order.milestone_ids[3]
    approver = harbour.users["approver"]
    message = approved.with_user(approver).message_post(
        body="The cores", message_type="comment", attachments=[("Cores.pdf", b"42 mm")]
    )
    harbour.documents[message.attachment_ids.id] = order.id
    approved.activity_schedule("mail.mail_activity_data_todo", user_id=approver.id)
    approved.message_subscribe(harbour.vendor.ids)
    harbour.attach(order, order)
    order.message_post(body="The crane comes on Monday", message_type="comment")
    order.action_create_invoice()
    return order


def _make_accepted(harbour):
    """Return an order with final acceptance and a release in each state."""
    order = harbour.order(["approved"] * 2, retention_limit_type="percent", retention_limit=8)
    order.with_user(harbour.users["approver"]).action_final_acceptance()
    releases = order.env["purchase.retention.release"].with_user(harbour.users["release"])
    for amount, steps in ((100, []), (200, ["action_confirm"]), (300, ["action_cancel"])):
        release = releases.create({"order_id": order.id, "amount": amount, "reason": "No defects"})
        harbour.attach(release.sudo(), order)
        for step in steps:
            getattr(release, step)()
    return order


def _make_billed(harbour):
    """Return an order whose milestones have been billed, and half of its retention released."""
    service = harbour.env["product.product"].create({"name": "Dredging", "type": "service"})
    line = {"product_id": service.id, "product_qty": 4, "price_unit": 25_000}
    harbour.env.company.retention_account_id = harbour.env["account.account"].create(
        {
            "code": "211900",
            "name": "Retention of vendors",
            "account_type": "liability_current",
            "reconcile": True,
        }
    )
    order = harbour.order(
        ["approved"],
        milestone_billing="bill",
        order_line=[Command.create(line)],
        milestone_ids=[
            Command.create({"name": "Basin", "percentage": 100, "retention_percent": 5})
        ],
    )
    order.action_create_invoice()
    _post(order.sudo().invoice_ids)
    releases = order.env["purchase.retention.release"].with_user(harbour.users["release"])
    release = releases.create(
        {"order_id": order.id, "amount": 2_500, "reason": "Half", "early": True}
    )
    release.action_confirm()
    _post(release.sudo().bill_id)
    return order


def _post(bill):
    bill.invoice_date = "2026-03-31"
    bill.action_post()


def _make_template(env):
    """Return a template with a link, which becomes the company's default."""
    template = env["purchase.milestone.template"].create(
        {"name": "Harbour", "line_ids": [Command.create({"name": "Advance", "percentage": 20})]}
    )
    link = {"name": "Specification", "type": "url", "url": "https://harbour.test/specification"}
    owner = {"res_model": template.line_ids._name, "res_id": template.line_ids.id}
    env["ir.attachment"].create({**link, **owner})
    env.company.milestone_template_id = template
    return template
