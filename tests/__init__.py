from odoo.sql_db import db_connect
from odoo.tests.common import get_db_name

from .storage import test_s3_amazon
from .storage import test_s3_bucket
from .storage import test_s3_checks
from .storage import test_s3_collect
from .storage import test_s3_copies
from .storage import test_s3_doors
from .storage import test_s3_download
from .storage import test_s3_audit
from .storage import test_s3_capabilities
from .storage import test_s3_drain
from .storage import test_s3_everything
from .storage import test_s3_faults
from .storage import test_s3_faults_reads
from .storage import test_s3_fence
from .storage import test_s3_kills
from .storage import test_s3_large_files
from .storage import test_s3_ledger
from .storage import test_s3_local_files
from .storage import test_s3_logs
from .storage import test_s3_offload
from .storage import test_s3_pauses
from .storage import test_s3_races
from .storage import test_s3_reported_servers
from .storage import test_s3_read
from .storage import test_s3_scope
from .storage import test_s3_screens
from .storage import test_s3_security
from .storage import test_s3_use
from .milestone import test_amounts
from .milestone import test_amounts_properties
from .milestone import test_currencies
from .milestone import test_guards
from .milestone import test_guards_documents
from .milestone import test_guards_order
from .milestone import test_guards_plan
from .milestone import test_import
from .milestone import test_lifecycle
from .milestone import test_merge
from .milestone import test_parts
from .milestone import test_parts_properties
from .milestone import test_print
from .milestone import test_queries
from .milestone import test_races
from .milestone import test_switch
from .milestone import test_templates
from .milestone import test_tours
from .milestone import test_translations
from .milestone import test_screens
from .milestone import test_views
from .retention import test_final_acceptance
from .retention import test_races_retention
from .retention import test_retention_held
from .retention import test_retention_properties
from .retention import test_retention_release
from .retention import test_release_dialog
from .retention import test_template_terms
from .retention import test_tours_retention
from .billing import test_billing_accounts
from .billing import test_billing_advances
from .billing import test_billing_companies
from .billing import test_billing_closing
from .billing import test_billing_corrections
from .billing import test_billing_doors
from .billing import test_billing_foreign_lines
from .billing import test_billing_forfeits
from .billing import test_billing_guards
from .billing import test_billing_line_guards
from .billing import test_billing_lines
from .billing import test_billing_own_amounts
from .billing import test_billing_parts
from .billing import test_billing_neighbours
from .billing import test_billing_own_properties
from .billing import test_billing_plain
from .billing import test_billing_posted
from .billing import test_billing_properties
from .billing import test_billing_published
from .billing import test_billing_races
from .billing import test_billing_releases
from .billing import test_billing_screens
from .billing import test_billing_revoked
from .billing import test_billing_rights
from .billing import test_billing_rights_rpc
from .billing import test_billing_setup
from .billing import test_billing_several
from .billing import test_billing_taxes
from .billing import test_milestone_forecast
from .billing import test_reports
from .billing import test_retention_report
from .billing import test_retention_tie_out
from .billing import test_tours_billing
from .approval import test_activity_plans
from .approval import test_approval_races
from .approval import test_approval_rules
from .approval import test_digest
from .approval import test_evidence
from .approval import test_evidence_s3
from .approval import test_links
from .approval import test_nobody_left
from .approval import test_reminders
from .approval import test_tours_approval
from .approval import test_waiting
from .approval import test_year
from .certificate import test_certificate_bills
from .certificate import test_certificate_doors
from .certificate import test_certificate_first
from .certificate import test_certificate_languages
from .certificate import test_certificate_lives
from .certificate import test_certificate_print
from .certificate import test_certificate_properties
from .certificate import test_certificate_published
from .certificate import test_certificate_races
from .certificate import test_certificate_same_figures
from .certificate import test_tours_certificate
from .portal import test_deliveries
from .portal import test_delivery_races
from .portal import test_portal_access
from .portal import test_portal_billing
from .portal import test_portal_files
from .portal import test_portal_foreign_ids
from .portal import test_portal_mails
from .portal import test_portal_queries
from .portal import test_portal_races
from .portal import test_portal_retention
from .portal import test_portal_s3
from .portal import test_portal_secrets
from .portal import test_portal_strangers
from .portal import test_tours_portal
from .access import test_access
from .access import test_access_companies
from .access import test_access_forms
from .access import test_access_orders
from .access import test_doors
from .access import test_doors_approval
from .access import test_doors_orders


def in_database(module):
    """Return whether the module is, or is about to be, in the database that is tested."""
    with db_connect(get_db_name()).cursor() as cr:
        cr.execute(
            "SELECT FROM ir_module_module"
            " WHERE name = %s AND state IN ('installed', 'to install', 'to upgrade')",
            [module],
        )
        return bool(cr.rowcount)


# How the addon goes with other modules: Odoo's runner takes what is imported here.
if in_database("account_edi_ubl_cii"):
    from .with_account_edi_ubl_cii import test_ebills
    from .with_account_edi_ubl_cii import test_vendor_documents
if in_database("base_automation"):
    from .with_base_automation import test_automation
if in_database("purchase_stock"):
    from .with_purchase_stock import test_billing
    from .with_purchase_stock import test_receipts
