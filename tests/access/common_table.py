"""Who may do what, and what of the addon the table need not name."""

# Methods stand without their `action_`. The outsider has every right but the manager's, in another
# company.
WHO_MAY = """
                              buyer manager approver officer  bills auditor clerk vendor outsider
milestone read                  x      x       x        x       x      x      .     .       .
milestone create                x      x       .        .       .      .      .     .       .
milestone write                 x      x       .        .       .      .      .     .       .
milestone unlink                x      x       .        .       .      .      .     .       .
milestone start                 x      x       .        .       .      .      .     .       .
milestone reset                 x      x       .        .       .      .      .     .       .
milestone complete              x      x       .        .       .      .      .     .       .
milestone complete_part         x      x       .        .       .      .      .     .       .
milestone merge_back            x      x       .        .       .      .      .     .       .
milestone rework                x      x       .        .       .      .      .     .       .
milestone approve               .      .       x        .       .      .      .     .       .
milestone reject                .      .       x        .       .      .      .     .       .
milestone revoke                .      .       x        .       .      .      .     .       .
milestone close_rest            .      .       x        .       .      .      .     .       .
milestone reopen_rest           .      .       x        .       .      .      .     .       .
milestone verify_evidence       x      x       x        x       x      x      .     .       .
milestone accept_submission     x      x       .        .       .      .      .     .       .
milestone return_submission     x      x       .        .       .      .      .     .       .
submission read                 x      x       x        x       x      x      .     .       .
submission accept               x      x       .        .       .      .      .     .       .
submission return               x      x       .        .       .      .      .     .       .
milestone create_bill           x      x       .        .       x      .      .     .       .
milestone view_bills            x      x       .        .       x      x      .     .       .
bill update_retention           x      x       .        .       x      .      .     .       .
bill view_milestones            x      x       .        .       x      x      .     .       .
bill view_certificates          x      x       .        .       x      x      .     .       .
bill view_milestone_documents   x      x       .        .       x      x      .     .       .
completion confirm              x      x       .        .       .      .      .     .       .
part confirm                    x      x       .        .       .      .      .     .       .
new_release confirm             .      .       .        x       .      .      .     .       .
reason reject                   .      .       x        .       .      .      .     .       .
reason revoke                   .      .       x        .       .      .      .     .       .
order read                      x      x       x        x       x      x      .     x       .
order read_plan                 x      x       x        x       x      x      .     .       .
order read_lines                x      x       x        x       x      x      .     x       .
order write                     x      x       .        .       x      .      .     .       .
order final_acceptance          .      .       x        .       .      .      .     .       .
order revoke_acceptance         .      .       x        .       .      .      .     .       .
order release_retention         .      .       .        x       .      .      .     .       .
order issue_certificate         .      .       x        .       .      .      .     .       .
order view_certificates         x      x       x        x       x      x      .     .       .
order save_milestone_template   .      x       .        .       .      .      .     .       .
template read                   x      x       .        .       .      .      .     .       .
template create                 .      x       .        .       .      .      .     .       .
template write                  .      x       .        .       .      .      .     .       .
template unlink                 .      x       .        .       .      .      .     .       .
template apply                  x      x       .        .       .      .      .     .       .
release read                    x      x       x        x       x      x      .     .       .
release create                  .      .       .        x       .      .      .     .       .
release write                   .      .       .        x       .      .      .     .       .
release unlink                  .      .       .        x       .      .      .     .       .
release confirm                 .      .       .        x       .      .      .     .       .
release cancel                  .      .       .        x       .      .      .     .       .
certificate read                x      x       x        x       x      x      .     .       .
certificate write               .      .       .        .       .      .      .     .       .
certificate create              .      .       .        .       .      .      .     .       .
certificate unlink              .      .       .        .       .      .      .     .       .
certificate void                .      .       x        .       .      .      .     .       .
certificate send                x      x       x        x       x      x      .     .       .
certificate print               x      x       x        x       x      x      .     .       .
rule read                       x      x       x        x       x      x      .     .       .
rule create                     .      x       .        .       .      .      .     .       .
rule write                      .      x       .        .       .      .      .     .       .
rule unlink                     .      x       .        .       .      .      .     .       .
approval read                   x      x       x        x       x      x      .     .       .
approval create                 .      .       .        .       .      .      .     .       .
approval write                  .      .       .        .       .      .      .     .       .
approval unlink                 .      .       .        .       .      .      .     .       .
deputy read                     .      .       x        .       .      .      .     .       .
deputy create                   .      .       x        .       .      .      .     .       x
deputy write                    .      .       x        .       .      .      .     .       .
deputy unlink                   .      .       x        .       .      .      .     .       .
settings write                  .      .       .        .       .      .      .     .       .
"""
MODELS = {
    "milestone": "purchase.milestone",
    "order": "purchase.order",
    "template": "purchase.milestone.template",
    "release": "purchase.retention.release",
    "submission": "purchase.milestone.submission",
    "bill": "account.move",
    "certificate": "purchase.milestone.certificate",
    "rule": "purchase.milestone.approval.rule",
    "approval": "purchase.milestone.approval",
    "deputy": "purchase.milestone.deputy",
}
# Extensions of methods that are Odoo's, and what only opens a dialog whose own rights count.
NOT_IN_THE_TABLE = {
    *("copy_data", "message_subscribe"),
    *("create", "write", "unlink", "copy", "onchange", "default_get"),
    *("get_view", "get_formview_id", "get_import_templates", "action_apply_milestone_template"),
    *("action_view_invoice", "action_create_invoice", "action_merge", "button_confirm"),
    "action_view_milestone_documents",
    # They show records, or take a step by its own method.
    *("fields_get", "action_view_milestones", "action_view_order", "action_log_documents"),
    *("action_open_completion", "action_next_milestone"),
}
PLAN_FIELDS = (
    *("milestone_ids", "milestone_count", "milestone_amount", "milestone_unallocated"),
    *("milestone_progress", "retention_limit_type", "retention_limit", "retention_held"),
    *("retention_released", "retention_forfeited", "retention_open", "advance_recovery_percent"),
    *("advance_paid", "date_final_acceptance", "retention_period_days"),
    *("date_retention_due", "retention_acceptance_percent", "retention_release_ids"),
)
