"""The printed plan, the certificate and the report say the same of each milestone."""

import io
import json
from unittest.mock import patch

from lxml import html
from openpyxl import load_workbook

from odoo import http
from odoo.tests import HttpCase, tagged

from .common import CertificateCommon


@tagged("post_install", "-at_install", "slow")
class TestCertificateSameFigures(CertificateCommon, HttpCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.order = cls.create_order(
            100_000,
            [cls.percent("Quay wall", 60, retention=10), cls.balance("Paving", retention=5)],
            confirm=True,
        )
        cls.wall, cls.paving = cls.order.milestone_ids
        cls.own = [("order_id", "=", cls.order.id)]

    def certified(self):
        """Return ``{milestone: (value, done, retained, left)}`` of the last certificate."""
        return {
            line.milestone_id.id: (
                line.value,
                line.amount_to_date,
                line.retention_amount,
                line.amount_to_finish,
            )
            for line in self.last(self.order).line_ids
        }

    def reported(self, done):
        """Return the same of the report, by milestones with their parts; ``done`` by this field."""
        self.env.flush_all()
        sums = ["amount:sum", f"{done}:sum", "retention_open:sum", "amount_left:sum"]
        groups = self.env["purchase.milestone.report"]._read_group(self.own, ["whole_id"], sums)
        return {whole.id: tuple(figures) for whole, *figures in groups}

    def printed(self):
        """Return ``[value, retention]`` of the total, and of each milestone with its parts."""
        reports = self.env["ir.actions.report"].with_user(self.buyer)
        report = "purchase.action_report_purchase_order"
        page = html.fromstring(reports._render_qweb_html(report, self.order.ids)[0])
        (plan,) = page.xpath("//div[@name='milestones']")
        rows = [
            [cell.text_content().strip().replace("\xa0", " ") for cell in row]
            for row in plan.xpath(".//tr")
        ]
        return {row[0]: [cell for cell in row[1:] if "$" in cell] for row in rows}

    def assert_same_figures(self):
        certified = self.certified()
        for done in ("amount_done", "amount_certified", "amount_billed"):
            self.assertEqual(self.reported(done), certified)

    def format_all(self, *amounts):
        format_ = self.order.currency_id.format
        return [format_(amount).replace("\xa0", " ") for amount in amounts]

    def test_over_a_life_with_a_part(self):
        wall = self.wall.with_user(self.buyer)
        wall.action_start()
        part = wall.action_complete_part(percentage=40)
        part.with_user(self.approver).action_approve()
        self.bill(part)
        self.assert_same_figures()
        self.assertEqual(self.certified()[self.wall.id], (60_000, 24_000, 2_400, 36_000))
        printed = self.printed()
        self.assertEqual(printed["Quay wall"], self.format_all(60_000, 6_000))
        self.assertEqual(printed["Total"], self.format_all(100_000, 8_000))
        wall.action_complete()
        wall.with_user(self.approver).action_approve()
        self.bill(wall)
        self.approve(self.paving)
        self.bill(self.paving)
        self.assert_same_figures()
        last = self.last(self.order)
        self.assertEqual(
            self.printed()["Total"], self.format_all(last.amount_contract, last.retention_to_date)
        )
        self.pay(self.order.sudo().invoice_ids)
        paid = {whole: figures[1] for whole, figures in self.reported("amount_paid").items()}
        self.assertEqual(paid, {self.wall.id: 60_000, self.paving.id: 40_000})

    def test_after_a_closing_and_a_release(self):
        self.approve(self.wall)
        self.bill(self.wall)
        self.approve(self.paving)
        self.paving.with_user(self.approver).action_close_rest("Smaller", 10_000)
        self.bill(self.paving)
        last = self.last(self.order)
        self.assertEqual(self.certified()[self.paving.id], (30_000, 30_000, 1_500, 0))
        self.assert_same_figures()
        printed = self.printed()
        self.assertEqual(printed["Paving"], self.format_all(30_000, 1_500))
        total = self.format_all(last.amount_contract, last.retention_to_date)
        self.assertEqual(printed["Total"], total)
        self.post(self.release(self.order, amount=1_000)[1])
        held = sum(line.retention_amount for line in self.last(self.order).line_ids)
        left = sum(figures[2] for figures in self.reported("amount_done").values())
        # The certificate says what was withheld to date, the report what is left of it.
        self.assertEqual((held, left), (7_500, 6_500))

    def test_report_is_exported_to_a_spreadsheet(self):
        self.approve(self.wall)
        self.bill(self.wall)
        fields = (
            ("name", "char"),
            ("amount", "monetary"),
            ("amount_done", "monetary"),
            ("amount_certified", "monetary"),
            ("amount_billed", "monetary"),
            ("amount_paid", "monetary"),
            ("retention_open", "monetary"),
            ("amount_left", "monetary"),
        )
        data = {
            "model": "purchase.milestone.report",
            "fields": [{"name": name, "label": name, "type": kind} for name, kind in fields],
            "ids": False,
            "domain": self.own,
            "groupby": [],
            "import_compat": False,
        }
        self.buyer.group_ids += self.env.ref("base.group_allow_export")
        self.authenticate("ms_buyer", "ms_buyer")
        token = http.Request.csrf_token(self)
        answer = self.url_open(
            "/web/export/xlsx", data={"data": json.dumps(data), "csrf_token": token}
        )
        answer.raise_for_status()
        _head, *rows = load_workbook(io.BytesIO(answer.content)).active.iter_rows(values_only=True)
        self.assertEqual(
            rows,
            [
                ("Quay wall", 60_000, 60_000, 60_000, 60_000, 0, 6_000, 0),
                ("Paving", 40_000, 0, 0, 0, 0, 0, 40_000),
            ],
        )

    def test_pivot_is_exported_to_a_spreadsheet(self):
        self.approve(self.wall)
        self.bill(self.wall)
        sent = []
        make_response = http.Request.make_response

        def keep(request, data, *arguments, **values):
            sent.append(data)
            return make_response(request, data, *arguments, **values)

        with patch.object(http.Request, "make_response", keep):
            self.start_tour(
                "/odoo/milestones-by-order?view_type=pivot",
                "purchase_milestone_pivot_exported",
                login="ms_buyer",
            )
        (content,) = [data for data in sent if data[:2] == b"PK"]
        rows = load_workbook(io.BytesIO(content)).active.iter_rows(values_only=True)
        figures = {row[0].strip(): row[1:] for row in rows if row[0]}
        self.assertEqual(
            figures[self.order.name], (100_000, 60_000, 60_000, 60_000, 0, 6_000, 40_000)
        )
