import { registry } from "@web/core/registry";

const FORM = ".o_purchase_milestone_upload";
const ERRORS = ".o_purchase_milestone_errors";
const PDF = "%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF";
const PIXEL =
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAACklEQVR4nGMAAQAABQABDQottAAAAABJRU5ErkJggg==";

const see = (content, trigger) => ({ content, trigger });
const click = (content, trigger) => ({ content, trigger, run: "click" });
const leave = (content, trigger) => ({ content, trigger, run: "click", expectUnloadPage: true });
const edit = (content, trigger, value) => ({ content, trigger, run: `edit ${value}` });

/** Choose a file as a person does: the browser fills the input and says so. */
const choose = (name, content, trigger = `${FORM} input[type=file]`) => ({
    content: `Choose ${name}`,
    trigger,
    run: ({ anchor }) => {
        const transfer = new DataTransfer();
        const bytes = Uint8Array.from(content, (character) => character.charCodeAt(0));
        transfer.items.add(new File([bytes], name));
        anchor.files = transfer.files;
        anchor.dispatchEvent(new Event("change", { bubbles: true }));
    },
});

const isArabic = () => Boolean(document.querySelector("#wrapwrap.o_rtl"));

/** The page is as wide as the telephone: only tables scroll sideways. */
const fits = (trigger) => ({
    content: "The page is not wider than the screen",
    trigger,
    run: () => {
        if (document.documentElement.scrollWidth > window.innerWidth) {
            throw new Error(`${document.documentElement.scrollWidth} pixels wide`);
        }
    },
});

/** What our script says there is in the language of the page. */
const speaks = (trigger) => ({
    content: "It is said in the language of the page",
    trigger,
    run: ({ anchor }) => {
        if (/[\u0600-\u06FF]/.test(anchor.textContent) !== isArabic()) {
            throw new Error(anchor.textContent);
        }
    },
});

const { open } = XMLHttpRequest.prototype;
const sent = [];

/** Break the connection of the next request to an address that ends like this. */
const cut = (suffix, trigger) => ({
    content: `The next request to ${suffix} gets lost`,
    trigger,
    run: () => {
        XMLHttpRequest.prototype.open = function (method, url) {
            sent.push(url.split("/").pop());
            if (!url.endsWith(suffix) || sent.cut === suffix) {
                return open.call(this, method, url);
            }
            sent.cut = suffix;
            return open.call(this, method, "http://127.0.0.1:1/");
        };
    },
});

const countUploads = (number, trigger) => ({
    content: `Files have been sent ${number} times`,
    trigger,
    run: () => {
        const count = sent.filter((name) => name === "upload").length;
        if (count !== number) {
            throw new Error(`${count} times: ${sent}`);
        }
    },
});

const add = (name, steps) => registry.category("web_tour.tours").add(name, { steps });

const SEND = `${FORM} button[type=submit]:not([disabled])`;
const CHECKED = ".badge.text-bg-info";

// In English and in Arabic: no step looks for a word that is translated.
add("purchase_milestone_vendor_delivers", () => [
    leave("Open the milestone", "tbody a:contains(Second half)"),
    edit("A part of it", `${FORM} [name=percentage]`, "40"),
    edit("Say what", `${FORM} [name=note]`, "North side"),
    choose("drawing.svg", "<svg/>"),
    see("The type is told at once", `${FORM} li .text-danger:contains(drawing.svg)`),
    speaks(`${FORM} li .text-danger`),
    click("Send it all the same", SEND),
    see("It is not sent", `${ERRORS}:contains(drawing.svg)`),
    click("Remove it", `${FORM} li button`),
    choose("Site.png", atob(PIXEL)),
    choose("Report.pdf", PDF),
    see("Both are listed", `${FORM} li:contains(Site.png) + li:contains(Report.pdf)`),
    fits(FORM),
    cut("/upload", FORM),
    click("Send it", SEND),
    see("One did not arrive", `${ERRORS}:contains(Site.png)`),
    speaks(`${ERRORS}:contains(Site.png)`),
    see("The other one did", `${FORM} li .text-success:contains(Report.pdf)`),
    cut("/deliver", FORM),
    click("Send it again", SEND),
    see("The delivery did not arrive", `${ERRORS}:not(.d-none):not(:contains(Site.png))`),
    speaks(SEND),
    see("The photo did", `${FORM} li .text-success:contains(Site.png)`),
    countUploads(3, FORM),
    fits(FORM),
    leave("Send what is left", SEND),
    see("It is being checked", CHECKED),
    see("It can be withdrawn", "#milestone_submissions form[action$='/withdraw'] button"),
    see("With its photo", "#milestone_documents:contains(Site.png)"),
    fits("#milestone_submissions"),
]);

add("purchase_milestone_vendor_delivers_again", () => [
    see("Why it came back", "td:contains(The north corner is missing)"),
    fits("tbody"),
    leave("Open the milestone", "tbody a:contains(Second half)"),
    edit("The same part", `${FORM} [name=percentage]`, "40"),
    fits(FORM),
    leave("Deliver it, without a document", SEND),
    see("It is being checked", CHECKED),
    fits("#milestone_submissions"),
]);

add("purchase_milestone_vendor_bills_and_asks_for_retention", () => [
    fits("#milestone_figures"),
    leave("Bill it", "#milestone_bill a[href$='/bill']"),
    see("What it comes to", "#bill_total:contains(21,000.00)"),
    fits("#bill_form"),
    edit("Number", "#bill_number", "NF-2026-0117"),
    choose("Bill.pdf", PDF, "#bill_document"),
    leave("Send it", "#bill_form button[type=submit]"),
    see("It is there, and paid", "#milestone_bill:contains(NF-2026-0117) .text-bg-success"),
    fits("#milestone_bill:not(:has(a.btn-primary))"),
    leave("Open the order", "#milestone_figures a"),
    fits("#milestones"),
    leave("Open the retention", "#milestones a[href*='/retention']"),
    fits("#retention_totals"),
    leave("Ask for it", "#retention_request button"),
    fits("#retention_asked"),
]);
