import { registry } from "@web/core/registry";

const FORM = ".o_purchase_milestone_upload";
const PIXEL =
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAACklEQVR4nGMAAQAABQABDQottAAAAABJRU5ErkJggg==";

const see = (content, trigger) => ({ content, trigger });
const click = (content, trigger, more = {}) => ({ content, trigger, run: "click", ...more });
const edit = (content, trigger, value) => ({ content, trigger, run: `edit ${value}` });

/** Choose a file as a person does: the browser fills the input and says so. */
const choose = (name, content) => ({
    content: `Choose ${name}`,
    trigger: `${FORM} input[type=file]`,
    run: ({ anchor }) => {
        const bytes = Uint8Array.from(atob(content), (character) => character.charCodeAt(0));
        const transfer = new DataTransfer();
        transfer.items.add(new File([bytes], name));
        anchor.files = transfer.files;
        anchor.dispatchEvent(new Event("change", { bubbles: true }));
    },
});

const add = (name, steps) => registry.category("web_tour.tours").add(name, { steps });

add("purchase_milestone_vendor_delivers", () => [
    click("Open the milestone", "tbody a:contains(Survey)", { expectUnloadPage: true }),
    edit("A part of it", `${FORM} [name=percentage]`, "40"),
    edit("Say what", `${FORM} [name=note]`, "North side"),
    choose("drawing.svg", btoa("<svg/>")),
    see("The type is told at once", `${FORM} li .text-danger:contains(drawing.svg)`),
    click("Send it all the same", `${FORM} button[type=submit]`),
    see("It is not sent", ".o_purchase_milestone_errors:contains(not accepted)"),
    click("Remove it", `${FORM} li button`),
    choose("Site.png", PIXEL),
    see("It is listed", `${FORM} li:contains(Site.png)`),
    click("Send it", `${FORM} button[type=submit]`, { expectUnloadPage: true }),
    see("It is being checked", ".badge:contains(being checked)"),
    see("It can be withdrawn", "#milestone_submissions button:contains(Withdraw)"),
    see("With its photo", "#milestone_documents:contains(Site.png)"),
]);

add("purchase_milestone_vendor_delivers_again", () => [
    see("Why it came back", "td:contains(The north corner is missing)"),
    click("Open the milestone", "tbody a:contains(Survey)", { expectUnloadPage: true }),
    click("All of it", `${FORM} button[type=submit]`, { expectUnloadPage: true }),
    see("It is being checked", ".badge:contains(being checked)"),
]);
