import { Interaction } from "@web/public/interaction";
import { registry } from "@web/core/registry";
import { _t } from "@web/core/l10n/translation";

const MEGABYTE = 1024 * 1024;

/**
 * Deliver a milestone: drop files, see what is wrong with them before they are sent, and how far
 * the sending is. Each file is sent by itself, and then the delivery that names them. After an
 * error everything stays as it is, and “Try again” sends only what has not arrived: the number in
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
        // Of each: the file, its id once it has arrived, and why it has not.
        this.documents = [];
        this.input = this.el.querySelector("input[type=file]");
        this.button = this.el.querySelector("button[type=submit]");
        this.limit = Number(this.el.dataset.fileSize);
        this.types = this.el.dataset.fileTypes.split(",");
    }

    // ---------------------------------------------------------------
    // The files
    // ---------------------------------------------------------------

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
        if (this.button.disabled) {
            return; // They are being sent.
        }
        for (const file of files) {
            this.documents.push({ file, obstacle: this.getObstacle(file) });
        }
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
        const items = this.documents.map((document_) => {
            const { file, id, obstacle } = document_;
            const item = document.createElement("li");
            item.className = "d-flex align-items-center gap-2 mt-1";
            const name = document.createElement("span");
            name.dir = "auto";
            name.className = "text-break";
            const size = (file.size / MEGABYTE).toFixed(2);
            name.textContent = `${file.name} (${size} MB) ${id ? _t("has been sent") : obstacle}`;
            name.classList.toggle("text-success", Boolean(id));
            name.classList.toggle("text-danger", Boolean(!id && obstacle));
            const remove = document.createElement("button");
            remove.type = "button";
            remove.className = "btn btn-sm btn-link flex-shrink-0 ms-auto p-0";
            remove.textContent = _t("Remove");
            this.addListener(remove, "click", () => {
                this.documents.splice(this.documents.indexOf(document_), 1);
                this.showFiles();
            });
            item.append(name, remove);
            return item;
        });
        this.el.querySelector(".o_purchase_milestone_files").replaceChildren(...items);
    }

    // ---------------------------------------------------------------
    // Sending
    // ---------------------------------------------------------------

    async onSubmit() {
        const wrong = this.documents.filter(({ file }) => this.getObstacle(file));
        if (wrong.length) {
            this.showErrors(wrong.map(({ file, obstacle }) => `${file.name} ${obstacle}`));
            return;
        }
        this.showErrors([]);
        this.showProgress(0);
        const errors = (await this.sendFiles()) || (await this.sendDelivery());
        if (errors) {
            this.showProgress(null);
            this.showErrors(errors);
            this.button.textContent = _t("Try again");
        }
    }

    /** Send the files that have not arrived, and return what is wrong with them, or nothing. */
    async sendFiles() {
        const waiting = this.documents.filter(({ id }) => !id);
        const total = waiting.reduce((sum, { file }) => sum + file.size, 0);
        const errors = [];
        let done = 0;
        let lost = false;
        for (const document_ of waiting) {
            const { file } = document_;
            const data = new FormData();
            data.append("csrf_token", this.el.elements.csrf_token.value);
            data.append("files", file);
            const answer = await this.post(this.el.dataset.uploadUrl, data, (loaded) =>
                this.showProgress((100 * (done + Math.min(loaded, file.size))) / total)
            );
            done += file.size;
            document_.id = answer.ids?.[0];
            document_.obstacle = document_.id ? "" : _t("has not been sent");
            if (!document_.id) {
                errors.push(...(answer.errors || [`${file.name} ${document_.obstacle}`]));
            }
            lost ||= !document_.id && !answer.errors;
        }
        if (lost) {
            errors.push(_t("Check the connection and try again. What has been sent is kept."));
        }
        this.showFiles();
        return errors.length ? errors : null;
    }

    /** Send the delivery, and return what is wrong with it, or nothing. */
    async sendDelivery() {
        const data = new FormData(this.el);
        data.delete(this.input.name);
        this.documents.forEach(({ id }) => data.append("uploads", id));
        const answer = await this.post(this.el.action, data);
        if (answer.url) {
            window.location.assign(answer.url);
            return null;
        }
        return (
            answer.errors || [_t("The delivery was not received. Check the connection and try again.")]
        );
    }

    /** Return what the server answers, or nothing if there was no connection. */
    post(url, data, onProgress = () => {}) {
        return this.waitFor(
            new Promise((resolve) => {
                const request = new XMLHttpRequest();
                request.open("POST", url);
                request.setRequestHeader("X-Requested-With", "XMLHttpRequest");
                request.upload.onprogress = ({ loaded }) => onProgress(loaded);
                request.onloadend = () => {
                    try {
                        resolve(JSON.parse(request.responseText));
                    } catch {
                        // No connection; or the page of a login, or of the web server before Odoo.
                        resolve(request.status ? { errors: [this.getRefusal(request.status)] } : {});
                    }
                };
                request.send(data);
            })
        );
    }

    getRefusal(status) {
        return status === 413
            ? _t("This is more than the server accepts at a time. Send fewer or smaller files.")
            : _t("The server did not accept this. Load the page again, and log in if it asks you to.");
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
