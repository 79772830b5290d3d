import { registry } from "@web/core/registry";
import { stepUtils } from "@web_tour/tour_utils";

const PLAN = ".o_field_widget[name=milestone_ids]";
const APP = "purchase_milestone.purchase_milestone_menu_root";

const see = (content, trigger) => ({ content, trigger });
const click = (content, trigger) => ({ content, trigger, run: "click" });
const edit = (content, trigger, value) => ({ content, trigger, run: `edit ${value}` });

const openPage = (name) => click(`Open the page ${name}`, `.o_notebook a[name=${name}]`);
const row = (name) => `${PLAN} .o_data_row:has([name=name]:contains(${name}))`;
const add = (tour, steps) => registry.category("web_tour.tours").add(tour, { steps });

add("purchase_milestone_bill_plan", () => [
    openPage("milestones"),
    see("It says how bills are made", "[name=milestone_billing]"),
    click("Add a milestone", `${PLAN} .o_field_x2many_list_row_add a:contains(Add a milestone)`),
    edit("Describe it", `${PLAN} .o_selected_row [name=name] input`, "Road base"),
    edit("All of the order", `${PLAN} .o_selected_row [name=percentage] input`, "100"),
    edit("Hold a tenth", `${PLAN} .o_selected_row [name=retention_percent] input`, "10"),
    click("Save", ".o_form_button_save"),
    see("The form is saved", ".o_form_saved"),
    click("Confirm the order", "button[name=button_confirm]:visible"),
    see("The order is confirmed", ".o_arrow_button_current:contains(Purchase Order)"),
    openPage("milestones"),
    click("Start it", `${row("Road base")} button[name=action_start]`),
    click("Complete it", `${row("Road base")} button[name=action_open_completion]`),
    see("It is completed", `${row("Road base")} [name=state]:contains(Completed)`),
]);

add("purchase_milestone_bill_approve", () => [
    stepUtils.showAppsMenuItem(),
    click("Open the app", `.o_app[data-menu-xmlid='${APP}']`),
    click("Open the milestone", ".o_data_cell:contains(Road base)"),
    click("Approve it", "button[name=action_approve]"),
    see("It is approved", ".o_arrow_button_current:contains(Approved)"),
]);

add("purchase_milestone_bill_create", () => [
    openPage("milestones"),
    see("It waits to be billed", `${row("Road base")} [name=billing_state]:contains(To Bill)`),
    click("Create the bill", "button[name=action_create_invoice]:visible"),
    see("A draft without what is withheld", "[name=tax_totals]:contains(90,000.00)"),
]);

/** Post the open draft and pay it: `total` is what the vendor gets. */
const postAndPay = (total) => [
    edit("Date it", "[name=invoice_date] input", "03/31/2026"),
    click("Post it", "button[name=action_post]:visible"),
    see("It is posted", ".o_arrow_button_current:contains(Posted)"),
    see("What the vendor gets", `[name=tax_totals]:contains(${total})`),
    click("Pay", "button[name=action_register_payment]:visible"),
    click("Make the payment", ".modal button[name=action_create_payments]"),
    see("It is paid", ".ribbon:visible:contains(Pa)"),
];

add("purchase_milestone_bill_pay", () => [
    see("The bill withholds", ".o_data_row:contains(Retention withheld):contains(-10,000.00)"),
    ...postAndPay("90,000.00"),
    click("What was billed", "button[name=action_view_milestones]"),
    see("The milestone", ".o_data_row:contains(Road base)"),
]);

add("purchase_milestone_bill_accept", () => [
    stepUtils.showAppsMenuItem(),
    click("Open the app", `.o_app[data-menu-xmlid='${APP}']`),
    click("Orders with retention", ".o_menu_sections a:contains(Orders with Retention)"),
    click("Open the order", ".o_data_row:contains(Northern Fit-Out) .o_data_cell[name=name]"),
    click("Accept the works", ".o_form_statusbar button:contains(Final Acceptance)"),
    click("Give the certificate", ".modal-footer .btn-primary"),
    see("The dialog is closed", "body:not(:has(.modal))"),
]);

add("purchase_milestone_bill_release", () => [
    stepUtils.showAppsMenuItem(),
    click("Open the app", `.o_app[data-menu-xmlid='${APP}']`),
    click("Orders with retention", ".o_menu_sections a:contains(Orders with Retention)"),
    click("Open the order", ".o_data_row:contains(Northern Fit-Out) .o_data_cell[name=name]"),
    click("Release", ".o_form_statusbar button[name=action_release_retention]"),
    edit("Say why", ".modal [name=reason] textarea", "Taken over without defects"),
    click("Release it", ".modal button[name=action_confirm]"),
    see("The dialog is closed", "body:not(:has(.modal))"),
    openPage("retention"),
    see("It waits for its bill", "[name=retention_reserved]:contains(10,000.00)"),
]);

add("purchase_milestone_bill_pay_release", () => postAndPay("10,000.00"));
