"""A year of approvals at random, and a ledger that says on its own who may decide."""

from collections import Counter, defaultdict
from datetime import date, timedelta
from itertools import chain
from math import ceil
from random import Random

from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tests import freeze_time, new_test_user

from ...models.approval.mail_activity import APPROVAL
from ..common import APPROVER, PURCHASE_USER
from .common_reminders import ReminderCommon

FIRST_DAY = date(2026, 1, 1)
# The company's holidays, each from and to: nobody works, and no reminder counts these days.
HOLIDAYS = (
    (date(2026, 1, 1), date(2026, 1, 1)),
    (date(2026, 1, 20), date(2026, 1, 21)),
    (date(2026, 4, 3), date(2026, 4, 6)),
    (date(2026, 8, 10), date(2026, 8, 21)),
    (date(2026, 12, 24), date(2027, 1, 1)),
)


class Claim:
    """What the ledger knows of one milestone."""

    def __init__(self, amount, named):
        """Note a started milestone of this amount, in the company's currency.

        :param named: whom its order names as the approver where no rule fits, or nobody
        """
        self.amount, self.named = amount, named
        self.state = "started"
        self.completed_by = None
        self.given = []

    def complete(self, user):
        self.state, self.completed_by, self.given = "completed", user, []

    def get_excluded(self):
        """Return who has had his part in it: who completed it, approved it, or was stood in for."""
        people = {user for _rule, user, absent in self.given} | {a for *_rest, a in self.given}
        return people | {self.completed_by}


