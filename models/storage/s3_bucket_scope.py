from typing import NamedTuple

from odoo import api, fields, models, tools
from odoo.exceptions import ValidationError
from odoo.tools import SQL

from .ir_attachment import LOCAL, MAY_LEAVE, escape

COUNTED_AT_ONCE = 10_000  # attachments that one query looks at
MODELS_WITH_FILES = SQL(
    """
    WITH RECURSIVE found AS (
        (SELECT attachment.res_model
           FROM ir_attachment attachment
          WHERE %(local)s
          ORDER BY attachment.res_model
          LIMIT 1)
      UNION ALL
        SELECT (SELECT attachment.res_model
                  FROM ir_attachment attachment
                 WHERE %(local)s AND attachment.res_model > found.res_model
                 ORDER BY attachment.res_model
                 LIMIT 1)
          FROM found
         WHERE found.res_model IS NOT NULL
    )
    SELECT res_model FROM found WHERE res_model IS NOT NULL
    """,
    local=escape(LOCAL),
)
# Data files of modules belong to the module's files, not to the company's.
NO_MODULE_DATA = SQL(
    """
    NOT EXISTS (
        SELECT FROM ir_model_data data
         WHERE data.model = 'ir.attachment'
           AND data.res_id = attachment.id
           AND data.module NOT IN ('__export__', '__import__'))
    """
)


class Scope(NamedTuple):
    """Which attachments an active bucket takes, for a quick look at one that was just written."""

    models: frozenset | None  # None: all
    min_size: int
    with_fields: bool  # whether contents of fields go too

    def takes(self, attachment):
        """Return whether the attachment may belong there, as far as its own values tell."""
        return (
            (self.models is None or attachment.res_model in self.models)
            and attachment.file_size >= self.min_size
            and (self.with_fields or not attachment.res_field)
        )


