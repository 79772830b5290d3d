import { FloatField, floatField } from "@web/views/fields/float/float_field";
import { formatFloat } from "@web/views/fields/formatters";
import { registry } from "@web/core/registry";

/** A percentage in a list: two decimals to read, all six of them to edit. */
export class MilestonePercentageField extends FloatField {
    get formattedValue() {
        return this.props.readonly
            ? formatFloat(this.value, { digits: [16, 2] })
            : super.formattedValue;
    }
}

registry.category("fields").add("milestone_percentage", {
    ...floatField,
    component: MilestonePercentageField,
});
