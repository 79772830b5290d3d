import { registry } from "@web/core/registry";
import { stepUtils } from "@web_tour/tour_utils";

const PLAN = ".o_field_widget[name=milestone_ids]";
const APP = "purchase_milestone.purchase_milestone_menu_root";

const see = (content, trigger) => ({ content, trigger });
const click = (content, trigger) => ({ content, trigger, run: "click" });
const edit = (content, trigger, value) => ({ content, trigger, run: `edit ${value}` });

const openPage = (name) => click(`Open the page ${name}`, `.o_notebook a[name=${name}]`);
const row = (amount) => `${PLAN} .o_data_row:has([name=amount]:contains(${amount}))`;
const add = (tour, steps) => registry.category("web_tour.tours").add(tour, { steps });

/** Wait until the file from this address has been downloaded. */
function arrives(address) {
    return {
        content: "It has arrived",
        trigger: "body",
        run: async () => {
            const isFile = ({ name }) => name.endsWith(address);
            while (!performance.getEntriesByType("resource").some(isFile)) {
                await new Promise((resolve) => setTimeout(resolve, 50));
            }
        },
    };
}

add("purchase_milestone_certificate_part", () => [
    openPage("milestones"),
    click("Complete a part", `${row("100,000.00")} button:has(.fa-adjust)`),
    edit("40 % of it", ".modal [name=percentage] input", "40 && click .modal-title"),
    see("The rest goes on", ".modal [name=amount_rest]:contains(60,000.00)"),
    click("Confirm", ".modal button[name=action_confirm]:visible"),
    see("The part is completed", `${row("40,000.00")} [name=state]:contains(Completed)`),
]);

add("purchase_milestone_certificate_approve", () => [
    stepUtils.showAppsMenuItem(),
    click("Open the app", `.o_app[data-menu-xmlid='${APP}']`),
    click("Open what is completed", ".o_data_cell:contains(Quay wall)"),
    click("Approve it", "button[name=action_approve]"),
    see("It is approved", ".o_arrow_button_current:contains(Approved)"),
]);

add("purchase_milestone_certificate_bill", () => [
    openPage("milestones"),
    click("Create the bill", "button[name=action_create_invoice]:visible"),
    see("A draft without what is withheld", "[name=tax_totals]:contains(36,000.00)"),
]);

add("purchase_milestone_certificate_post", () => [
    edit("Date it", "[name=invoice_date] input", "03/31/2026"),
    click("Post it", "button[name=action_post]:visible"),
    see("It is posted", ".o_arrow_button_current:contains(Posted)"),
    see("Its certificate", "button[name=action_view_certificates]"),
]);

add("purchase_milestone_certificate_first", () => [
    click("Open the certificate", "button[name=action_view_certificates]"),
    see("To date", "[name=amount_to_date]:contains(40,000.00)"),
    see("To finish", "[name=line_ids] .o_data_row [name=amount_to_finish]:contains(60,000.00)"),
    click("Print it", "button[name=action_print]"),
    arrives("/report/download"),
    click("Back to the order", ".o_back_button"),
    openPage("milestones"),
    click("Complete the rest", `${row("60,000.00")} button[name=action_open_completion]`),
    see("The rest is completed", `${row("60,000.00")} [name=state]:contains(Completed)`),
]);

add("purchase_milestone_certificate_second", () => [
    click("Open the certificates", "button[name=action_view_certificates]"),
    see("The first", ".o_data_row [name=amount_net]:contains(36,000.00)"),
    click("Open the second", ".o_data_row [name=amount_net]:contains(54,000.00)"),
    see("What was certified before", "[name=amount_previous]:contains(36,000.00)"),
    see("All is done", "[name=line_ids] .o_data_row [name=amount_to_finish]:contains(0.00)"),
]);

add("purchase_milestone_pivot_exported", () => [
    see("The pivot", ".o_pivot td:contains(100,000.00)"),
    click("Download it", ".o_pivot_download"),
    arrives("/web/pivot/export_xlsx"),
]);
