import { registry } from "@web/core/registry";

const PDF = "%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF";

const see = (content, trigger) => ({ content, trigger });
const leave = (content, trigger) => ({ content, trigger, run: "click", expectUnloadPage: true });

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

const add = (name, steps) => registry.category("web_tour.tours").add(name, { steps });

add("purchase_milestone_vendor_bills", () => [
    leave("Bill it", "#milestone_bill a[href$='/bill']"),
    see("What it comes to", "#bill_total:contains(52,500.00)"),
    fits("#bill_form"),
    { content: "Number", trigger: "#bill_number", run: "edit NF-2026-0117" },
    {
        content: "The document",
        trigger: "#bill_document",
        run: ({ anchor }) => {
            const transfer = new DataTransfer();
            transfer.items.add(new File([PDF], "Bill.pdf"));
            anchor.files = transfer.files;
            anchor.dispatchEvent(new Event("change", { bubbles: true }));
        },
    },
    leave("Send it", "#bill_form button[type=submit]"),
    see("It is there", "#milestone_bill:contains(NF-2026-0117)"),
    fits("#milestone_bill:not(:has(a.btn-primary))"),
]);

add("purchase_milestone_vendor_asks_for_retention", () => [
    fits("#retention_totals"),
    leave("Ask for it", "#retention_request button"),
    see("It has been asked for", "#retention_asked"),
]);