class S3Bucket(models.Model):
    """Which documents of the company belong in the bucket.

    Never what is part of Odoo itself (assets, data of modules), what is served without login, or
    small images of records: see `MAY_LEAVE`.
    """

    _inherit = "s3.bucket"

    scope = fields.Selection(
        selection=[
            ("milestones", "Documents of milestones"),
            ("models", "Attachments of chosen models"),
            ("all", "All attachments"),
        ],
        string="Which Documents",
        default="milestones",
        required=True,
        tracking=True,
        help="Attachments of the company that are moved to S3. Assets, data of modules, what is "
        "served without login, and images below 64 KiB in fields always stay on this server.",
    )
    model_ids = fields.Many2many(
        comodel_name="ir.model",
        string="Models",
        domain="[('transient', '=', False), ('abstract', '=', False)]",
    )
    min_size = fields.Integer(
        string="Smallest File", help="In bytes. Smaller files stay on this server."
    )

    _min_size_positive = models.Constraint(
        "CHECK(min_size >= 0)", "The smallest file cannot have less than 0 bytes."
    )

    @api.constrains("scope", "model_ids")
    def _check_models(self):
        for bucket in self:
            if bucket.scope == "models" and not bucket.model_ids:
                raise ValidationError(self.env._("Choose the models whose attachments go to S3."))

    def action_preview_scope(self):
        """Show what would be moved and what would be brought back, by model; move nothing."""
        self.check_access("write")
        for bucket in self:
            bucket._show_findings("scope", bucket._preview_scope())
        return True

    def _preview_scope(self):
        lines = []
        for direction, sums in (
            (self.env._("To be moved to S3"), self._sum_waiting()),
            (
                self.env._("To be brought back"),
                self._sum_outside() if self.scope_changed else {},
            ),
        ):
            for name, (count, size) in sorted(sums.items(), key=lambda item: item[0] or ""):
                # sudo: ir.model - to know the name that users see
                label = name and self.env["ir.model"].sudo()._get(name).name
                model = label or name or self.env._("Attachments of no record")
                lines.append(
                    {
                        **self._finding(model, "ok", direction),
                        "count": count,
                        "size": size,
                    }
                )
        if not lines:
            nothing = self.env._("Nothing is to be moved.")
            lines.append(self._finding(self.env._("Which documents"), "ok", nothing))
        return lines

    # ------------------------------------------------------------------
    # What belongs here
    # ------------------------------------------------------------------

    @api.model
    @tools.ormcache()
    def _get_active_scopes(self):
        """Return the `Scope` of each company that has an active bucket, by the company's id."""
        # sudo: s3.bucket - whoever adds a document has no right to the bucket's settings
        active = self.sudo().search([("state", "=", "active")])
        return {
            bucket.company_id.id: Scope(
                None if bucket.scope == "all" else frozenset(bucket._get_scope_models()),
                bucket.min_size,
                bucket.scope != "milestones",
            )
            for bucket in active
        }

    def _get_scope_models(self):
        """Return the names of the models whose attachments may belong here, None for no model."""
        if self.scope == "all":
            return [*(name for (name,) in self.env.execute_query(MODELS_WITH_FILES)), None]
        if self.scope == "models":
            return self.model_ids.mapped("model")
        return self.env["ir.attachment"]._s3_models()

    def _get_scope_condition(self, name):
        """Return the SQL that says which attachments of a model belong in this bucket."""
        conditions = [
            escape(MAY_LEAVE),
            self._get_model_condition(name),
            SQL("attachment.file_size >= %s", self.min_size),
            self.env["ir.attachment"]._s3_company_condition(name, self.company_id.id),
        ]
        if self.scope == "milestones":
            conditions.append(SQL("attachment.res_field IS NULL"))
        else:
            conditions.append(NO_MODULE_DATA)
        return SQL(" AND ").join(conditions)

    def _get_model_condition(self, name):
        if name:
            return SQL("attachment.res_model = %s", name)
        return SQL("attachment.res_model IS NULL")

    def _find_waiting(self, name, failed, last_id, limit):
        """Return attachments of a model that are to be moved, in the order of their ids.

        :param failed: whether those that failed before, and whose pause is over, are asked for; or
            else those that did not
        """
        self.env.flush_all()
        rows = self.env.execute_query(
            SQL(
                """
                SELECT attachment.id
                  FROM ir_attachment attachment
                 WHERE %(local)s
                   AND %(scope)s
                   AND attachment.id > %(last)s
                   AND %(tried)s
                 ORDER BY attachment.res_model, attachment.id
                 LIMIT %(limit)s
                """,
                local=escape(LOCAL),
                scope=self._get_scope_condition(name),
                last=last_id,
                tried=self._get_failed_condition(failed),
                limit=limit,
            )
        )
        # sudo: ir.attachment - the scheduled action moves documents of everybody
        return self.env["ir.attachment"].sudo().browse([attachment_id for (attachment_id,) in rows])

    def _get_failed_condition(self, failed):
        due = SQL("AND object.next_try <= %s", fields.Datetime.now()) if failed else SQL()
        return SQL(
            """
            %(negation)s EXISTS (
                SELECT FROM s3_object object
                 WHERE object.bucket_id = %(bucket)s
                   AND object.error IS NOT NULL
                   AND object.attachment_ref = attachment.id
                   AND object.local_fname = attachment.store_fname
                   %(due)s)
            """,
            negation=SQL() if failed else SQL("NOT"),
            bucket=self.id,
            due=due,
        )

    def _sum_waiting(self):
        """Return count and bytes of what is to be moved, by model."""
        self.env.flush_all()
        sums = {}
        for name in self._get_scope_models():
            total, size, last_id = 0, 0, 0
            while last_id is not None:
                last_id, count, more = self._sum_waiting_after(name, last_id)
                total, size = total + count, size + more
            if total:
                sums[name] = (total, size)
        return sums

    def _sum_waiting_after(self, name, last_id):
        """Add up the next files of a model; return the last id, None at their end, count and bytes.

        They are taken in the order of the index of local files, a part at a time. Asked for all of
        them at once, PostgreSQL expects so many that it looks at those in S3 as well.
        """
        query = """
            WITH local AS MATERIALIZED (
                SELECT id, res_model, res_field, res_id, company_id, type, url, public, file_size,
                       mimetype
                  FROM ir_attachment attachment
                 WHERE %(local)s AND %(model)s AND attachment.id > %(last)s
                 ORDER BY attachment.res_model, attachment.id
                 LIMIT %(limit)s)
            SELECT (SELECT max(id) FROM local HAVING count(*) = %(limit)s),
                   count(*),
                   COALESCE(sum(attachment.file_size), 0)::int8
              FROM local attachment
             WHERE %(scope)s
        """
        [found] = self.env.execute_query(
            SQL(
                query,
                local=escape(LOCAL),
                model=self._get_model_condition(name),
                last=last_id,
                limit=COUNTED_AT_ONCE,
                scope=self._get_scope_condition(name),
            )
        )
        return found

    def _count_waiting(self):
        return sum(count for count, _size in self._sum_waiting().values())
