from odoo.exceptions import AccessError
from odoo.tests import new_test_user, tagged

from .common_reports import ReportsCommon


@tagged("post_install", "-at_install")
class TestReportsForReaders(ReportsCommon):
    """Who reads the reports, and where they are found."""

    actions = (
        "purchase_retention_report_action",
        "purchase_milestone_forecast_action",
        "purchase_milestone_report_action",
    )

    def test_each_view_opens_for_each_reader(self):
        for name in self.actions:
            action = self.env.ref(f"purchase_milestone.{name}")
            views = [(False, mode) for mode in (*action.view_mode.split(","), "search")]
            self.assertLessEqual({"list", "pivot", "graph"}, {mode for _id, mode in views})
            for user in self.readers():
                model = self.env[action.res_model].with_user(user)
                self.assertEqual(len(model.get_views(views)["views"]), len(views))
                model.search([])

    def test_nobody_else_reads_them(self):
        strangers = (
            new_test_user(self.env, "ms_portal", "base.group_portal"),
            self.new_storekeeper(),
        )
        for user in strangers:
            for name in self.actions:
                model = self.env.ref(f"purchase_milestone.{name}").res_model
                with self.assertRaises(AccessError):
                    self.env[model].with_user(user).search([])

    def test_nobody_writes_them(self):
        for name in self.actions:
            model = self.env[self.env.ref(f"purchase_milestone.{name}").res_model]
            for user in self.readers():
                for operation in ("create", "write", "unlink"):
                    self.assertFalse(model.with_user(user).has_access(operation))

    def test_menus_show_as_long_as_milestones_are_in_use(self):
        menus = [
            self.env.ref(f"purchase_milestone.{name}").id
            for name in (
                "purchase_retention_report_menu",
                "purchase_milestone_forecast_menu",
                "purchase_milestone_report_menu",
                "purchase_retention_report_menu_account",
            )
        ]
        manager = new_test_user(
            self.env,
            "ms_chief",
            "purchase.group_purchase_manager,account.group_account_readonly",
        )
        visible = self.env["ir.ui.menu"].with_user(manager)._visible_menu_ids()
        self.assertLessEqual(set(menus), set(visible))
        self.env["res.company"].search([]).milestone_enabled = False
        visible = self.env["ir.ui.menu"].with_user(manager)._visible_menu_ids()
        self.assertFalse(set(menus) & set(visible))
