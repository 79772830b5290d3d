import contextlib
from itertools import product

from odoo.exceptions import AccessError, MissingError, UserError
from odoo.tests import new_test_user, tagged
from odoo.tools import mute_logger

from .common_strangers import S3StrangersCommon


@tagged("post_install", "-at_install", "slow")
class TestS3Ledger(S3StrangersCommon):
    """The models behind the documents, for everybody who may or may not read documents."""

    def attempts(self, records):
        """Return what somebody may try on records of a model, by name."""
        model = records.browse()
        first = next(
            name for name in ("key", "detail", "prefix", "bucket_id") if name in model._fields
        )
        dotted = f"bucket_id.{first}" if first == "bucket_id" else first
        return {
            "read": lambda: records.read(),
            "get": lambda: records.mapped(first),
            "web_read": lambda: records.web_read({first: {}}),
            "search": lambda: model.search([]),
            "search by value": lambda: model.search([(first, "!=", False)]),
            "search_count": lambda: model.search_count([(dotted, "!=", False)]),
            "search_read": lambda: model.search_read([], [first]),
            "web_search_read": lambda: model.web_search_read([], {first: {}}),
            "name_search": lambda: model.name_search(""),
            "formatted_read_group": lambda: model.formatted_read_group([], [first], ["__count"]),
            "web_read_group": lambda: model.web_read_group([], [first]),
            "export": lambda: records.export_data([first]),
            "copy": lambda: records.copy(),
            "write": lambda: records.write({first: "X"}),
            "web_save": lambda: records.web_save({first: "X"}, {first: {}}),
            "create": lambda: model.create({"name": "Own", "bucket": "own-bucket", first: "X"}),
            "unlink": lambda: records.unlink(),
        }

    def kinds(self):
        bucket = self.bucket
        bucket.action_test_connection()
        return {
            "s3.object": self.row_of(self.document),
            "s3.bucket.finding": bucket.finding_ids,
            "s3.credential": self.env["s3.credential"].search([]),
            "s3.bucket": bucket,
        }

    @mute_logger("odoo.addons.base.models.ir_model", "odoo.addons.base.models.ir_rule")
    def test_ledger_is_the_administrators_to_read_only(self):
        elsewhere = new_test_user(
            self.env,
            "ms_settings_elsewhere",
            "base.group_system",
            company_id=self.harbour.id,
            company_ids=[(6, 0, self.harbour.ids)],
        )
        others = (self.clerk, self.outsider, self.vendor_user, self.public_user, self.buyer)
        others += (self.manager, self.approver, self.release_officer)
        changing = {"copy", "write", "web_save", "create", "unlink"}
        for name, records in self.kinds().items():
            for user in others:
                for attempt in self.attempts(records):
                    with self.subTest(model=name, user=user.login, attempt=attempt):
                        self.check_refused(records, user, attempt)
            for attempt in self.attempts(records):
                if name == "s3.credential" or (attempt in changing and name != "s3.bucket"):
                    with self.subTest(model=name, attempt=attempt):
                        self.check_refused(records, self.administrator, attempt)
                with self.subTest(model=name, attempt=attempt, company="another one"):
                    self.check_sees_nothing(records, elsewhere, attempt)

    def check_refused(self, records, user, attempt):
        self.env.invalidate_all()
        # Who exports needs a right to that first, which not everybody has.
        with self.refused("", UserError if attempt == "export" else AccessError):
            self.attempts(records.with_user(user))[attempt]()

    def check_sees_nothing(self, records, user, attempt):
        """An administrator of another company may ask, and finds none of ours."""
        self.env.invalidate_all()
        answer = None
        with contextlib.suppress(AccessError, MissingError), self.env.cr.savepoint():
            answer = self.attempts(records.with_user(user))[attempt]()
            self.env.flush_all()
        for known in (
            *self.secrets,
            self.bucket.prefix + "/",
            self.bucket.bucket,
            self.bucket.name,
        ):
            self.assertNotIn(known, str(answer))

    def test_bucket_writes_no_rows_of_the_ledger(self):
        bucket = self.bucket.with_user(self.administrator)
        # Whose transaction it is, as in a request: Odoo looks there who gives commands.
        self.patch(self.env.transaction, "default_env", bucket.env)
        for field in ("object_ids", "finding_ids"):
            rows = self.bucket[field]
            for command in (
                (0, 0, {"key": "odoo/x", "store_fname": "s3:1/odoo/x", "size": 1, "sha256": "x"}),
                *((number, row.id, {"key": "X"}) for row in rows[:1] for number in (1, 2, 3, 4)),
                (5, 0, 0),
                (6, 0, []),
            ):
                with self.subTest(field=field, command=command):
                    with contextlib.suppress(AccessError), self.env.cr.savepoint():
                        bucket.write({field: [command]})
                        self.env.flush_all()
                    self.env.invalidate_all()
                    self.assertEqual(self.bucket[field], rows)
                    self.assertFalse(rows.filtered(lambda row: row.key == "X"))

    def test_place_cannot_be_moved_by_any_way(self):
        bucket = self.bucket.with_user(self.administrator)
        values = {
            "bucket": "elsewhere",
            "prefix": "elsewhere",
            "endpoint_url": "https://s3.example.com",
            "company_id": self.harbour.id,
        }
        self.administrator.company_ids += self.harbour
        ways = {
            "write": lambda values: bucket.write(values),
            "assign": lambda values: bucket.update(values),
            "web_save": lambda values: bucket.web_save(values, {}),
            "import": lambda values: self.imported(bucket, values),
            "two": lambda values: (bucket | bucket.copy({"company_id": self.harbour.id})).write(
                values
            ),
        }
        for (name, value), (way, attempt) in product(values.items(), ways.items()):
            with self.subTest(field=name, way=way), self.refused("holds documents"):
                attempt({name: value})

    def imported(self, bucket, values):
        [(name, value)] = values.items()
        name, value = ("company_id/.id", str(value)) if name == "company_id" else (name, value)
        messages = bucket.load([".id", name], [[str(bucket.id), value]])["messages"]
        raise UserError(str(messages))
