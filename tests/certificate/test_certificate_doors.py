"""Nobody writes a certificate, its lines or its PDF, through whichever door."""

from contextlib import suppress
from unittest.mock import patch

from odoo.exceptions import UserError
from odoo.tests import new_test_user, tagged

from ..common_rpc import Refused, RpcCase
from .common import CertificateCommon

CERTIFICATE = "purchase.milestone.certificate"
LINE = "purchase.milestone.certificate.line"


@tagged("post_install", "-at_install", "slow")
class TestCertificateDoors(CertificateCommon, RpcCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.administrator = new_test_user(cls.env, "ms_admin", "base.group_system")
        cls.give_keys((cls.buyer, cls.approver, cls.accountant, cls.administrator))
        order = cls.create_order(
            100_000,
            [cls.percent("Slipway", 100, retention=10)],
            milestone_billing="track",
            confirm=True,
        )
        cls.order = order.with_env(cls.env)
        order.milestone_ids.action_start()
        order.milestone_ids.action_complete()
        order.milestone_ids.with_user(cls.approver).action_approve()
        order.with_user(cls.approver).action_issue_certificate()
        cls.certificate = cls.order.certificate_ids
        cls.certificate._keep_pdf(b"%PDF-1.4 certificate")

    def test_certificates_and_lines_are_frozen_for_everybody(self):
        certificate, order = self.certificate, self.order
        new = {"order_id": order.id, "number": 7, "date": "2026-03-31", "amount_net": 1}
        for door in (self.xml_rpc, self.json_2, self.call_kw):
            for user in (self.buyer, self.approver, self.administrator):
                with self.subTest(door=door.__name__, user=user.login):
                    for model, ids in (
                        (CERTIFICATE, certificate.ids),
                        (LINE, certificate.line_ids.ids),
                    ):
                        for method, arguments in (
                            ("write", {"vals": {"retention_to_date": 1}}),
                            ("unlink", {}),
                        ):
                            with self.assertRaises(Refused):
                                door(user, model, method, ids, **arguments)
                    with self.assertRaises(Refused):
                        door(user, CERTIFICATE, "create", vals_list=[new])
                    with self.assertRaisesRegex(Refused, "[Pp]rivate method"):
                        door(user, CERTIFICATE, "_write_guarded", certificate.ids, vals={})
                    with suppress(Refused):
                        row = [str(certificate.id), "9"]
                        columns = [".id", "number"]
                        answer = door(user, CERTIFICATE, "load", fields=columns, data=[row])
                        self.assertFalse(answer["ids"])
                    with self.assertRaises(Refused):
                        vals = {"certificate_ids": [[1, certificate.id, {"number": 9}]]}
                        door(user, "purchase.order", "write", order.ids, vals=vals)
        self.assertEqual((certificate.number, certificate.amount_net), (1, 90_000))
        self.assertTrue(certificate.is_intact)

    def test_nobody_says_on_which_bills_it_stands(self):
        self.company.milestone_certificate = "automatic"
        order = self.create_order(100_000, [self.percent("Quay", 100, retention=10)], confirm=True)
        self.approve(order.milestone_ids)
        bill = self.bill(order.milestone_ids)
        issued = self.certificates(order)
        for door in (self.xml_rpc, self.json_2, self.call_kw):
            for user in (self.buyer, self.accountant):
                with self.assertRaises(Refused):
                    door(user, "account.move", "write", bill.ids, vals={"certificate_due": False})
                for command in ([5], [3, issued.id], [4, self.certificate.id]):
                    vals = {"certificate_ids": [command]}
                    with (
                        self.subTest(door=door.__name__, user=user.login, command=command),
                        self.assertRaises(Refused),
                    ):
                        door(user, "account.move", "write", bill.ids, vals=vals)
        bills = self.env["account.move"].with_user(self.accountant)
        forged = [(4, issued.id)]
        for made in (
            bills.create({"move_type": "in_invoice", "certificate_ids": forged}),
            bills.with_context(default_certificate_ids=forged).create({"move_type": "in_invoice"}),
        ):
            self.assertFalse(made.certificate_ids)
        self.assertEqual(issued.bill_ids, bill.sudo())

    def test_what_is_kept_is_not_what_the_request_says(self):
        self.certificate._write_guarded({"document_id": False})
        asked = []

        def run(report, bodies, **options):
            asked.append(("".join(bodies), options))
            return b"%PDF-1.4 slipway"

        reports = self.env["ir.actions.report"].with_user(self.buyer)
        with patch.object(type(reports), "_run_wkhtmltopdf", run):
            reports.with_context(landscape=True, force_report_rendering=True)._render_qweb_pdf(
                "purchase_milestone.report_certificate",
                self.certificate.ids,
                data={"information_block": "Paid in full"},
            )
        ((body, options),) = asked
        self.assertIn("Slipway", body)
        self.assertNotIn("Paid in full", body)
        self.assertFalse(options["landscape"])
        self.assertEqual(self.certificate.document_id.raw, b"%PDF-1.4 slipway")

    def test_not_even_the_superuser_environment_changes_it(self):
        certificate = self.certificate.sudo()
        for function, record in (
            (lambda record: record.write({"state": "void"}), certificate),
            (lambda record: record.write({"name": "Other"}), certificate.line_ids[:1]),
            (lambda record: record.unlink(), certificate),
            (lambda record: record.unlink(), certificate.line_ids),
            (lambda record: record.copy(), certificate),
            (lambda record: record.write({"raw": b"x"}), certificate.document_id),
            (lambda record: record.write({"name": "x.pdf"}), certificate.document_id),
            (lambda record: record.unlink(), certificate.document_id),
        ):
            with self.assertRaises(UserError), self.env.cr.savepoint():
                function(record)
        self.assertEqual(certificate.document_id.raw, b"%PDF-1.4 certificate")

    def test_order_with_certificates_is_not_deleted(self):
        self.certificate.with_user(self.approver).action_void("Wrong")
        self.order.milestone_ids.with_user(self.approver).action_revoke("Wrong")
        self.order.button_cancel()
        with self.refused("payment certificates have been issued"):
            self.order.unlink()
