import { toStringExpression } from "@web/views/utils";
import { FormCompiler } from "@web/views/form/form_compiler";
import { patch } from "@web/core/utils/patch";

/**
 * A page of a form with the attribute `open_if` is the one that is open first where this
 * expression is true. Odoo's `autofocus` is the same for every record.
 */
patch(FormCompiler.prototype, {
    compileNotebook(el) {
        const page = el.querySelector(":scope > page[open_if]");
        const notebook = super.compileNotebook(...arguments);
        const name = page && toStringExpression(page.getAttribute("name"));
        const slot = [...notebook.children].find((child) => child.getAttribute("name") === name);
        if (slot) {
            const condition = JSON.stringify(page.getAttribute("open_if"));
            const context = "__comp__.props.record.evalContextWithVirtualIds";
            const first = JSON.stringify(slot.getAttribute("t-set-slot"));
            notebook.setAttribute(
                "defaultPage",
                `(${notebook.getAttribute("defaultPage")}) || ` +
                    `(__comp__.evaluateBooleanExpr(${condition}, ${context}) ? ${first} : undefined)`
            );
        }
        return notebook;
    },
});
