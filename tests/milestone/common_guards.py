from odoo import SUPERUSER_ID
from odoo.tests import new_test_user

from ..common import MilestoneCommon


class GuardCommon(MilestoneCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.administrator = new_test_user(
            cls.env, "ms_admin", "base.group_system,purchase.group_purchase_manager"
        )

    def everybody(self):
        """Yield the environments of a buyer, an administrator, a module's sudo, and Odoo itself."""
        yield self.env(user=self.buyer)
        yield self.env(user=self.administrator)
        yield self.env(user=self.buyer, su=True)
        yield self.env(user=SUPERUSER_ID)

    def as_everybody(self, records):
        return (records.with_env(env) for env in self.everybody())

    def as_whom(self, env, **what):
        """Name in a failure who tried what."""
        return self.subTest(user=env.user.login, su=env.su, **what)
