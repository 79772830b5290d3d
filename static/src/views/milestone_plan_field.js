import { registry } from "@web/core/registry";
import { X2ManyField, x2ManyField } from "@web/views/fields/x2many/x2many_field";

/** On a telephone a card opens the milestone's form, which pages on, as the list's link does. */
class MilestonePlanField extends X2ManyField {
    async openRecord(record) {
        return record.isNew ? super.openRecord(record) : this.switchToForm(record, {});
    }
}

registry.category("fields").add("milestone_plan", {
    ...x2ManyField,
    component: MilestonePlanField,
});
