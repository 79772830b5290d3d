from odoo import api, fields, models

from .ir_attachment import in_s3


class S3ObjectDropped(models.Model):
    """Names of objects that an attachment has dropped, or that do not belong in S3 any more.

    A row is added in the transaction of that, so it goes with a rollback, and nobody waits for
    anybody. The scheduled actions look at these objects instead of at all that are stored.
    """

    _name = "s3.object.dropped"
    _description = "Object in S3 That May Not Be Needed Any More"
    _rec_name = "store_fname"
    _order = "id"
    _log_access = False
    _allow_sudo_commands = False

    # No foreign key: nobody who deletes a document must be stopped by it.
    bucket_ref = fields.Integer(string="Bucket", required=True, index=True, readonly=True)
    store_fname = fields.Char(required=True, readonly=True)
    to_return = fields.Boolean(
        readonly=True, help="An attachment refers to it, but its content must come back."
    )

    @api.model
    def _add(self, store_fname, to_return=False):
        """Note that an attachment does not refer to an object any more.

        :param to_return: it does, but the content does not belong in S3 any more
        """
        if in_s3(store_fname):
            number = store_fname.removeprefix("s3:").partition("/")[0]
            # sudo: s3.object.dropped - whoever deletes a document has no right to the ledger
            self.sudo().create(
                {
                    "bucket_ref": int(number),
                    "store_fname": store_fname,
                    "to_return": to_return,
                }
            )
