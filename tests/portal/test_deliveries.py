from odoo.exceptions import AccessError
from odoo.tests import tagged

from .common import PDF, PNG, PortalCommon


@tagged("post_install", "-at_install")
class TestDeliveries(PortalCommon):
    """A vendor delivers, and the responsible accepts or returns."""

    def deliveries_to_check(self):
        """Return the activities that ask the responsible user to check a delivery."""
        kind = self.env.ref("purchase_milestone.mail_activity_type_submission")
        return self.survey.activity_ids.filtered(lambda a: a.activity_type_id == kind)

    def test_the_pages_show_what_to_deliver(self):
        self.log_in(self.supplier)
        for url in ("/my/milestones", f"/my/purchase/{self.order.id}", self.url()):
            with self.subTest(url=url):
                text = self.page(url).text_content()
                self.assertIn("Survey", text)
                self.assertIn("To deliver", text)
        self.assertTrue(self.page(self.url()).xpath("//form[contains(@action, '/deliver')]"))
        self.assertFalse(
            self.page(self.url(self.foundations)).xpath("//form[contains(@action, '/deliver')]")
        )

    def test_a_delivery_is_accepted_with_its_documents(self):
        self.log_in(self.supplier)
        files = [("Survey report.pdf", PDF), ("Site.png", PNG)]
        response = self.deliver(files=files, note="All corners measured")
        self.assertEqual(response.status_code, 303, response.text)
        delivery = self.survey.submission_ids
        self.assertEqual(delivery.state, "submitted")
        self.assertEqual(delivery.user_id, self.supplier)
        self.assertEqual(self.survey.state, "started")
        self.assertIn("being checked", self.page(self.url()).text_content())
        activity = self.deliveries_to_check()
        self.assertEqual(activity.user_id, self.buyer)
        action = self.survey.with_user(self.buyer).action_open_completion()
        self.assertEqual(
            (action["res_model"], action["res_id"]), (self.survey._name, self.survey.id)
        )
        delivery.with_user(self.buyer).action_accept()
        self.assertEqual(delivery.state, "accepted")
        self.assertEqual(self.survey.state, "completed")
        self.assertEqual(self.survey.completed_by_id, self.buyer)
        self.assertEqual(sorted(self.survey.document_ids.mapped("name")), sorted(dict(files)))
        self.assertFalse(self.deliveries_to_check())
        page = self.page(self.url())
        self.assertIn("Survey report.pdf", page.text_content())
        (link,) = page.xpath("//a[contains(., 'Survey report.pdf')]/@href")
        download = self.url_open(link)
        self.assertEqual(download.content, PDF)
        self.assertIn("attachment", download.headers["Content-Disposition"])

    def test_a_delivery_is_returned_and_delivered_again(self):
        self.log_in(self.supplier)
        self.deliver(files=[("Report.pdf", PDF)])
        delivery = self.survey.submission_ids
        with self.refused("reason"):
            self.survey.with_user(self.buyer).action_return_submission("  ")
        self.survey.with_user(self.buyer).action_return_submission("The north corner is missing")
        self.assertEqual((delivery.state, self.survey.state), ("returned", "started"))
        self.assertFalse(self.deliveries_to_check())
        for url in ("/my/milestones", self.url(), f"/my/purchase/{self.order.id}"):
            self.assertIn("The north corner is missing", self.page(url).text_content(), url)
        self.deliver(number=2, note="North corner added")
        self.assertEqual(self.survey.submission_ids.mapped("state"), ["submitted", "returned"])
        with self.refused("already"):
            delivery.with_user(self.buyer).action_accept()
        self.survey.with_user(self.buyer).action_accept_submission()
        self.assertEqual(self.survey.state, "completed")
        with self.refused("no delivery is open"):
            self.survey.with_user(self.buyer).action_accept_submission()

    def test_a_part_is_delivered(self):
        self.log_in(self.supplier)
        self.deliver(files=[("North.png", PNG)], percentage="40")
        with self.refused("a delivery of its vendor is open"):
            self.survey.with_user(self.buyer).action_complete_part(percentage=50)
        self.survey.submission_ids.with_user(self.buyer).action_accept()
        part = self.survey.part_ids
        self.assertEqual((part.state, part.amount), ("completed", 12_000))
        self.assertEqual((self.survey.state, self.survey.amount), ("started", 18_000))
        self.assertEqual(part.document_ids.mapped("name"), ["North.png"])
        self.assertIn("North.png", self.page(self.url(part)).text_content())
        self.assertEqual(self.deliver(number=2, percentage="100").status_code, 303)
        self.survey.with_user(self.buyer).action_accept_submission()
        self.assertEqual(self.survey.state, "completed")

    def test_a_repeated_request_delivers_once(self):
        self.log_in(self.supplier)
        for _time in range(3):
            self.assertEqual(self.deliver(files=[("Report.pdf", PDF)]).status_code, 303)
        self.assertEqual(len(self.survey.submission_ids.attachment_ids), 1)
        self.send_form(self.url(suffix="/withdraw"), number="1")
        self.send_form(self.url(suffix="/withdraw"), number="1")
        self.assertEqual(self.survey.submission_ids.state, "withdrawn")
        self.assertFalse(self.deliveries_to_check())
        # The request of before, once more: nothing comes of it.
        self.deliver()
        self.assertEqual(self.survey.submission_ids.state, "withdrawn")
        for number in ("0", "7", "-1", "two", "9" * 40):
            self.assertEqual(self.deliver(number=number).status_code, 422, number)
        self.assertEqual(len(self.deliveries), 1)

    def test_another_delivery_under_the_same_number_is_not_lost_silently(self):
        self.log_in(self.supplier)
        self.deliver(note="Set out")
        for user, values in (
            (self.colleague, {"note": "Set out"}),
            (self.supplier, {"note": "Set out and levelled"}),
            (self.supplier, {"note": "Set out", "percentage": "40"}),
            (self.supplier, {"note": "Set out", "files": [("Report.pdf", PDF)]}),
        ):
            self.log_in(user)
            with self.subTest(user=user.login, **values):
                answer = self.deliver(**values)
                self.assertEqual(answer.status_code, 422)
                self.assertIn("no longer up to date", answer.text)
        self.assertEqual(len(self.deliveries), 1)

    def test_only_one_delivery_is_open(self):
        self.log_in(self.supplier)
        self.deliver()
        response = self.deliver(number=2)
        self.assertEqual(response.status_code, 422)
        self.assertIn("already waiting", response.text)
        for action in ("action_complete", "action_reset"):
            with self.refused("a delivery of its vendor is open"):
                getattr(self.survey.with_user(self.buyer), action)()

    def test_only_what_is_started_is_delivered(self):
        self.log_in(self.supplier)
        response = self.deliver(self.foundations, note="<b>All</b> & done")
        self.assertEqual(response.status_code, 422)
        self.assertIn("has been started", response.text)
        self.survey.with_user(self.buyer).action_complete()
        self.assertEqual(self.deliver().status_code, 422)
        self.assertFalse(self.deliveries)

    def test_what_is_typed_wrong_is_told_and_kept(self):
        self.log_in(self.supplier)
        for percentage in ("0", "-5", "100.5", "nan", "inf", "1e9", "half", "0.001"):
            response = self.deliver(percentage=percentage, note="Corners\0 measured")
            self.assertEqual(response.status_code, 422, percentage)
            self.assertIn("more than 0 and at most 100", response.text)
        self.assertIn("measured", response.text)
        self.assertFalse(self.deliveries)
        self.assertEqual(self.deliver(note="x" * 5001).status_code, 422)
        self.assertFalse(self.deliveries)

    def test_the_script_gets_json(self):
        self.log_in(self.supplier)
        self.opener.headers["X-Requested-With"] = "XMLHttpRequest"
        self.addCleanup(self.opener.headers.pop, "X-Requested-With")
        self.assertIn("at most 100", self.deliver(percentage="101").json()["errors"][0])
        self.assertEqual(self.deliver().json(), {"url": self.url()})

    def test_a_required_document_is_asked_for_at_once(self):
        self.survey.document_required = True
        self.log_in(self.supplier)
        self.assertIn("needs a document", self.deliver().text)
        self.deliver(files=[("Report.pdf", PDF)])
        self.survey.with_user(self.buyer).action_accept_submission()
        self.assertEqual(self.survey.state, "completed")

    def test_nobody_writes_a_delivery_past_its_methods(self):
        self.log_in(self.supplier)
        self.deliver()
        delivery = self.survey.submission_ids
        with self.refused("cannot be changed"):
            delivery.sudo().state = "accepted"
        for user in (self.buyer, self.manager, self.approver):
            theirs = delivery.with_user(user)
            for mode in ("create", "write", "unlink"):
                self.assertFalse(theirs.has_access(mode))
        with self.refused("right", AccessError):
            delivery.with_user(self.approver).action_accept()

    def test_whoever_lacks_the_right_is_told_that_first(self):
        self.log_in(self.supplier)
        self.deliver()
        for method, values in (
            ("action_complete_part", {"percentage": 40}),
            ("action_return_submission", {}),
            ("action_accept_submission", {}),
        ):
            for milestone in (self.survey, self.foundations):
                with self.subTest(method=method, milestone=milestone.name):
                    with self.refused("right", AccessError):
                        getattr(milestone.with_user(self.approver), method)(**values)
                    self.company.milestone_enabled = False
                    with self.refused("switched off"):
                        getattr(milestone.with_user(self.buyer), method)(**values)
                    self.company.milestone_enabled = True
        for milestone in (self.survey, self.foundations):
            with self.refused("Give a reason"):
                milestone.with_user(self.buyer).action_return_submission()

    def test_nobody_is_asked_where_nothing_can_be_accepted(self):
        self.log_in(self.supplier)
        self.deliver()
        self.assertTrue(self.survey.activity_ids)
        for stop in (
            lambda: self.company.write({"milestone_enabled": False}),
            lambda: self.order.with_user(self.buyer).button_cancel(),
        ):
            with self.subTest():
                savepoint = self.env.cr.savepoint()
                stop()
                self.assertFalse(self.survey.activity_ids)
                savepoint.close(rollback=True)
                self.env.invalidate_all()

    def test_documents_of_a_deleted_milestone_move_to_the_order(self):
        self.log_in(self.supplier)
        self.deliver(files=[("Report.pdf", PDF)])
        document = self.survey.submission_ids.attachment_ids
        self.survey.with_user(self.buyer).action_return_submission("Not yet")
        self.survey.with_user(self.buyer).action_reset()
        self.survey.with_user(self.buyer).unlink()
        self.assertEqual((document.res_model, document.res_id), ("purchase.order", self.order.id))