class YearCommon(ReminderCommon):
    """People come and go, rules change, and milestones are completed, rejected and approved.

    Nothing here asks the addon who may decide: the ledger follows the words of the README.
    """

    # ------------------------------------------------------------------
    # The company
    # ------------------------------------------------------------------

    def set_up_company(self, seed, milestones, approvers):
        self.random = Random(seed)
        self.people = self.env["res.users"].union(
            *(
                new_test_user(
                    self.env,
                    f"ms_year_{number}",
                    # Every fourth of them completes milestones as well.
                    APPROVER if number % 4 else f"{APPROVER},{PURCHASE_USER}",
                    tz="UTC",
                    notification_type="inbox" if number % 8 else "email",
                )
                for number in range(approvers)
            )
        )
        (self.approver | self.second).group_ids = [Command.unlink(self.env.ref(APPROVER).id)]
        self.able = self.people
        self.buyers = self.buyer | self.manager | self.people[::4]
        self.rules = self.env["purchase.milestone.approval.rule"].union(
            self.create_rule("Site", 10_000, 3, 1),
            self.create_rule("Project", 50_000, 3, 1),
            self.create_rule("Board", 120_000, 4, 2),
        )
        self.head = self.company.milestone_escalation_user_id = self.people[1]
        self.env["resource.calendar.leaves"].create(
            [
                {
                    "name": "Closed",
                    "company_id": self.company.id,
                    "calendar_id": self.company.resource_calendar_id.id,
                    "date_from": f"{first} 00:00:00",
                    "date_to": f"{last} 23:59:59",
                }
                for first, last in HOLIDAYS
            ]
        )
        self.deputies = []
        self.attempts = self.decisions = 0
        self.claims = self.create_claims(milestones)

    def create_rule(self, name, amount_from, size, required):
        return self.env["purchase.milestone.approval.rule"].create(
            {
                "name": name,
                "amount_from": amount_from,
                "approver_ids": self.draw(self.able, size).ids,
                "required": required,
            }
        )

    def create_claims(self, count):
        """Return ``{milestone: claim}`` of started milestones; a fifth in another currency."""
        currency = self.env["res.currency"].create(
            {"name": "XTS", "symbol": "X", "rate_ids": [(0, 0, {"name": "2020-01-01", "rate": 4})]}
        )
        claims = {}
        for first in range(0, count, 10):
            amounts = [
                self.random.randrange(5_000, 200_000) for _n in range(min(10, count - first))
            ]
            rate = self.random.choice([1, 1, 1, 1, 4])
            order = self.create_order(
                sum(amounts) * rate,
                [self.fixed(f"Section {n}", amount * rate) for n, amount in enumerate(amounts)],
                confirm=True,
                currency_id=(currency if rate == 4 else self.company.currency_id).id,
                milestone_approver_id=self.random.choice([False, self.random.choice(self.able).id]),
            )
            order.milestone_ids.action_start()
            milestones = order.milestone_ids.with_env(self.env)
            named = order.milestone_approver_id.with_env(self.env)
            for milestone, amount in zip(milestones, amounts, strict=True):
                claims[milestone] = Claim(amount, named)
        return claims

    def draw(self, records, count):
        ids = self.random.sample(records.ids, min(count, len(records)))
        return records.browse(ids)

    def in_state(self, state):
        return [milestone for milestone, claim in self.claims.items() if claim.state == state]

    # ------------------------------------------------------------------
    # The ledger
    # ------------------------------------------------------------------

    def get_open_rule(self, claim):
        """Return the rule that asks next; none if no rule fits or all have what they require."""
        given = Counter(rule for rule, _user, _absent in claim.given)
        for rule in self.rules.filtered("active").sorted(lambda rule: (rule.sequence, rule.id)):
            if claim.amount >= rule.amount_from and given[rule] < rule.required:
                return rule
        return self.rules.browse()

    def get_turns(self, claim):
        """Return ``{user: in whose name}`` of those who may approve now.

        Where nobody is left, the user for late approvals decides instead, if he may approve.
        """
        instead = {self.head} & set(self.able) - claim.get_excluded()
        return self.get_regular_turns(claim) or {user: {user} for user in instead}

    def get_regular_turns(self, claim):
        rule, excluded = self.get_open_rule(claim), claim.get_excluded()
        named = rule.approver_ids if rule else claim.named
        able = self.able.filtered(lambda user: user not in excluded)
        turns = {user: {user} for user in (able & named if rule else able)}
        for absent, deputy, first, last in self.deputies:
            is_due = absent in named and absent in turns and first <= self.day <= last
            if is_due and deputy in able - named:
                turns[deputy] = (turns.get(deputy, set()) | {absent}) - {deputy}
        return turns

    # ------------------------------------------------------------------
    # A day
    # ------------------------------------------------------------------

    def live_through(self, days):
        """Live through so many days, and then on until all is decided."""
        self.quota = ceil(len(self.claims) / (days * 5 / 7))
        with freeze_time(FIRST_DAY) as clock, self.committing():
            for offset in range(days + 60):
                self.day = FIRST_DAY + timedelta(days=offset)
                self.is_over = offset >= days
                if self.is_over and not self.get_undecided():
                    break
                clock.move_to(f"{self.day} 01:00:00")
                self.spend_evening()
                clock.move_to(f"{self.day} 02:00:00")
                self.env["purchase.milestone"]._cron_remind()
                clock.move_to(f"{self.day} 09:00:00")
                self.check_asked()
                if self.day.weekday() < 5 and not any(a <= self.day <= b for a, b in HOLIDAYS):
                    self.work()
        self.assertFalse(self.get_undecided())

    def get_undecided(self):
        return [milestone for milestone, claim in self.claims.items() if claim.state != "approved"]

    def spend_evening(self):
        """Change rules and people, and make rules decidable again where nobody is left."""
        for milestone in self.in_state("completed"):
            claim = self.claims[milestone]
            if not self.get_turns(claim) and (self.is_over or self.chance(0.4)):
                excluded = claim.get_excluded()
                others = self.able.filtered(lambda user, excluded=excluded: user not in excluded)
                rule = self.get_open_rule(claim)
                rule.approver_ids = rule.approver_ids & self.able | self.draw(others, 2)
        for change, likelihood in (
            (self.choose_deputy, 0.3),
            (self.leave, 0.06),
            (self.lose_right, 0.06),
            (self.change_rule, 0.1),
            (self.come_back, 0.15),
        ):
            # At the end nothing changes any more, except that people come back.
            if change == self.come_back if self.is_over else self.chance(likelihood):
                change()

    def chance(self, likelihood):
        return self.random.random() < likelihood

    def choose_deputy(self):
        user, deputy = self.draw(self.able, 2)
        first = self.day + timedelta(days=self.random.randrange(3))
        last = first + timedelta(days=self.random.randrange(14))
        self.env["purchase.milestone.deputy"].with_user(user).create(
            {"deputy_id": deputy.id, "date_from": first, "date_to": last, "reason": "Holidays"}
        )
        self.deputies.append((user, deputy, first, last))

    def leave(self):
        if len(self.able) > len(self.people) / 2:
            user = self.draw(self.able, 1)
            self.able -= user
            user.action_archive()

    def lose_right(self):
        if len(self.able) > len(self.people) / 2:
            user = self.draw(self.able, 1)
            self.able -= user
            user.group_ids = [Command.unlink(self.env.ref(APPROVER).id)]

    def come_back(self):
        user = self.draw(self.people - self.able, 1)
        self.able = self.people & (self.able | user)
        user.write({"active": True, "group_ids": [Command.link(self.env.ref(APPROVER).id)]})

    def change_rule(self):
        rule = self.draw(self.rules, 1)
        approvers = self.draw(self.able, self.random.randint(2, 5))
        rule.write(
            {
                "amount_from": rule.amount_from * self.random.choice([0.5, 1, 1.5]),
                "approver_ids": [Command.set(approvers.ids)],
                "required": self.random.choice([1, 1, 2]),
                "active": self.chance(0.9),
            }
        )

    # ------------------------------------------------------------------
    # Work
    # ------------------------------------------------------------------

    def work(self):
        for milestone in self.in_state("rejected"):
            milestone.with_user(self.buyer).action_rework()
            self.claims[milestone].state = "started"
        started = self.in_state("started")
        quota = len(started) if self.is_over else self.quota
        self.complete(self.random.sample(started, min(quota, len(started))))
        self.intrude()
        inboxes = self.env["res.users"].union(*chain(*self.get_asked().values()))
        for user in self.draw(inboxes.sorted("id"), len(inboxes)):
            if self.is_over or self.chance(0.5):
                self.answer(user)

    def complete(self, milestones):
        buyers = self.buyers & (self.able | self.buyer | self.manager)
        by_user = defaultdict(self.env["purchase.milestone"].browse)
        for milestone in milestones:
            by_user[self.random.choice(buyers)] |= milestone
        for user, completed in by_user.items():
            completed.with_user(user).action_complete()
            for milestone in completed:
                self.claims[milestone].complete(user)

    def intrude(self):
        """Have anybody try to approve anything: what the ledger does not allow is refused."""
        waiting = self.in_state("completed")
        for milestone in self.random.sample(waiting, min(3, len(waiting))):
            user = self.random.choice(self.people)
            if user in self.get_turns(self.claims[milestone]):
                self.approve(milestone, user)
            else:
                with self.refused("", UserError):
                    milestone.with_user(user).action_approve()
            self.attempts += 1

    def answer(self, user):
        """Have the user decide on all that he is asked about now."""
        mine = [
            milestone
            for milestone, users in self.get_asked().items()
            if user in users and user in self.get_turns(self.claims[milestone])
        ]
        if not mine:
            return
        rejected = [m for m in mine if not self.is_over and self.chance(0.06)]
        self.approve(self.union(m for m in mine if m not in rejected), user)
        self.union(rejected).with_user(user).action_reject("The trays are not earthed")
        for milestone in rejected:
            self.claims[milestone].state = "rejected"

    def union(self, milestones):
        return self.env["purchase.milestone"].union(*milestones)

    def approve(self, milestones, user):
        """Approve, and enter in the ledger what was approved in whose name."""
        rules = {m: self.get_open_rule(self.claims[m]) for m in milestones}
        meant = {m: self.get_turns(self.claims[m])[user] for m in milestones}
        milestones.with_user(user).action_approve()
        for milestone in milestones:
            claim, approval = self.claims[milestone], milestone.approval_ids[-1]
            absent = approval.on_behalf_of_id or approval.user_id
            self.assertEqual((approval.user_id, approval.rule_id), (user, rules[milestone]))
            self.assertIn(absent, meant[milestone])
            claim.given.append((rules[milestone], user, absent))
            if not rules[milestone] or not self.get_open_rule(claim):
                claim.state = "approved"
            self.assertEqual(milestone.state, claim.state)
            self.decisions += 1

    # ------------------------------------------------------------------
    # What is asserted
    # ------------------------------------------------------------------

    def get_asked(self):
        """Return ``{milestone: users}`` of the open activities; none may be there twice."""
        activities = self.env["mail.activity"]._read_group(
            [
                ("res_model", "=", "purchase.milestone"),
                ("activity_type_id", "=", self.env.ref(APPROVAL).id),
            ],
            ["res_id", "user_id"],
            ["__count"],
        )
        asked = defaultdict(set)
        for milestone_id, user, count in activities:
            self.assertEqual(count, 1, f"{user.name} is asked {count} times")
            asked[self.env["purchase.milestone"].browse(milestone_id)].add(user)
        return asked

    def check_asked(self):
        """Whatever waits has somebody asked who may decide, and nobody who may not."""
        asked = self.get_asked()
        waiting = self.in_state("completed")
        self.assertLessEqual(asked.keys(), set(waiting))
        user = self.random.choice(self.people)
        turns = set()
        for milestone in waiting:
            entitled = set(self.get_turns(self.claims[milestone]))
            self.assertTrue(asked[milestone], f"{self.day}: nobody is asked, {entitled} could")
            if entitled:
                self.assertLessEqual(asked[milestone], entitled)
            if user in asked[milestone] and self.get_regular_turns(self.claims[milestone]):
                turns.add(milestone)
        found = self.env["purchase.milestone"].search([("waiting_for_ids", "in", user.ids)])
        self.assertEqual(set(found), turns, f"{self.day}: {user.login}")
