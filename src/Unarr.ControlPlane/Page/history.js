// An agent's history: what has ended, newest push first, a page at a time; and the export.

import { agentPath, ask, endSession, exportAddress } from "./api.js";
import { byId, cell, make, setText } from "./elements.js";
import { count, paramsOf, stateOfControl, stepsOf, textOf } from "./format.js";
import { agents, state } from "./state.js";

let agent = "";
let before = null;

export function setUpHistory() {
  byId("history-form").addEventListener("submit", (event) => {
    event.preventDefault();
    location.hash = `/history/${encodeURIComponent(byId("history-agent").value.trim())}`;
  });
  byId("history-more").addEventListener("click", more);
  byId("history-filter").addEventListener("input", filter);
}

export function showHistory(id) {
  byId("export-all").href = exportAddress;
  agent = id || state.chosen || [...agents.keys()][0] || "";
  byId("history-agent").value = agent;
  byId("history-agents").replaceChildren(...[...agents.keys()].slice(0, 1000).map((one) => make("option", { value: one })));
  clearHistory();
  byId("export-one").hidden = !agent;
  byId("export-one").href = `${exportAddress}?agent=${encodeURIComponent(agent)}`;
  if (agent) {
    before = 0;
    more();
  }
}

export function clearHistory() {
  before = null;
  byId("history").replaceChildren();
  byId("history-more").hidden = true;
  setText(byId("history-count"), "");
  setText(byId("history-error"), "");
}

async function more() {
  const asked = agent;
  try {
    const page = await ask("GET", `${agentPath(agent)}/history?limit=128${before ? `&before=${before}` : ""}`);
    if (asked !== agent) {
      return;
    }

    before = page.before ?? null;
    byId("history").append(...page.controls.map(row));
    byId("history-more").hidden = before === null;
    filter();
    setText(byId("history-error"), "");
  } catch (error) {
    if (error.status === 401) {
      endSession();
    } else {
      setText(byId("history-error"), error.message);
    }
  }
}

function row(control) {
  const [text, tone] = stateOfControl(control, true);
  const stateText = make("span", { className: "state" }, text);
  stateText.dataset.tone = tone;
  return make(
    "tr", { role: "row" },
    cell("", make("div", {}, make("bdi", {}, textOf(control)), make("bdi", { className: "name" }, paramsOf(control)))),
    cell("", make("div", {}, stateText, make("bdi", { className: "name" }, control.error ?? ""))),
    cell("", stepsOf(control, true)));
}

function filter() {
  const wanted = byId("history-filter").value.trim().toLowerCase();
  let shown = 0;
  for (const one of byId("history").rows) {
    one.hidden = !one.textContent.toLowerCase().includes(wanted);
    shown += one.hidden ? 0 : 1;
  }

  const all = byId("history").rows.length;
  const number = shown === all ? count(all) : `${count(shown)} of ${count(all)}`;
  setText(byId("history-count"), number + (before === null ? "" : ", and older ones"));
  byId("history-none").hidden = shown > 0;
}
