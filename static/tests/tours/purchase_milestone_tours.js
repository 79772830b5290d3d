import { registry } from "@web/core/registry";
import { stepUtils } from "@web_tour/tour_utils";

const APP = "purchase_milestone.purchase_milestone_menu_root";
const PLAN = ".o_field_widget[name=milestone_ids]";

const see = (content, trigger) => ({ content, trigger });
const click = (content, trigger) => ({ content, trigger, run: "click" });
const edit = (content, trigger, value) => ({ content, trigger, run: `edit ${value}` });

const openPage = (name) => click(`Open the page ${name}`, `.o_notebook a[name=${name}]`);
const row = (name) => `${PLAN} .o_data_row:has([name=name]:contains(${name}))`;
const seeState = (name, state) =>
    see(`${name} is ${state}`, `${row(name)} [name=state]:contains(${state})`);
const press = (name, action) => click(`${name}: ${action}`, `${row(name)} button[name=${action}]`);
const status = (state) =>
    see(`The milestone is ${state}`, `.o_arrow_button_current:contains(${state})`);

/** Add the row at `position` (from 1) of the plan, its type chosen by its label. */
function addMilestone(position, name, typeLabel, values = {}) {
    const edited = `${PLAN} .o_data_row:nth-child(${position}).o_selected_row`;
    return [
        click("Add a milestone", `${PLAN} .o_field_x2many_list_row_add a:contains(Add a milestone)`),
        edit(`Describe ${name}`, `${edited} [name=name] input`, name),
        click("Open the types", `${edited} [name=amount_type] input`),
        click(`Choose ${typeLabel}`, `.o_select_menu_item:contains(${typeLabel})`),
        ...Object.entries(values).map(([field, value]) =>
            edit(`Enter ${field}`, `${edited} [name=${field}] input`, value)
        ),
    ];
}

const openFromApp = (name) => [
    stepUtils.showAppsMenuItem(),
    click("Open the approver's app", `.o_app[data-menu-xmlid='${APP}']`),
    see("It shows what waits for approval", ".o_searchview_facet"),
    click(`Open ${name}`, `.o_data_cell:contains(${name})`),
    status("Completed"),
];

registry.category("web_tour.tours").add("purchase_milestone_buyer", {
    steps: () => [
        openPage("milestones"),
        ...addMilestone(1, "Server halls", "Percent", { percentage: 30, retention_percent: 10 }),
        ...addMilestone(2, "Cooling plant", "Percent", { percentage: 40 }),
        ...addMilestone(3, "Handover", "Balance"),
        click("Save", ".o_form_button_save"),
        see("The form is saved", ".o_form_saved"),
        see("30 % of the order", `${row("Server halls")} [name=amount]:contains(30,000.00)`),
        see("10 % of that is held", `${row("Server halls")} [name=retention_amount]:contains(3,000.00)`),
        see("40 % of the order", `${row("Cooling plant")} [name=amount]:contains(40,000.00)`),
        see("The balance is left", `${row("Handover")} [name=amount]:contains(30,000.00)`),
        see("All is allocated", "[name=milestone_amount]:contains(100,000.00)"),
        click("Confirm the order", "button[name=button_confirm]:visible"),
        see("The order is confirmed", ".o_arrow_button_current:contains(Purchase Order)"),
        openPage("milestones"),
        press("Server halls", "action_start"),
        seeState("Server halls", "Started"),
        press("Server halls", "action_open_completion"),
        seeState("Server halls", "Completed"),
    ],
});

registry.category("web_tour.tours").add("purchase_milestone_approver_rejects", {
    steps: () => [
        ...openFromApp("Server halls"),
        openPage("order_lines"),
        see("The order's lines", "[name=order_line_ids] .o_data_cell:contains(Data centre fit-out)"),
        click("Open the order", "[name=order_id] a.o_form_uri"),
        see("Its plan", `${row("Cooling plant")} [name=state]:contains(Pending)`),
        see("It cannot be edited", "[name=partner_id] a.o_form_uri"),
        see("Nor bought", ".o_form_view:not(:has(button[name=button_confirm], button[name=button_cancel]))"),
        click("Go back", ".o_back_button a"),
        click("Reject", ".o_form_statusbar button:contains(Reject)"),
        edit("Say why", ".modal [name=reason] textarea", "Cable trays are not earthed"),
        click("Confirm", ".modal button[name=action_confirm]:visible"),
        see("The dialog is closed", "body:not(:has(.modal))"),
        status("Rejected"),
        see("The reason is shown", ".alert:contains(Cable trays are not earthed)"),
    ],
});

registry.category("web_tour.tours").add("purchase_milestone_approver_approves", {
    steps: () => [
        ...openFromApp("Server halls"),
        click("Approve", "button[name=action_approve]"),
        status("Approved"),
        see("Nothing more to decide", ".o_form_statusbar:not(:has(button[name=action_approve]:visible))"),
    ],
});

registry.category("web_tour.tours").add("purchase_milestone_part", {
    steps: () => [
        see("The plan is open first", ".o_notebook a.active[name=milestones]"),
        click("Complete a part", `${row("Cooling plant")} button:has(.fa-adjust)`),
        edit("40 % of it", ".modal [name=percentage] input", "40 && click .modal-title"),
        see("The amount follows", ".modal [name=amount]:contains(16,000.00)"),
        see("The rest goes on", ".modal [name=amount_rest]:contains(24,000.00)"),
        click("Confirm", ".modal button[name=action_confirm]:visible"),
        see("The dialog is closed", "body:not(:has(.modal))"),
        seeState("Cooling plant (part 1)", "Completed"),
        see("Two decimals", `${row("Cooling plant (part 1)")} [name=percentage]:contains(16.00)`),
        see("The rest", `${PLAN} .o_data_row:has([name=amount]:contains(24,000.00)) [name=state]:contains(Started)`),
    ],
});

// As on a telephone: milestones are cards.
registry.category("web_tour.tours").add("purchase_milestone_plan_on_a_telephone", {
    steps: () => [
        see("The plan is open", `${PLAN} .o_kanban_record:contains(Server halls)`),
        click("Open its card", `${PLAN} .o_kanban_record span:contains(Server halls)`),
        see("Its own page", ".o_form_view [name=name] :value(Server halls)"),
        click("Go on", ".o_pager_next"),
        see("The next one", ".o_form_view [name=name] :value(Cooling plant)"),
    ],
});
