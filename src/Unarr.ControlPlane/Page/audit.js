// The audit log: who did what from where, for whom, and what became of it.

import { ask, endSession } from "./api.js";
import { byId, cell, make, setText } from "./elements.js";
import { clock, count, counted } from "./format.js";

const actions = {
  push: "Push", "push-to-many": "Push to many", withdraw: "Withdraw", sync: "Ask for a sync", watch: "Watch", export: "Export",
  "sign-in": "Sign in", "sign-in-refused": "Sign-in refused", "sign-out": "Sign out",
};

const tones = { done: "good", partly: "fair", refused: "bad", failed: "bad" };

export function setUpAudit() {
  byId("audit-filter").addEventListener("input", filter);
  byId("audit-again").addEventListener("click", showAudit);
}

export function clearAudit() {
  byId("audit").replaceChildren();
}

export async function showAudit() {
  try {
    const { hasFile, entries } = await ask("GET", "/audit");
    byId("audit").replaceChildren(...entries.map(row));
    setText(byId("audit-note"), hasFile ? "" : "There is no audit file (--audit): these are the entries since the start.");
    setText(byId("audit-error"), "");
    filter();
  } catch (error) {
    if (error.status === 401) {
      endSession();
    } else {
      setText(byId("audit-error"), error.message);
    }
  }
}

function row(entry) {
  const done = entry.doneCount === undefined ? "" : `: ${count(entry.doneCount)}`;
  const outcome = make("span", { className: "state" }, entry.outcome + done);
  outcome.dataset.tone = tones[entry.outcome] ?? "none";
  const what = `${actions[entry.action] ?? entry.action}${entry.times ? `, ${count(entry.times)} times` : ""}`;
  return make(
    "tr", { role: "row" },
    cell("", make("time", { dateTime: entry.at }, clock(entry.at)), "short"),
    cell("", make("div", {}, make("bdi", {}, entry.operator ?? "–"), make("bdi", { className: "name" }, entry.address ?? ""))),
    cell("", make("div", {}, what, make("bdi", { className: "name" }, detailsOf(entry)))),
    cell("", make("bdi", {}, targetsOf(entry))),
    cell("", make("div", {}, outcome, make("bdi", { className: "name" }, entry.reason ?? ""))));
}

const detailsOf = (entry) => [
  ...(entry.controls ?? []).map((control) => `${control.action} ${control.taskId}`.trim()),
  ...(entry.controlCount > (entry.controls ?? []).length ? ["…"] : []),
  ...(entry.deletesFiles ? ["deletes files"] : []),
  ...(entry.expiresAt ? [`expires ${clock(entry.expiresAt)}`] : []),
].join(", ");

function targetsOf(entry) {
  const named = (entry.agents ?? []).slice(0, 5).join(", ");
  const number = entry.agentCount > 5 ? `${counted(entry.agentCount, "agent", "agents")}: ${named}, …` : named;
  return [entry.chosen, number].filter(Boolean).join("; ") || "–";
}

function filter() {
  const wanted = byId("audit-filter").value.trim().toLowerCase();
  let shown = 0;
  for (const one of byId("audit").rows) {
    one.hidden = !one.textContent.toLowerCase().includes(wanted);
    shown += one.hidden ? 0 : 1;
  }

  const all = byId("audit").rows.length;
  setText(byId("audit-count"), shown === all ? count(all) : `${count(shown)} of ${count(all)}`);
  byId("audit-none").hidden = shown > 0;
}
