"""Odoo's automation rules and webhooks follow the life cycle."""

import json
from unittest.mock import patch

import requests

from odoo.tests import tagged

from ..common import MilestoneCommon

MODEL = "purchase.milestone"


@tagged("post_install", "-at_install")
class TestAutomation(MilestoneCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.order = cls.create_order(
            100_000, [cls.percent("Cabling", 60), cls.balance("Handover")], confirm=True
        )
        cls.model = cls.env["ir.model"]._get(MODEL)

    def when_set_to(self, status, **action):
        """Have the action run whenever a milestone's status is set to ``status``."""
        selection = self.env["ir.model.fields.selection"].search(
            [
                ("field_id.model", "=", MODEL),
                ("field_id.name", "=", "state"),
                ("value", "=", status),
            ]
        )
        return self.env["base.automation"].create(
            {
                "name": f"When {status}",
                "model_id": self.model.id,
                "trigger": "on_state_set",
                "trg_selection_field_id": selection.id,
                "action_server_ids": [
                    (0, 0, {"name": "Tell", "model_id": self.model.id, **action}),
                ],
            }
        )

    def test_rules_fire_on_every_step(self):
        for status in ("started", "completed", "approved", "rejected"):
            code = f"record.message_post(body='It is {status}')"
            self.when_set_to(status, state="code", code=code)
        first, second = self.order.milestone_ids
        self.bring_to(first, "approved")
        self.bring_to(second, "rejected")
        first.with_user(self.approver).action_revoke("Measured again")

        def told(milestone):
            bodies = milestone.message_ids.sorted("id").mapped("preview")
            return [body for body in bodies if body and body.startswith("It is")]

        self.assertEqual(
            told(first), ["It is started", "It is completed", "It is approved", "It is completed"]
        )
        self.assertEqual(told(second), ["It is started", "It is completed", "It is rejected"])

    def test_refused_step_fires_nothing(self):
        self.when_set_to("approved", state="code", code="record.message_post(body='It is')")
        first = self.order.milestone_ids[0]
        with self.refused("it is Pending"):
            first.with_user(self.approver).action_approve()
        self.assertNotIn("It is", first.message_ids.mapped("preview"))

    def test_webhook_tells_of_a_decision(self):
        names = ("name", "state", "amount")
        self.when_set_to(
            "approved",
            state="webhook",
            webhook_url="https://erp.example.com/milestones",
            webhook_field_ids=[self.env["ir.model.fields"]._get(MODEL, name).id for name in names],
        )
        first = self.order.milestone_ids[0]
        self.bring_to(first, "completed")
        with patch.object(requests, "post") as post:
            self.env.cr.postcommit.clear()
            first.with_user(self.approver).action_approve()
            self.env.cr.postcommit.run()
        post.assert_called_once()
        self.assertEqual(post.call_args.args, ("https://erp.example.com/milestones",))
        told = json.loads(post.call_args.kwargs["data"])
        self.assertEqual(
            {name: told[name] for name in ("_id", *names)},
            {"_id": first.id, "name": "Cabling", "state": "approved", "amount": 60_000},
        )
