"""Which attachments go to S3: those of milestones, of chosen models, or all; and the way back."""

import base64
import io
from unittest.mock import patch

from PIL import Image

from odoo.exceptions import ValidationError
from odoo.tests import new_test_user, tagged

from .common import STORAGE, S3Common

SMALL_IMAGE = 2**16


@tagged("post_install", "-at_install", "slow")
class TestS3Scope(S3Common):
    def setUp(self):
        super().setUp()
        self.partner = self.env["res.partner"].create(
            {"name": "Quay Builders", "company_id": self.company.id}
        )

    def add(self, content, record=None, **values):
        """Return a new attachment of a record, or of none."""
        if record is not None:
            values = {"res_model": record._name, "res_id": record.id, **values}
        return self.env["ir.attachment"].create({"name": "Note.txt", "raw": content, **values})

    def models(self, *names):
        return [(6, 0, [self.env["ir.model"]._get_id(name) for name in names])]

    def assert_in_s3(self, *attachments):
        for attachment in attachments:
            self.assertTrue(attachment.store_fname.startswith(f"s3:{self.bucket.id}/"))
            self.assertTrue(self.content_in_s3(attachment) == attachment.raw)

    def assert_local(self, *attachments):
        for attachment in attachments:
            self.assertNotIn(":", attachment.store_fname, attachment.read(["name", "res_field"]))
            self.assertTrue(attachment.raw)

    def picture(self, side):
        """Return a picture that cannot be made small."""
        buffer = io.BytesIO()
        Image.effect_noise((side, side), 100).save(buffer, "PNG")
        return base64.b64encode(buffer.getvalue())

    # ------------------------------------------------------------------
    # What goes
    # ------------------------------------------------------------------

    def test_what_waits_is_counted_in_several_steps(self):
        """Whatever their number, and whoever else has attachments of the same model."""
        self.bucket.scope = "all"
        elsewhere = self.env["res.company"].create({"name": "Harbour Works Ltd"})
        theirs = self.env["res.partner"].create({"name": "Theirs", "company_id": elsewhere.id})
        for number in range(1, 7):
            owner = theirs if number % 3 == 0 else self.partner
            self.add(b"x" * number, owner)
            self.add(b"y" * number)
            for at_once in (1, 2, 3, 100):
                with (
                    self.subTest(number=number, at_once=at_once),
                    patch(f"{STORAGE}.s3_bucket_scope.COUNTED_AT_ONCE", at_once),
                ):
                    self.bucket.invalidate_recordset()
                    own = [n for n in range(1, number + 1) if n % 3]
                    sums = self.bucket._sum_waiting()
                    self.assertEqual(sums["res.partner"], (len(own), sum(own)))
                    self.assertEqual(sums[None], (number, sum(range(1, number + 1))))
                    total = sum(count for count, _size in sums.values())
                    self.assertEqual(self.bucket.waiting_count, total)

    def test_documents_of_milestones_by_default(self):
        self.bucket.action_activate()
        document, other = self.attach(), self.add(b"Of a partner", self.partner)
        self.offload()
        self.assert_in_s3(document)
        self.assert_local(other)

    def test_chosen_models(self):
        self.bucket.write({"scope": "models", "model_ids": self.models("res.partner")})
        self.bucket.action_activate()
        document, other = self.attach(), self.add(b"Of a partner", self.partner)
        order = self.add(b"Of an order", self.order)
        self.offload()
        self.assert_in_s3(other)
        self.assert_local(document, order)

    def test_models_must_be_chosen(self):
        with self.refused("Choose the models", ValidationError):
            self.bucket.scope = "models"

    def test_all_attachments(self):
        self.bucket.scope = "all"
        self.bucket.action_activate()
        shared = self.env["res.partner"].create({"name": "Of all companies"})
        attachments = (
            self.attach(),
            self.add(b"Of a partner", self.partner),
            self.add(b"Of a partner of all companies", shared),
            self.add(b"Of an order", self.order),
            self.add(b"Of no record"),
        )
        self.offload()
        self.assert_in_s3(*attachments)
        self.assertEqual(self.bucket.waiting_count, 0)

    def test_small_files_stay(self):
        self.bucket.write({"scope": "all", "min_size": 100})
        self.bucket.action_activate()
        small, large = self.add(b"x" * 99), self.add(b"x" * 100)
        self.offload()
        self.assert_local(small)
        self.assert_in_s3(large)

    def test_what_never_leaves(self):
        """Assets, data of modules, small images of records, and what is served without login."""
        self.bucket.scope = "all"
        self.bucket.action_activate()
        bundle = self.env["ir.qweb"]._get_asset_bundle("web.assets_backend")
        data = self.add(b"Of a module")
        self.env["ir.model.data"].create(
            {"module": "sale", "name": "a_file", "model": data._name, "res_id": data.id}
        )
        self.partner.image_1920 = self.picture(100)
        [small] = self.env["ir.attachment"].search(
            [("res_model", "=", "res.partner"), ("res_field", "=", "image_1920")]
            + [("res_id", "=", self.partner.id)]
        )
        self.assertLess(small.file_size, SMALL_IMAGE)
        menu = self.env["ir.ui.menu"].search([], limit=1)
        stay = (
            *(data, small, self.add(b"Public", self.partner, public=True)),
            self.add(b"a{}", url="/web/assets/x/y.css", res_model="ir.ui.view", public=True),
            self.add(b"Page", url="/logo.txt"),
            self.add(b"Of a menu", menu),
            bundle.css(),
        )
        exported = self.add(b"Exported once")
        self.env["ir.model.data"].create(
            {"module": "__export__", "name": "x", "model": data._name, "res_id": exported.id}
        )
        self.offload()
        self.assert_local(*stay)
        self.assert_in_s3(exported)

    def test_large_images_of_records_go(self):
        self.bucket.scope = "all"
        self.bucket.action_activate()
        self.partner.image_1920 = self.picture(400)
        of_field = [
            ("res_model", "=", "res.partner"),
            ("res_id", "=", self.partner.id),
            ("res_field", "!=", False),
        ]
        images = self.env["ir.attachment"].search(of_field)
        large = images.filtered(lambda image: image.file_size >= SMALL_IMAGE)
        before = self.partner.read(["image_1920", "avatar_128"])
        self.offload()
        self.assert_in_s3(*large)
        self.assert_local(*(images - large))
        self.assertEqual(self.partner.read(["image_1920", "avatar_128"]), before)
        partners = self.partner + self.partner.copy()
        self.assertTrue(all(row["image_1920"] for row in partners.read(["image_1920"])))

    def test_other_companies_attachments_stay(self):
        elsewhere = self.env["res.company"].create({"name": "Harbour Works Ltd"})
        theirs = self.env["res.partner"].create({"name": "Theirs", "company_id": elsewhere.id})
        shared = self.env["res.partner"].create({"name": "Of all companies"})
        self.bucket.scope = "all"
        self.bucket.action_activate()
        others = (
            self.add(b"Of their partner", theirs),
            self.add(b"Theirs, of a shared partner", shared, company_id=elsewhere.id),
            self.add(b"Of no record", company_id=elsewhere.id),
        )
        self.offload()
        self.assert_local(*others)
        other = self.new_bucket(company_id=elsewhere.id, scope="all")
        other.action_activate()
        self.offload()
        for attachment in others:
            self.assertTrue(attachment.store_fname.startswith(f"s3:{other.id}/"))

    def test_action_is_woken_by_what_belongs_there_only(self):
        triggers = self.env["ir.cron.trigger"]
        cases = (
            ({"scope": "milestones"}, False, True),
            ({"scope": "models", "model_ids": self.models("res.partner")}, True, False),
            ({"scope": "all"}, True, True),
            ({"scope": "all", "min_size": 1000}, False, False),
        )
        self.bucket.action_activate()
        for number, (values, by_partner, by_milestone) in enumerate(cases):
            self.bucket.write({"model_ids": False, "min_size": 0, "scope": "milestones"})
            self.bucket.write(values)
            for add, expected in (
                (lambda: self.add(b"Partner %d" % number, self.partner), by_partner),  # noqa: B023
                (lambda: self.attach(content=b"Milestone %d" % number), by_milestone),  # noqa: B023
            ):
                triggers.search([]).unlink()
                add()
                with self.subTest(values=values):
                    self.assertEqual(bool(triggers.search([])), expected)

    # ------------------------------------------------------------------
    # Preview, and the way back
    # ------------------------------------------------------------------

    def lines(self):
        """Return count and bytes of the preview's lines by what they are about."""
        found = self.bucket.finding_ids.filtered(lambda finding: finding.kind == "scope")
        return {(line.name, line.detail): (line.count, line.size) for line in found}

    def test_preview_counts_and_moves_nothing(self):
        administrator = new_test_user(self.env, "ms_admin", "base.group_system")
        attachments = [
            *(self.attach(content=b"12345"), self.attach(content=b"123")),
            self.add(b"1234567", self.partner),
        ]
        to_s3 = "To be moved to S3"
        self.assertIs(self.bucket.with_user(administrator).action_preview_scope(), True)
        self.assertEqual(self.lines(), {("Purchase Milestone", to_s3): (2, 8)})
        self.bucket.write({"scope": "models", "model_ids": self.models("res.partner")})
        self.bucket.action_preview_scope()
        before = {("Contact", to_s3): (1, 7)}
        self.assertEqual(self.lines(), before)
        self.assert_local(*attachments)
        self.bucket.action_activate()
        self.offload()
        self.bucket.action_pause()
        self.bucket.scope = "milestones"
        self.bucket.action_preview_scope()
        back = {("Purchase Milestone", to_s3): (2, 8), ("Contact", "To be brought back"): (1, 7)}
        self.assertEqual(self.lines(), back)
        self.assert_in_s3(attachments[-1])

    def test_model_that_is_taken_out_comes_back(self):
        names = ("res.partner", "purchase.milestone")
        self.bucket.write({"scope": "models", "model_ids": self.models(*names)})
        self.bucket.action_activate()
        document = self.attach()
        others = [self.add(b"Of a partner %d" % n, self.partner) for n in range(3)]
        self.offload()
        self.assert_in_s3(document, *others)
        self.bucket.model_ids = self.models("purchase.milestone")
        self.offload()
        self.assert_in_s3(document)
        self.assert_local(*others)
        self.assertEqual(others[2].raw, b"Of a partner 2")
        self.assertFalse(self.bucket.scope_changed)
        self.assertEqual((self.bucket.stored_count, self.bucket.orphaned_count), (1, 3))
        with self.recorded() as operations:
            self.offload()
        self.assertFalse(operations, "it is done")

    def test_way_back_continues_where_it_stopped(self):
        self.bucket.scope = "all"
        self.bucket.action_activate()
        others = [self.add(b"Of a partner %d" % n, self.partner) for n in range(3)]
        self.offload()
        self.bucket.scope = "milestones"
        self.kill_at(type(self.bucket), "_place_file")
        self.assert_in_s3(*others)
        self.offload()
        self.assert_local(*others)

    def test_what_becomes_public_comes_back(self):
        document = self.stored(content=b"For everybody")
        document.public = True
        self.offload()
        self.assert_local(document)
        self.assertEqual(document.raw, b"For everybody")

    def test_uninstalled_scope_does_not_keep_drained_files(self):
        self.bucket.scope = "all"
        self.bucket.action_activate()
        attachments = (self.attach(), self.add(b"Of a partner", self.partner))
        self.offload()
        self.assert_in_s3(*attachments)
        self.bucket.action_drain()
        self.offload()
        self.assert_local(*attachments)
        self.assertEqual((self.bucket.state, self.bucket.stored_count), ("draft", 0))
