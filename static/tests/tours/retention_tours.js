import { registry } from "@web/core/registry";
import { stepUtils } from "@web_tour/tour_utils";

const APP = "purchase_milestone.purchase_milestone_menu_root";

const see = (content, trigger) => ({ content, trigger });
const click = (content, trigger) => ({ content, trigger, run: "click" });
const edit = (content, trigger, value) => ({ content, trigger, run: `edit ${value}` });
const openPage = (name) => click(`Open the page ${name}`, `.o_notebook a[name=${name}]`);

registry.category("web_tour.tours").add("purchase_milestone_buyer_applies_template", {
    steps: () => [
        openPage("milestones"),
        click("Apply a template", "button[name=action_apply_milestone_template]"),
        edit("Look for it", ".modal [name=template_id] input", "Road"),
        click("Choose it", ".ui-autocomplete a:contains(Road with retention)"),
        see("What goes", ".modal [name=preview] .text-decoration-line-through:contains(Old advance)"),
        see("What comes", ".modal [name=preview] tr:contains(Asphalt laid):contains(60,000.00)"),
        click("Replace the plan", ".modal button[name=action_apply]"),
        see("The dialog is closed", "body:not(:has(.modal))"),
        see("The new plan", "[name=milestone_ids] .o_data_row:contains(Asphalt laid):contains(60,000.00)"),
        see("The old one is gone", "[name=milestone_ids]:not(:contains(Old advance))"),
    ],
});

/** Release what the dialog is told to, from the list of orders with retention. */
const release = (entry, openAfterwards) => [
    stepUtils.showAppsMenuItem(),
    click("Open the app", `.o_app[data-menu-xmlid='${APP}']`),
    click("Orders with retention", ".o_menu_sections a:contains(Orders with Retention)"),
    click("Open the order", ".o_data_row:contains(Northern Fit-Out) .o_data_cell[name=name]"),
    click("Release", ".o_form_statusbar button[name=action_release_retention]"),
    see("All that is open is proposed", ".modal [name=amount] input"),
    ...entry,
    edit("Say why", ".modal [name=reason] textarea", "Taken over without defects"),
    click("Release it", ".modal button[name=action_confirm]"),
    see("The dialog is closed", "body:not(:has(.modal))"),
    openPage("retention"),
    see("What is left", `[name=retention_open]:contains(${openAfterwards})`),
];

registry.category("web_tour.tours").add("purchase_milestone_release_half", {
    steps: () =>
        release([edit("Half of it", ".modal [name=percentage] input", "50")], "5,000.00"),
});

registry.category("web_tour.tours").add("purchase_milestone_release_rest", {
    steps: () => release([], "0.00"),
});
