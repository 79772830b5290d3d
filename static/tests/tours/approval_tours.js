import { registry } from "@web/core/registry";
import { stepUtils } from "@web_tour/tour_utils";

const APP = "purchase_milestone.purchase_milestone_menu_root";

const see = (content, trigger) => ({ content, trigger });
const click = (content, trigger) => ({ content, trigger, run: "click" });
const edit = (content, trigger, value) => ({ content, trigger, run: `edit ${value}` });

const seeForm = (name) => see(`The form is at ${name}`, `.o_form_view [name=name]:contains(${name})`);
const press = (label) => click(label, `.o_form_statusbar button:contains(${label})`);
const status = (state) =>
    see(`The milestone is ${state}`, `.o_arrow_button_current:contains(${state})`);

const openInbox = (name) => [
    stepUtils.showAppsMenuItem(),
    click("Open the approver's app", `.o_app[data-menu-xmlid='${APP}']`),
    see("It shows what waits for the user", ".o_facet_value:contains(Waiting for Me)"),
    click(`Open ${name}`, `.o_data_cell:contains(${name})`),
    seeForm(name),
];

registry.category("web_tour.tours").add("purchase_milestone_deputy_approves", {
    steps: () => [
        ...openInbox("Server halls"),
        see("The order so far", "[name=order_amount]:contains(100,000.00)"),
        see("The evidence is open", ".o_attachment_preview img#attachment_img"),
        press("Approve"),
        see("One of two approvals", ".o-mail-Message:contains(Approved (1 of 2 approvals))"),
        see("For whom", ".o-mail-Message:contains(Paul Deputy on behalf of Ida Site)"),
        status("Completed"),
    ],
});

registry.category("web_tour.tours").add("purchase_milestone_inbox_worked_off", {
    steps: () => [
        ...openInbox("Server halls"),
        see("The first of three", ".o_pager_value:contains(1)"),
        press("Approve"),
        seeForm("Cooling plant"),
        see("The second of three", ".o_pager_value:contains(2)"),
        press("Reject"),
        edit("Say why", ".modal [name=reason] textarea", "The pumps are not aligned"),
        click("Confirm", ".modal button[name=action_confirm]:visible"),
        seeForm("Handover"),
        see("The last of three", ".o_pager_value:contains(3)"),
        status("Completed"),
        press("Approve"),
        status("Approved"),
        seeForm("Handover"),
    ],
});

// As on a telephone: milestones are cards, and all buttons but the first one are behind “More”.
registry.category("web_tour.tours").add("purchase_milestone_inbox_on_a_telephone", {
    steps: () => [
        click("Open the first card", ".o_kanban_record:contains(Server halls)"),
        seeForm("Server halls"),
        see("The order so far", "[name=order_amount]:contains(100,000.00)"),
        click("Open its documents", ".nav-link[name=documents]"),
        see("It can be looked at", "[name=document_ids] button[name=action_preview]"),
        press("Approve"),
        seeForm("Cooling plant"),
        click("Reject it", ".o_form_view button.btn-secondary:visible:contains(Reject)"),
        edit("Say why", ".modal [name=reason] textarea", "The pumps are not aligned"),
        click("Confirm", ".modal button[name=action_confirm]:visible"),
        seeForm("Handover"),
        press("Approve"),
        see("It is approved", ".o_form_statusbar button:contains(Revoke Approval)"),
    ],
});
