from unittest.mock import patch

from dateutil.relativedelta import relativedelta
from lxml import etree

from odoo.fields import Date
from odoo.tests import new_test_user
from odoo.tools.safe_eval import safe_eval

from .common import BillingCommon


class ReportsCommon(BillingCommon):
    """Two companies that buy in dollars, yen and euros, and people who work for both."""

    model = None

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.yen = cls.new_currency("XYE", 1, 150)
        cls.euro = cls.new_currency("XEU", 0.01, 0.8)
        cls.shipyard = cls.env["res.company"].create({"name": "Eastern Shipyard Ltd"})
        both = cls.company | cls.shipyard
        cls.auditor = cls.new_user("ms_auditor", "account.group_account_readonly", both)
        cls.clerk = cls.new_user("ms_clerk", "account.group_account_invoice", both)
        cls.reader = cls.new_user("ms_reader", "purchase.group_purchase_user", both)
        for user in (cls.buyer, cls.approver, cls.release_officer):
            user.company_ids = both

    @classmethod
    def new_currency(cls, code, rounding, rate):
        currency = cls.env["res.currency"].create(
            {"name": code, "symbol": code, "rounding": rounding, "full_name": code}
        )
        cls.env["res.currency.rate"].create(
            {
                "currency_id": currency.id,
                "name": "2026-01-01",
                "rate": rate,
                "company_id": cls.company.id,
            }
        )
        return currency

    @classmethod
    def new_user(cls, login, groups, companies):
        return new_test_user(
            cls.env,
            login,
            groups,
            company_id=companies[:1].id,
            company_ids=[(6, 0, companies.ids)],
        )

    def readers(self):
        return (self.reader, self.approver, self.release_officer, self.clerk, self.auditor)

    def rows(self, user=None):
        """Return the report's model as who works for all companies that the user may see."""
        user = user or self.reader
        companies = user.company_id | user.company_ids
        return (
            self.env[self.model]
            .with_user(user)
            .with_context(allowed_company_ids=companies.ids, tz="UTC")
        )

    def row(self, order):
        return self.rows().search([("order_id", "=", order.id)])

    def shown(self, user=None):
        return self.rows(user).search([]).order_id.with_env(self.env).sorted("id")

    def today(self):
        return Date.context_today(self.env.user)

    def key(self, record):
        return record._name, record.id

    def node(self, filter_name):
        view = etree.fromstring(self.rows().get_view(view_type="search")["arch"])
        (node,) = view.xpath(f"//filter[@name='{filter_name}']")
        return node

    def found(self, filter_name, field="order_id"):
        """Return the orders, or the milestones, of the rows that a filter of the search finds."""
        names = {"context_today": self.today, "relativedelta": relativedelta}
        domain = safe_eval(self.node(filter_name).get("domain"), names)
        records = self.rows().search(domain)[field].with_env(self.env)
        return records.sorted("id") if field == "order_id" else records

    def sums(self, group_name, measure):
        """Return ``{record's id, or value: sum}`` of a grouping of the search; by month."""
        name = safe_eval(self.node(group_name).get("context"))["group_by"]
        kind = self.env[self.model]._fields[name].type
        group_by = f"{name}:month" if kind == "date" else name
        groups = self.rows().formatted_read_group([], [group_by], [f"{measure}:sum"])
        sums = {}
        for group in groups:
            key = group[group_by]
            sums[key[0] if isinstance(key, tuple) else key] = group[f"{measure}:sum"]
        return sums

    def list_spec(self):
        """Return what the client asks of each row of the list."""
        view = etree.fromstring(self.rows().get_view(view_type="list")["arch"])
        fields = self.env[self.model]._fields
        return {
            name: {"fields": {"display_name": {}}} if fields[name].type == "many2one" else {}
            for name in view.xpath("//field/@name")
        }

    def assert_same_queries(self, create_rows):
        """Assert that a page of the list costs the same however many rows ``create_rows`` makes."""
        spec = self.list_spec()
        counts = []
        for count in (2, 20):
            before = set(self.rows().search([]).ids)
            create_rows(count)
            new = [row_id for row_id in self.rows().search([]).ids if row_id not in before]
            self.assertEqual(len(new), count)
            # The first turn fills what Odoo keeps between requests.
            for _turn in range(2):
                self.env.flush_all()
                self.env.invalidate_all()
                queries = self.cr.sql_log_count
                self.rows().web_search_read([("id", "in", new)], spec)
            counts.append(self.cr.sql_log_count - queries)
        self.assertLessEqual(counts[1], counts[0])

    def assert_list_reads_its_rows_once(self):
        model = self.registry[self.model]
        spec = self.list_spec()
        self.env.invalidate_all()
        with patch.object(
            model, "_fetch_query", autospec=True, side_effect=model._fetch_query
        ) as fetch:
            self.assertTrue(self.rows().web_search_read([], spec)["records"])
        self.assertEqual(fetch.call_count, 1)
