"""Fed to ``odoo shell``: makes what pages load, which each test with a browser makes otherwise."""

env["ir.qweb"]._pregenerate_assets_bundles()  # noqa: F821
env.cr.commit()  # noqa: F821
