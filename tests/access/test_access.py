import inspect

from odoo.exceptions import AccessError
from odoo.tests import new_test_user, tagged

from ..common import APPROVER, PURCHASE_USER, RELEASE_OFFICER
from ..retention.common import RetentionCommon
from .common_table import MODELS, NOT_IN_THE_TABLE, PLAN_FIELDS, WHO_MAY


@tagged("post_install", "-at_install", "slow")
class TestAccess(RetentionCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        elsewhere = cls.env["res.company"].create({"name": "Harbour Works Ltd"})
        all_rights = ",".join((PURCHASE_USER, APPROVER, RELEASE_OFFICER))
        cls.people = {
            "buyer": cls.buyer,
            "manager": cls.manager,
            "approver": cls.approver,
            "officer": cls.release_officer,
            "bills": new_test_user(cls.env, "ms_bills", "account.group_account_invoice"),
            "auditor": new_test_user(cls.env, "ms_auditor", "account.group_account_readonly"),
            "clerk": new_test_user(cls.env, "ms_clerk", "base.group_user"),
            "vendor": new_test_user(cls.env, "ms_vendor", "base.group_portal"),
            "outsider": new_test_user(
                cls.env,
                "ms_outsider",
                all_rights,
                company_id=elsewhere.id,
                company_ids=[(6, 0, elsewhere.ids)],
            ),
        }
        cls.vendor = cls.people["vendor"].partner_id
        cls.company.retention_account_id = cls.env["account.account"].create(
            {
                "code": "211900",
                "name": "Retention of vendors",
                "account_type": "liability_current",
                "reconcile": True,
            }
        )
        cls.template = cls.env["purchase.milestone.template"].create(
            {"name": "Road works", "company_id": cls.company.id}
        )
        states = ("pending", "started", "completed", "approved", "rejected")
        plan = [cls.fixed(state.title(), 10_000, retention=10) for state in states]
        cls.order = cls.create_order(100_000, plan, confirm=True)
        cls.in_state = dict(zip(states, cls.order.milestone_ids, strict=True))
        cls.env["ir.attachment"].create(
            {
                "name": "Asphalt cores.pdf",
                "raw": b"Eleven cores",
                "res_model": "purchase.milestone",
                "res_id": cls.in_state["approved"].id,
            }
        )
        for state, milestone in cls.in_state.items():
            cls.bring_to(milestone, state)
        started = cls.in_state["started"].with_user(cls.buyer)
        cls.part = started.action_complete_part(percentage=40)
        cls.part.with_user(cls.approver).action_reject("Asphalt too thin")
        cls.request = cls.create_order(50_000)
        bridge = [cls.fixed("Bridge deck", 20_000, retention=10)]
        cls.finished = cls.approved_order(20_000, bridge)
        cls.accepted = cls.approved_order(20_000, bridge)
        cls.accepted.with_user(cls.approver).action_final_acceptance()
        cls.release = cls.new_release(cls.accepted)
        cls.to_bill = cls.approved_order(20_000, bridge, milestone_billing="bill").milestone_ids
        cls.billed = cls.approved_order(20_000, bridge, milestone_billing="bill").milestone_ids
        cls.billed.order_id.action_create_invoice()
        cls.closed = cls.approved_order(20_000, bridge, milestone_billing="bill").milestone_ids
        cls.closed.with_user(cls.approver).action_close_rest("The deck is shorter")
        cls.company.milestone_certificate = "manual"
        cls.finished.with_user(cls.approver).action_issue_certificate()
        gate = cls.create_order(20_000, bridge, confirm=True).milestone_ids
        gate.action_start()
        deliveries = cls.env["purchase.milestone.submission"].sudo()
        cls.delivered = deliveries._submit(gate.sudo(), 1, 100, "Deck poured", [])
        cls.second = new_test_user(cls.env, "ms_second", APPROVER)
        holidays = {"date_from": "2026-08-01", "date_to": "2026-08-14"}
        cls.holidays = {"deputy_id": cls.second.id, **holidays}
        cls.rule = cls.env["purchase.milestone.approval.rule"].create(
            # From an amount that no milestone has.
            {"name": "Board", "amount_from": 10**9, "approver_ids": cls.approver.ids}
        )
        cls.deputy = cls.env["purchase.milestone.deputy"].create(
            {"user_id": cls.approver.id, **cls.holidays}
        )
        orders = cls.order | cls.request | cls.finished | cls.accepted
        orders.sudo().message_subscribe(cls.vendor.ids)

    def attempt(self, user, row):
        """Do as ``user`` what ``row`` of the table says."""
        env = self.env(user=user)
        target, operation = row.split()
        if operation in ("read", "write", "create", "unlink"):
            return getattr(self, f"attempt_{operation}")(env, target)
        if target == "bill" or operation in ("create_bill", "view_bills"):
            return self.attempt_billing(env, operation)
        if target == "reason":
            return self.attempt_reason(env, operation)
        if target in ("completion", "part", "new_release"):
            return self.attempt_dialog(env, target)
        if row == "order read_plan":
            return self.order.with_env(env).read(PLAN_FIELDS)
        if row == "order read_lines":
            return self.order.order_line.with_env(env).read(["name", "price_subtotal"])
        if row == "template apply":
            dialog = env["purchase.milestone.template.apply"]
            values = {"order_ids": self.request.ids, "template_id": self.template.id}
            return dialog.create(values).action_apply()
        record, *arguments = self.subject(operation)
        return getattr(record.with_env(env), f"action_{operation}")(*arguments)

    def attempt_billing(self, env, operation):
        subject = {"create_bill": self.to_bill, "view_bills": self.billed}
        record = subject.get(operation, self.billed.sudo()._get_bills()).with_env(env)
        return getattr(record, f"action_{operation}")()

    def subject(self, action):
        """Return the record in whose state the action can be called, and its arguments."""
        return {
            "start": (self.in_state["pending"],),
            "reset": (self.in_state["started"],),
            "complete": (self.in_state["started"],),
            "accept_submission": (self.delivered.milestone_id,),
            "return_submission": (self.delivered.milestone_id, "Two piers are missing"),
            "accept": (self.delivered,),
            "return": (self.delivered, "Two piers are missing"),
            "verify_evidence": (self.in_state["approved"],),
            "complete_part": (self.in_state["started"], 40),
            "merge_back": (self.part,),
            "approve": (self.in_state["completed"],),
            "reject": (self.in_state["completed"], "Asphalt too thin"),
            "rework": (self.in_state["rejected"],),
            "revoke": (self.in_state["approved"], "Certificate withdrawn"),
            "close_rest": (self.to_bill, "The deck is shorter"),
            "reopen_rest": (self.closed, "It is not"),
            "final_acceptance": (self.finished,),
            "revoke_acceptance": (self.accepted, "Leaking joints"),
            "release_retention": (self.accepted,),
            "issue_certificate": (self.accepted,),
            "view_certificates": (self.finished,),
            "void": (self.finished.sudo().certificate_ids, "The deck is shorter"),
            "send": (self.finished.sudo().certificate_ids,),
            "print": (self.finished.sudo().certificate_ids,),
            "save_milestone_template": (self.order,),
            "confirm": (self.release,),
            "cancel": (self.release,),
        }[action]

    def attempt_reason(self, env, operation):
        state = {"reject": "completed", "revoke": "approved"}[operation]
        dialog = env["purchase.milestone.reason"].create(
            {
                "milestone_ids": self.in_state[state].ids,
                "operation": operation,
                "reason": "Asphalt too thin",
            }
        )
        return dialog.action_confirm()

    def attempt_dialog(self, env, target):
        started = {"milestone_id": self.in_state["started"].id}
        model, values = {
            "completion": ("purchase.milestone.completion", started),
            "part": ("purchase.milestone.part", {**started, "percentage": 40}),
            "new_release": (
                "purchase.retention.release.create",
                {"order_id": self.accepted.id, "amount": 1, "reason": "Taken over"},
            ),
        }[target]
        return env[model].create(values).action_confirm()

    def record_of(self, target):
        return {
            "milestone": self.in_state["pending"],
            "order": self.request,
            "template": self.template,
            "release": self.release,
            "submission": self.delivered,
            "settings": self.company,
            "certificate": self.finished.sudo().certificate_ids,
            "rule": self.rule,
            "approval": self.in_state["approved"].approval_ids,
            "deputy": self.deputy,
        }[target]

    def attempt_read(self, env, target):
        record = self.record_of(target).with_env(env)
        values = record.read(["display_name"])
        self.assertEqual(record.search([("id", "=", record.id)]), record, "reads but does not find")
        return values

    def attempt_write(self, env, target):
        values = {
            "milestone": {"name": "Survey and earthworks"},
            "order": {"partner_ref": "RFQ 7"},
            "template": {"name": "Bridges"},
            "release": {"reason": "Snag list closed"},
            "settings": {"milestone_four_eyes": False},
            "certificate": {"amount_net": 1},
            "rule": {"amount_from": 10**6},
            "deputy": {"reason": "Annual leave"},
            "approval": {"user_id": self.second.id},
        }[target]
        return self.record_of(target).with_env(env).write(values)

    def attempt_create(self, env, target):
        values = {
            "milestone": {"order_id": self.order.id, **self.fixed("Road signs", 1_000)},
            "template": {"name": "Ships", "company_id": self.company.id},
            "release": {"order_id": self.accepted.id, "reason": "Taken over"},
            "certificate": {"order_id": self.accepted.id, "number": 7, "date": "2026-03-31"},
            "rule": {"name": "Site", "approver_ids": self.approver.ids},
            "deputy": self.holidays,
            "approval": {
                "milestone_id": self.in_state["completed"].id,
                "user_id": self.approver.id,
            },
        }[target]
        return env[MODELS[target]].create(values)

    def attempt_unlink(self, env, target):
        return self.record_of(target).with_env(env).unlink()

    def rolled_back(self, function, *arguments):
        """Return what the function returned, or the AccessError it raised, and undo it."""
        savepoint = self.env.cr.savepoint()
        try:
            return function(*arguments)
        except AccessError as error:
            return error
        finally:
            savepoint.close(rollback=True)

    def test_every_cell_of_the_table(self):
        header, *rows = WHO_MAY.strip().splitlines()
        for line in rows:
            target, operation, *cells = line.split()
            for who, cell in zip(header.split(), cells, strict=True):
                with self.subTest(who=who, what=f"{target} {operation}"):
                    user = self.people[who]
                    result = self.rolled_back(self.attempt, user, f"{target} {operation}")
                    if cell == "x":
                        self.assertNotIsInstance(result, AccessError, result)
                        self.assertIsNotNone(result)
                    else:
                        self.assertIsInstance(result, AccessError)

    def test_every_public_method_has_a_row(self):
        rows = {tuple(line.split()[:2]) for line in WHO_MAY.strip().splitlines()[1:]}
        for target, model_name in MODELS.items():
            for name in self.public_methods(model_name) - NOT_IN_THE_TABLE:
                row = (target, name.removeprefix("action_"))
                self.assertIn(row, rows, "Say in the table who may call it")

    def public_methods(self, model_name):
        ours = "odoo.addons.purchase_milestone."
        return {
            name
            for cls in type(self.env[model_name]).mro()
            if cls.__module__.startswith(ours)
            for name, member in vars(cls).items()
            if inspect.isfunction(member)
            and not name.startswith("_")
            and not getattr(member, "_api_private", False)
        }

    def test_each_new_field_of_the_order_is_in_the_vendors_closed_part(self):
        ours = {
            name
            for name, field in self.env["purchase.order"]._fields.items()
            if field._module == "purchase_milestone"
        }
        order = self.order.with_user(self.people["vendor"])
        self.assertLessEqual(set(PLAN_FIELDS), ours)
        # Whether the company has milestones is no secret, and Odoo searches such a field unasked.
        for name in sorted(ours - {"milestone_enabled", "milestone_portal_in_company"}):
            with self.subTest(field=name), self.assertRaises(AccessError):
                order.read([name])
            value = self.order.sudo().read([name])[0][name]
            with self.subTest(searched=name), self.assertRaises(AccessError):
                order.search([(name, "=", value)])
        self.assertFalse(ours & set(order.fields_get()))

    def test_who_cannot_edit_an_order_cannot_plan_it(self):
        colleague = new_test_user(self.env, "ms_colleague", PURCHASE_USER)
        plan = self.fixed("Road signs", 1_000)
        own = self.create_order(50_000, [plan], user_id=colleague.id).milestone_ids
        self.env["ir.rule"].create(
            {
                "name": "Buyers edit their own orders",
                "model_id": self.env.ref("purchase.model_purchase_order").id,
                "groups": [(4, self.env.ref(PURCHASE_USER).id)],
                "domain_force": "[('user_id', '=', user.id)]",
                "perm_read": False,
            }
        )
        theirs = self.order.with_user(colleague).with_context(default_order_id=self.order.id)
        self.assertEqual(theirs.user_id, self.buyer)
        for attempt in (
            lambda: theirs.milestone_ids.create({"order_id": theirs.id, **plan}),
            lambda: theirs.milestone_ids.create(plan),
            lambda: own.with_user(colleague).write({"order_id": theirs.id}),
        ):
            with self.assertRaises(AccessError):
                attempt()
        self.assertEqual(len(self.order.milestone_ids), 6)
