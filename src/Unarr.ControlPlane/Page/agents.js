// The list of agents.

import { load } from "./controls.js";
import { choose } from "./detail.js";
import { byId, cell, make, setText } from "./elements.js";
import { coarse, routeOf, stateOf } from "./format.js";
import { agents, state, watched } from "./state.js";

export function receive(message, isAll) {
  state.clockOffset = Date.parse(message.now) - Date.now();
  const gone = isAll ? [...agents.keys()].filter((id) => !message.agents.some((agent) => agent.id === id)) : (message.removed ?? []);
  for (const id of gone) {
    agents.get(id)?.row.remove();
    agents.delete(id);
  }

  for (const view of message.agents ?? []) {
    showAgent(view);
  }

  showAges();
  if (gone.length > 0 || message.agents) {
    filterAgents();
    choose(state.chosen);
  }
}

function showAgent(view) {
  let agent = agents.get(view.id);
  if (!agent) {
    agent = { view, row: agentRow(view.id) };
    agents.set(view.id, agent);
    const after = [...byId("agents").rows].find((row) => row.dataset.id > view.id);
    byId("agents").insertBefore(agent.row, after ?? null);
  }

  agent.view = view;
  const [text, tone] = stateOf(view);
  const { name, stateText, route, pending } = agent.row.parts;
  setText(name, view.name !== view.id ? view.name : "");
  setText(stateText, text);
  stateText.dataset.tone = tone;
  setText(route, routeOf(view));
  setText(pending, String(view.pending));
  if (view.id === state.chosen || [...watched.values()].includes(view.id)) {
    load(view.id);
  }
}

function agentRow(id) {
  const row = make("tr", { role: "row" });
  row.dataset.id = id;
  const button = make("button", { type: "button", className: "choose" }, make("bdi", {}, id));
  button.addEventListener("click", () => {
    choose(id);
    byId("detail-heading").focus();
  });
  const parts = {
    button,
    name: make("bdi", { className: "name" }),
    stateText: make("span", { className: "state" }),
    route: make("span"),
    seen: make("span"),
    pending: make("span"),
  };
  row.append(
    cell("", make("div", {}, button, parts.name)),
    cell("", parts.stateText, "short"),
    cell("Route", parts.route),
    cell("Last seen", parts.seen),
    cell("Pending", parts.pending, "number"),
  );
  row.parts = parts;
  return row;
}

export function filterAgents() {
  const wanted = byId("filter").value.trim().toLowerCase();
  let shown = 0;
  for (const { view, row } of agents.values()) {
    row.hidden = !`${view.id}\n${view.name}`.toLowerCase().includes(wanted);
    shown += row.hidden ? 0 : 1;
  }

  setText(byId("agents-count"), shown === agents.size ? `${agents.size}` : `${shown} of ${agents.size}`);
  byId("agents-none").hidden = shown > 0;
  setText(byId("agents-none"), agents.size === 0 ? "No agent has a key." : "No agent matches.");
}

export function showAges() {
  const now = Date.now() + state.clockOffset;
  for (const { view, row } of agents.values()) {
    setText(row.parts.seen, view.lastSeen ? `${coarse(now - Date.parse(view.lastSeen))} ago` : "Never");
  }
}
