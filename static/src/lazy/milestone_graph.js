import { SEP } from "@web/views/graph/graph_model";
import { GraphRenderer } from "@web/views/graph/graph_renderer";
import { graphView } from "@web/views/graph/graph_view";
import { registry } from "@web/core/registry";

// Near to those of the badges, and of the calendar.
const COLORS = {
    state: {
        pending: "#a2a2a2",
        started: "#17a2b8",
        completed: "#ffac00",
        approved: "#28a745",
        rejected: "#dc3545",
    },
    // In the forecast.
    stage: {
        "1_planned": "#a2a2a2",
        "2_approved": "#17a2b8",
        "3_billed": "#ffac00",
        "4_paid": "#28a745",
    },
};

/** Milestones grouped by their status, or by their stage in the forecast, have its colours. */
export class MilestoneGraphRenderer extends GraphRenderer {
    /** Return the colour of the status or stage that `label` names, alone or beside other groups. */
    getStateColor(label) {
        const names = String(label).split(SEP);
        const { fields } = this.model.metaData;
        const field = fields.stage ? "stage" : "state";
        const state = fields[field].selection.find(([, name]) => names.includes(name));
        return state && COLORS[field][state[0]];
    }

    getBarChartData() {
        const data = super.getBarChartData();
        for (const dataset of data.datasets) {
            const own = this.getStateColor(dataset.label);
            if (own) {
                dataset.backgroundColor = own;
            } else if (data.datasets.length === 1) {
                const { backgroundColor } = dataset;
                dataset.backgroundColor = data.labels.map(
                    (label) => this.getStateColor(label) || backgroundColor
                );
            }
        }
        return data;
    }

    getLineChartData() {
        const data = super.getLineChartData();
        for (const dataset of data.datasets) {
            const own = this.getStateColor(dataset.label);
            if (own) {
                Object.assign(dataset, {
                    backgroundColor: `${own}80`,
                    borderColor: own,
                    hoverBackgroundColor: own,
                    pointBackgroundColor: own,
                });
            }
        }
        return data;
    }

    getPieChartData() {
        const data = super.getPieChartData();
        for (const dataset of data.datasets) {
            dataset.backgroundColor = data.labels.map(
                (label, index) => this.getStateColor(label) || dataset.backgroundColor[index]
            );
        }
        return data;
    }

    getLegendOptions() {
        const options = super.getLegendOptions();
        const { labels } = options;
        if (this.model.metaData.mode === "pie" && labels) {
            const { generateLabels } = labels;
            labels.generateLabels = (chart) =>
                generateLabels(chart).map((item, index) => ({
                    ...item,
                    fillStyle: this.getStateColor(chart.data.labels[index]) || item.fillStyle,
                }));
        }
        return options;
    }
}

registry.category("views").add("purchase_milestone_graph", {
    ...graphView,
    Renderer: MilestoneGraphRenderer,
});
