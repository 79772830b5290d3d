import { Interaction } from "@web/public/interaction";
import { registry } from "@web/core/registry";
import { _t } from "@web/core/l10n/translation";

const MEGABYTE = 1024 * 1024;

/**
 * Deliver a milestone: drop files, see what is wrong with them before they are sent, and how far
 * the sending is. After an error everything stays as it is, and can be sent again: the number in
 * the form lets the server know a delivery that it has received already.
 */
export class MilestoneUpload extends Interaction {
    static selector = ".o_purchase_milestone_upload";
    dynamicContent = {
        _root: { "t-on-submit.prevent": this.onSubmit },
        ".o_purchase_milestone_drop": {
            "t-on-dragover.prevent": () => this.markDrop(true),
            "t-on-dragleave": () => this.markDrop(false),
            "t-on-drop.prevent": this.onDrop,
        },
        "input[type=file]": { "t-on-change": this.onChange },
    };

    setup() {
        this.files = [];
        this.input = this.el.querySelector("input[type=file]");
        this.button = this.el.querySelector("button[type=submit]");
        this.limit = Number(this.el.dataset.fileSize);
        this.types = this.el.dataset.fileTypes.split(",");
    }

    markDrop(over) {
        this.el
            .querySelector(".o_purchase_milestone_drop")
            .classList.toggle("bg-primary-subtle", over);
    }

    onDrop(event) {
        this.markDrop(false);
        this.addFiles(event.dataTransfer.files);
    }

    onChange() {
        this.addFiles(this.input.files);
        // The files are in our list: the same one can be chosen again after it was removed.
        this.input.value = "";
    }

    addFiles(files) {
        this.files.push(...files);
        this.showFiles();
    }

    getObstacle(file) {
        const type = file.name.split(".").pop().toLowerCase();
        if (!file.size) {
            return _t("is empty");
        }
        if (!this.types.includes(type)) {
            return _t("is of a type that is not accepted");
        }
        return file.size > this.limit * MEGABYTE ? _t("is too large") : "";
    }

    showFiles() {
        const items = this.files.map((file) => {
            const item = document.createElement("li");
            item.className = "d-flex align-items-center gap-2 mt-1 text-break";
            const name = document.createElement("span");
            const obstacle = this.getObstacle(file);
            name.dir = "auto";
            name.textContent = `${file.name} (${(file.size / MEGABYTE).toFixed(2)} MB) ${obstacle}`;
            name.classList.toggle("text-danger", Boolean(obstacle));
            const remove = document.createElement("button");
            remove.type = "button";
            remove.className = "btn btn-sm btn-link ms-auto p-0";
            remove.textContent = _t("Remove");
            this.addListener(remove, "click", () => {
                this.files.splice(this.files.indexOf(file), 1);
                this.showFiles();
            });
            item.append(name, remove);
            return item;
        });
        this.el.querySelector(".o_purchase_milestone_files").replaceChildren(...items);
    }

    onSubmit() {
        const wrong = this.files.filter((file) => this.getObstacle(file));
        if (wrong.length) {
            return this.showErrors(wrong.map((file) => `${file.name} ${this.getObstacle(file)}`));
        }
        const data = new FormData(this.el);
        data.delete(this.input.name);
        this.files.forEach((file) => data.append(this.input.name, file));
        this.showErrors([]);
        this.send(data);
    }

    send(data) {
        const request = new XMLHttpRequest();
        request.open("POST", this.el.action);
        request.setRequestHeader("X-Requested-With", "XMLHttpRequest");
        request.upload.onprogress = ({ loaded, total }) => this.showProgress((100 * loaded) / total);
        request.onload = () => this.onAnswer(request);
        request.onerror = () => this.onAnswer(request);
        this.showProgress(0);
        request.send(data);
    }

    onAnswer(request) {
        let answer = {};
        try {
            answer = JSON.parse(request.responseText);
        } catch {
            // No connection, or a page of the web server in front of Odoo.
        }
        if (answer.url) {
            window.location.assign(answer.url);
            return;
        }
        this.showProgress(null);
        this.showErrors(
            answer.errors || [_t("The delivery was not received. Check the connection and try again.")]
        );
    }

    /** @param {number | null} percentage null when nothing is being sent */
    showProgress(percentage) {
        const sending = percentage !== null;
        this.button.disabled = sending;
        this.el.querySelector(".o_purchase_milestone_progress").classList.toggle("d-none", !sending);
        const bar = this.el.querySelector(".progress-bar");
        bar.style.width = `${percentage || 0}%`;
        bar.setAttribute("aria-valuenow", Math.round(percentage || 0));
    }

    showErrors(errors) {
        const alert = this.el.querySelector(".o_purchase_milestone_errors");
        alert.classList.toggle("d-none", !errors.length);
        alert.replaceChildren(
            ...errors.map((error) => {
                const line = document.createElement("div");
                line.dir = "auto";
                line.textContent = error;
                return line;
            })
        );
    }
}

registry
    .category("public.interactions")
    .add("purchase_milestone.milestone_upload", MilestoneUpload);
