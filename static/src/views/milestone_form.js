import { registry } from "@web/core/registry";
import { FormController } from "@web/views/form/form_controller";
import { formView } from "@web/views/form/form_view";

/** *Delete* is offered only where it is not refused. */
export class MilestoneFormController extends FormController {
    getStaticActionMenuItems() {
        const items = super.getStaticActionMenuItems();
        const offered = items.delete.isAvailable;
        items.delete.isAvailable = () => offered() && this.model.root.data.is_deletable;
        return items;
    }
}

registry.category("views").add("purchase_milestone_form", {
    ...formView,
    Controller: MilestoneFormController,
});
