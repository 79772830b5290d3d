import { useEffect } from "@odoo/owl";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { SIZES } from "@web/core/ui/ui_service";
import { user } from "@web/core/user";
import { useService } from "@web/core/utils/hooks";
import { FormRenderer } from "@web/views/form/form_renderer";
import { formView } from "@web/views/form/form_view";
import { MilestoneFormController } from "@purchase_milestone/views/milestone_form";

/** While a milestone waits for a decision, its documents are open beside its figures. */
class DecisionFormRenderer extends FormRenderer {
    mailLayout(hasPreview) {
        const shown = hasPreview && this.props.record.data.state === "completed";
        const layout = super.mailLayout(shown);
        // Odoo puts documents beside a form on the widest screens only; here a laptop will do.
        const beside = shown && layout === "BOTTOM_CHATTER" && this.uiService.size >= SIZES.XL;
        return beside && this.hasFile() ? "COMBO" : layout;
    }
}

/** In the approvers' inbox, the form goes on to what waits next once a milestone is decided. */
class DecisionFormController extends MilestoneFormController {
    setup() {
        super.setup();
        this.notification = useService("notification");
        let before = {};
        useEffect(
            (resId, state, given) => {
                const decided = state !== "completed" || given > before.given;
                if (before.resId === resId && before.state === "completed" && decided) {
                    this.goOn();
                }
                before = { resId, state, given };
            },
            () => {
                const { resId, data } = this.model.root;
                return [resId, data.state, data.approvals_given];
            }
        );
    }

    /** Open the next milestone of the list that waits for the user, if there is one. */
    async goOn() {
        const { resId, resIds, data } = this.model.root;
        if (!this.props.context.to_approve) {
            return;
        }
        const index = resIds.indexOf(resId);
        const others = [...resIds.slice(index + 1), ...resIds.slice(0, index)];
        const waiting = await this.orm.search("purchase.milestone", [
            ["id", "in", others],
            "|",
            ["waiting_for_ids", "in", [user.userId]],
            ["asked_ids", "in", [user.userId]],
        ]);
        const next = others.find((id) => waiting.includes(id));
        if (next && this.model.root.resId === resId) {
            await this.onPagerUpdate({ offset: resIds.indexOf(next), resIds });
            this.notification.add(
                _t("“%s” is decided. This is the next milestone that waits for you.", data.name),
                { type: "success" }
            );
            this.focusBeforeSteps();
        }
    }

    /** With the keyboard, the next Tab leads to the steps; Enter decides nothing before that. */
    focusBeforeSteps() {
        const steps = this.rootRef.el?.querySelector(".o_statusbar_buttons");
        if (steps) {
            steps.tabIndex = -1;
            steps.focus();
        }
    }
}

registry.category("views").add("purchase_milestone_decision_form", {
    ...formView,
    Controller: DecisionFormController,
    Renderer: DecisionFormRenderer,
});
