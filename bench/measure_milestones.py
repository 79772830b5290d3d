"""What bench/milestones.py measures. It is fed to ``odoo shell``, which gives it ``env``."""

from datetime import date, timedelta
from functools import partial

from lxml import etree
from measuring import Measuring, judge_ratio, show, show_head

from odoo.fields import Command
from odoo.tests import new_test_user

ALWAYS = ("1", "True")
MANY = 100_000
# What the web client asks for when it opens a list.
PAGE = {"limit": 80, "count_limit": 10_001}


class Bench(Measuring):
    """The people, orders and plans that are measured."""

    def __init__(self, env):
        """Store what all measures need; ``env`` is the superuser's."""
        approver = "purchase_milestone.group_milestone_approver"
        super().__init__(env)
        self.buyer = env(user=new_test_user(env, "buyer", "purchase.group_purchase_user"))
        self.approver = env(user=new_test_user(env, "approver", approver))
        self.vendor = env["res.partner"].create({"name": "Northern Fit-Out Ltd"})
        self.product = env["product.product"].create({"name": "Fit-out", "type": "service"})
        env.cr.commit()

    # ------------------------------------------------------------------
    # Orders and plans
    # ------------------------------------------------------------------

    def line(self, price):
        return {
            "product_id": self.product.id,
            "name": "Data centre fit-out",
            "product_qty": 1,
            "price_unit": price,
        }

    def create_orders(self, count, lines=1, milestones=0):
        """Return ``count`` orders of 100,000 in so many lines, planned in so many milestones."""
        plan = [
            {
                "name": f"Section {number}",
                "percentage": 100 / milestones,
                "retention_percent": 10,
                "date_due": date.today() + timedelta(days=number),
            }
            for number in range(milestones)
        ]
        values = {
            "partner_id": self.vendor.id,
            "order_line": [Command.create(self.line(100_000 / lines))] * lines,
            "milestone_ids": [Command.create(milestone) for milestone in plan],
        }
        return self.buyer["purchase.order"].create([values] * count)

    def complete(self, orders):
        """Return the orders' milestones, completed, as a request of the approver has them."""
        orders.button_confirm()
        milestones = orders.milestone_ids
        milestones.action_start()
        milestones.action_complete()
        return self.approver[milestones._name].browse(milestones.ids)

    def fill(self):
        """Store 100,000 orders of all kinds, a fifth of them with 5 milestones."""
        vendors = self.env["res.partner"].create([{"name": f"Vendor {n}"} for n in range(2_000)])
        order = self.create_orders(1, milestones=1)
        self.env.cr.flush()
        self.env.cr.execute("SELECT setseed(0.5)")
        first = self.multiply(
            order,
            MANY,
            name="'PB' || n",
            partner_id=f"{vendors.ids[0]} + floor(random() * 2000)",
            user_id=f"(ARRAY[{self.buyer.uid}, {self.approver.uid}])[1 + floor(random() * 2)]",
            state="(ARRAY['draft', 'sent', 'cancel', 'purchase'])[least(4, 1 + random() * 15)]",
            priority="(random() < 0.02)::int::text",
            date_order="now() - random() * interval '3 years'",
            date_planned="now() + (random() - 0.8) * interval '3 years'",
            amount_total="round((random() * 100000)::numeric, 2)",
        )
        of_order = f"(SELECT {{}} FROM purchase_order WHERE id = {first} + n / 5 * 5)"
        self.multiply(
            order.milestone_ids,
            MANY,
            order_id=of_order.format("id"),
            partner_id=of_order.format("partner_id"),
            user_id=of_order.format("user_id"),
            state=of_order.format(
                "CASE WHEN state != 'purchase' THEN 'pending' ELSE (ARRAY['pending', 'started', "
                "'completed', 'rejected', 'approved'])[least(5, 1 + random() * 20)] END"
            ),
            date_due="CASE WHEN mod(n, 20) > 0 THEN current_date + (random() * 999 - 800)::int END",
            amount="round((random() * 10000)::numeric, 2)",
        )
        self.env.cr.execute("ANALYZE")
        self.env.cr.commit()

    # ------------------------------------------------------------------
    # What the web client asks for
    # ------------------------------------------------------------------

    def view(self, model, view_type, view_id=False):
        """Return the buyer's view, parsed."""
        views = self.buyer[model].get_views([(view_id, view_type)])["views"]
        return etree.fromstring(views[view_type]["arch"])

    def specification(self, view, model, depth=0):
        """Return what is read to show ``view``, of the lists in it all rows."""
        result = {}
        for node in view.xpath(f".//field[count(ancestor::field) = {depth}]"):
            asked = result.setdefault(node.get("name"), {})
            hidden = node.get("invisible") in ALWAYS or node.get("column_invisible") in ALWAYS
            comodel = self.env[model]._fields[node.get("name")].comodel_name
            if comodel and not hidden:
                shown = asked.setdefault("fields", {"display_name": {}})
                for inner in node.xpath("list|form"):
                    shown.update(self.specification(inner, comodel, depth + 1))
        return result

    def form(self, model):
        return self.specification(self.view(model, "form"), model)

    def read_page(self, model, view_id=False):
        """Return a function that reads the first page of the list, as the buyer opens it."""
        view = self.view(model, "list", view_id)
        spec, order = self.specification(view, model), view.get("default_order")
        return lambda: self.buyer[model].web_search_read([], spec, order=order, **PAGE)

    # ------------------------------------------------------------------
    # The measures
    # ------------------------------------------------------------------

    def compare_forms(self):
        spec = self.form("purchase.order")
        planned = self.create_orders(1, milestones=200)
        ordered = self.create_orders(1, lines=200)
        (planned + ordered).button_confirm()
        self.env.cr.commit()
        pair = self.alternate(11, lambda: planned.web_read(spec), lambda: ordered.web_read(spec))
        judge_ratio("order's form, 200 milestones : 200 order lines", *pair, 1.0)

    def count_queries(self):
        milestones = self.buyer["purchase.milestone"]
        listed = self.specification(self.view(milestones._name, "list"), milestones._name)
        form, order_form = self.form(milestones._name), self.form("purchase.order")
        readings = {
            "list": lambda order: milestones.web_search_read([("order_id", "=", order.id)], listed),
            "milestones' forms": lambda order: order.milestone_ids.web_read(form),
            "order's form": lambda order: order.web_read(order_form),
        }
        orders = [self.create_orders(1, milestones=count) for count in (10, 100, 1000)]
        self.env.cr.commit()
        for what, read in readings.items():
            results = self.alternate(2, *(partial(read, order) for order in orders))
            queries = [queries for _seconds, queries in results]
            shown = " / ".join(map(str, queries))
            met = "yes" if len(set(queries)) == 1 else "NO"
            show(f"queries of 10 / 100 / 1,000 milestones: {what}", shown, "", "", "same", met)

    def compare_approval(self):
        one = self.complete(self.create_orders(1, milestones=1000))
        many = self.complete(self.create_orders(1000, milestones=1))
        orders = self.create_orders(1000)
        self.env.cr.commit()
        actions = (one.action_approve, many.action_approve, orders.button_confirm)
        of_one, of_many, theirs = self.alternate(3, *actions)
        for where, ours in (("of 1 order", of_one), ("of 1,000 orders", of_many)):
            judge_ratio(f"approving 1,000 {where} : confirming 1,000", ours, theirs, 0.25)
            each, met = ours[1] / 1000, "yes" if ours[1] <= 3 * 1000 else "NO"
            show(f"approving 1,000 {where}: queries each", each, "", "", "<= 3", met)

    def compare_template(self):
        lines = [{"name": f"Section {n}", "percentage": 8, "due_days": 30 * n} for n in range(12)]
        template = self.env["purchase.milestone.template"].create(
            {"name": "Fit-out", "line_ids": [Command.create(values) for values in lines]}
        )
        orders = self.create_orders(500)
        self.env.cr.commit()
        values = [{"order_id": order.id, **self.line(8_000)} for order in orders for _ in lines]
        pair = self.alternate(
            3,
            lambda: orders._apply_milestone_template(template.with_env(self.buyer)),
            lambda: self.buyer["purchase.order.line"].create(values),
        )
        judge_ratio("template of 12 on 500 orders : creating 12 lines on each", *pair, 1.0)

    def compare_pages(self):
        self.fill()
        rfqs = self.env.ref("purchase.purchase_rfq").view_id.id
        ours, theirs = self.read_page("purchase.milestone"), self.read_page("purchase.order", rfqs)
        pair = self.alternate(51, ours, theirs)
        judge_ratio("page of 100,000 milestones : of 100,000 orders", *pair, 1.2)


bench = Bench(env)  # noqa: F821
show_head()
bench.compare_forms()
bench.count_queries()
bench.compare_approval()
bench.compare_template()
bench.compare_pages()
