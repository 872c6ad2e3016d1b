// The controls of the chosen agent, and the news of those that were pushed here.

import { agentPath, ask, endSession } from "./api.js";
import { announce, byId, cell, confirmed, make, setText } from "./elements.js";
import { latencyOf, paramsOf, stateOfControl, stepsOf, textOf } from "./format.js";
import { agents, state, watched } from "./state.js";

const loading = new Map(); // agent id: "once" or "again"

export async function load(id) {
  if (!agents.has(id)) {
    return;
  }

  if (loading.has(id)) {
    loading.set(id, "again");
    return;
  }

  loading.set(id, "once");
  try {
    const detail = await ask("GET", agentPath(id));
    if (id === state.chosen) {
      showControls(detail);
    }

    announceSettled(detail);
  } catch (error) {
    if (error.status === 401) {
      endSession();
    }
  } finally {
    const again = loading.get(id) === "again";
    loading.delete(id);
    if (again) {
      load(id);
    }
  }
}

export function clearControls() {
  byId("controls").replaceChildren();
  byId("controls-none").hidden = true;
}

function showControls({ pending, settled }) {
  const controls = [...pending.map((control) => [control, false]).reverse(), ...settled.map((control) => [control, true]).reverse()];
  controls.sort(([one], [other]) => Date.parse(other.queuedAt) - Date.parse(one.queuedAt));
  const body = byId("controls");
  const rows = new Map([...body.rows].map((row) => [row.dataset.id, row]));
  controls.forEach(([control, isSettled], index) => {
    const row = rows.get(control.id) ?? controlRow(control);
    rows.delete(control.id);
    const [text, tone] = stateOfControl(control, isSettled);
    setText(row.parts.state, text);
    row.parts.state.dataset.tone = tone;
    setText(row.parts.error, control.error ?? "");
    setText(row.parts.steps, stepsOf(control, isSettled));
    row.parts.withdraw.hidden = isSettled;
    if (body.rows[index] !== row) {
      body.insertBefore(row, body.rows[index] ?? null);
    }
  });
  rows.forEach((row) => row.remove());
  byId("controls-none").hidden = controls.length > 0;
}

function controlRow(control) {
  const params = paramsOf(control);
  const row = make("tr", { role: "row" });
  row.dataset.id = control.id;
  row.parts = {
    state: make("span", { className: "state" }),
    error: make("bdi", { className: "name" }),
    steps: make("span", { className: "steps" }),
    withdraw: make("button", { type: "button", className: "quiet small" }, "Withdraw"),
  };
  row.parts.withdraw.setAttribute("aria-label", `Withdraw ${textOf(control)}`);
  row.parts.withdraw.addEventListener("click", () => withdraw(state.chosen, control));
  row.append(
    cell("", make("div", {}, make("bdi", {}, textOf(control)), ...(params ? [make("bdi", { className: "name" }, params)] : []))),
    cell("", make("div", {}, row.parts.state, row.parts.error)),
    cell("", make("div", {}, row.parts.steps, row.parts.withdraw)),
  );
  return row;
}

async function withdraw(id, control) {
  const isSure = await confirmed(
    `Withdraw ${textOf(control)}?`, `${id} does not get it any more. An agent that has it already still applies it.`, "Withdraw it");
  if (!isSure) {
    return;
  }

  try {
    await ask("DELETE", `${agentPath(id)}/controls/${encodeURIComponent(control.id)}`);
    watched.delete(control.id);
    announce(`Withdrew ${textOf(control)} from ${id}.`);
  } catch (error) {
    if (error.status === 401) {
      endSession();
      return;
    }

    setText(byId("push-error"), error.message);
  }

  load(id);
}

function announceSettled(detail) {
  for (const control of detail.settled) {
    if (watched.delete(control.id)) {
      const [text] = stateOfControl(control, true);
      announce(`${textOf(control)}: ${text.toLowerCase()} by ${detail.agent.id} after ${latencyOf(control)}.`);
    }
  }
}
