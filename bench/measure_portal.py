"""What bench/portal.py measures. It is fed to ``odoo shell``, which gives it ``env``."""

import os
import re
import statistics
import time
from concurrent.futures import ThreadPoolExecutor

import requests
from measuring import Measuring, judge_ratio, show, show_head

from odoo.fields import Command
from odoo.tests import new_test_user

URL = os.environ["BENCH_URL"]
VENDORS = 50
LINES = 100
PHOTO = b"%PDF-1.4\n" + b"0" * 2**20
TOKEN = re.compile(r'name="csrf_token"[^>]*value="([^"]+)"|csrf_token: "([^"]+)"')


class Vendor:
    """One of a vendor's people in a browser of his own."""

    def __init__(self, login):
        """Log in."""
        self.browser = requests.Session()
        page = self.browser.get(f"{URL}/web/login")
        data = {"login": login, "password": login, "csrf_token": self.find_token(page)}
        answer = self.browser.post(f"{URL}/web/login", data=data)
        if "/web/login" in answer.url:
            raise ValueError(f"{login} could not log in")

    def find_token(self, page):
        """Return the token that a form of this page sends along."""
        return next(filter(None, TOKEN.search(page.text).groups()))

    def open(self, order):
        """Return the seconds that the page of an order takes."""
        started = time.perf_counter()
        answer = self.browser.get(f"{URL}/my/purchase/{order}")
        seconds = time.perf_counter() - started
        answer.raise_for_status()
        return seconds

    def load(self, url, tries=10):
        """Return the page at an address, also from a server that is busy."""
        try:
            return self.browser.get(url)
        except requests.ConnectionError:
            if not tries:
                raise
            return self.load(url, tries - 1)

    def deliver(self, order, milestone):
        """Deliver twice at the same time; return both status codes."""
        url = f"{URL}/my/purchase/{order}/milestones/{milestone}"
        data = {"csrf_token": self.find_token(self.load(url))}
        data |= {"number": "1", "percentage": "100", "note": "All done"}

        def send(tries=10):
            files = {"files": ("Photo.pdf", PHOTO)}
            try:
                return requests.post(
                    f"{url}/deliver",
                    data=data,
                    files=files,
                    cookies=self.browser.cookies,
                    allow_redirects=False,
                ).status_code
            except requests.ConnectionError:
                # Without a proxy before it, a worker hangs up on who is slow: the page tries again.
                return send(tries - 1) if tries else 0

        with ThreadPoolExecutor(2) as pool:
            return [request.result() for request in [pool.submit(send), pool.submit(send)]]


class Bench(Measuring):
    """Orders of vendors who each have one person on the portal."""

    def __init__(self, env):
        """Store what all measures need; ``env`` is the superuser's."""
        super().__init__(env)
        env.company.milestone_portal = True
        buyer = new_test_user(env, "buyer", "purchase.group_purchase_user")
        self.buyer = env(user=buyer)
        self.product = env["product.product"].create({"name": "Fit-out", "type": "service"})

    def create_order(self, vendor, lines, milestones):
        """Return a confirmed order; its milestones have been started."""
        line = {"product_id": self.product.id, "product_qty": 1, "price_unit": 1_000}
        plan = [{"name": f"Section {n}", "percentage": 100 / milestones} for n in range(milestones)]
        order = self.buyer["purchase.order"].create(
            {
                "partner_id": vendor.id,
                "order_line": [Command.create(line)] * lines,
                "milestone_ids": [Command.create(milestone) for milestone in plan],
            }
        )
        order.button_confirm()
        order.milestone_ids.action_start()
        return order

    def create_vendor(self, number):
        vendor = self.env["res.partner"].create({"name": f"Vendor {number}", "is_company": True})
        login = f"supplier{number:03}"
        user = new_test_user(self.env, login, "base.group_portal", password=login)
        user.partner_id.parent_id = vendor
        return vendor, login

    def run(self):
        """Measure and print all."""
        vendors = [self.create_vendor(number) for number in range(VENDORS)]
        orders = [self.create_order(vendor, 1, 1) for vendor, _login in vendors]
        places = [(order.id, order.milestone_ids.id) for order in orders]
        planned = self.create_order(vendors[0][0], LINES, LINES)
        small = self.create_order(vendors[0][0], LINES, 10)
        plain = self.create_order(vendors[0][0], LINES, 0)
        self.env.cr.commit()
        with ThreadPoolExecutor(4) as pool:
            people = list(pool.map(Vendor, [login for _vendor, login in vendors]))
        show_head()
        self.compare_pages(people[0], planned.id, plain.id)
        self.count_queries(small, planned)
        self.deliver_at_once(people, places)

    def compare_pages(self, person, planned, plain):
        """Print how long the page takes with and without milestones, in turns."""
        turns = [(person.open(planned), person.open(plain)) for _round in range(12)][2:]
        ours, theirs = (statistics.median(seconds) for seconds in zip(*turns, strict=True))
        name = f"page of an order of {LINES} lines, {LINES} milestones"
        judge_ratio(name, (ours, 0), (theirs, 0), 1.5)

    def count_queries(self, small, planned):
        """Print the queries that the values of 10 and of 100 milestones take."""

        def read(order):
            milestones = self.env["purchase.order"].browse(order.id).milestone_ids
            return [milestone._get_portal_values() for milestone in milestones]

        (_s, few), (_s, many) = self.alternate(2, lambda: read(small), lambda: read(planned))
        shown = (f"{many} q", f"{few} q", f"{many - few:+d}", "0")
        show("values of 100 and of 10 milestones", *shown, "yes" if many == few else "NO")

    def deliver_at_once(self, people, places):
        """Have all vendors deliver twice, and print what has arrived."""
        started = time.perf_counter()
        with ThreadPoolExecutor(len(people)) as pool:
            answers = list(
                pool.map(lambda job: job[0].deliver(*job[1]), zip(people, places, strict=True))
            )
        seconds = time.perf_counter() - started
        self.env.cr.rollback()
        self.env.invalidate_all()
        deliveries = self.env["purchase.milestone.submission"].search([])
        files = sum(len(delivery.attachment_ids) for delivery in deliveries)
        good = sum(answer.count(303) for answer in answers)
        met = (len(deliveries), files, good) == (len(people), len(people), 2 * len(people))
        show(
            f"{len(people)} vendors deliver 1 MB twice at once, {seconds:.1f} s",
            f"{len(deliveries)} deliveries",
            f"{files} files",
            f"{good}",
            f"{2 * len(people)}",
            "yes" if met else "NO",
        )


Bench(env).run()  # noqa: F821
