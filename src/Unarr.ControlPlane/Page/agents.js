// The agents: what the stream says of them, their totals, and which of them the list shows in which order.

import { load } from "./controls.js";
import { choose } from "./detail.js";
import { byId, make, setText } from "./elements.js";
import { clock, count, counted, states } from "./format.js";
import { drawSoon, keepPlace, scrollToTop } from "./list.js";
import { agents, selected, state, watched } from "./state.js";

const ranks = new Map(Object.keys(states).map((name, index) => [name, index]));
const wantedStates = new Set();
const keys = {
  id: (view) => view.id,
  state: (view) => ranks.get(view.state) ?? ranks.size,
  route: (view) => view.route,
  version: (view) => view.version,
  seen: (view) => (view.lastSeen ? -Date.parse(view.lastSeen) : Number.MAX_VALUE),
  pending: (view) => -view.pending,
};

let sort = { by: "id", sign: 1 };
let order = []; // all agents as they were sorted last: the next sorting has little to do
let refreshing = 0; // timer: what has changed is sorted and filtered a moment later, once for many changes

export function setUpAgents() {
  for (const [name, [text]] of Object.entries(states)) {
    const number = make("span", { className: "figure" }, "0");
    const button = make("button", { type: "button", className: "total quiet", title: "Show agents in this state only" }, text, " ", number);
    button.dataset.state = name;
    button.setAttribute("aria-pressed", "false");
    button.addEventListener("click", () => filterByState(button, name));
    byId("totals").append(button);
  }

  for (const button of byId("list").querySelectorAll("[data-sort]")) {
    button.addEventListener("click", () => sortBy(button.dataset.sort));
  }

  byId("select-shown").addEventListener("change", selectShown);
  byId("filter").addEventListener("input", filterAgents);
}

export function receive(message, isAll) {
  state.clockOffset = Date.parse(message.now) - Date.now();
  state.startedAt = message.startedAt ? Date.parse(message.startedAt) : state.startedAt;
  const there = isAll ? new Set(message.agents.map((agent) => agent.id)) : null;
  const gone = isAll ? [...agents.keys()].filter((id) => !there.has(id)) : (message.removed ?? []);
  for (const id of gone) {
    agents.delete(id);
    selected.delete(id);
  }

  const followed = new Set(watched.values());
  for (const view of message.agents ?? []) {
    agents.set(view.id, { view, text: textOf(view) });
    if (view.id === state.chosen || followed.has(view.id)) {
      load(view.id);
    }
  }

  if (isAll || gone.length > 0) {
    refresh();
  } else if (message.agents) {
    drawSoon();
    refreshing ||= setTimeout(refresh, 250);
  }

  if (isAll || gone.includes(state.chosen) || message.agents?.some((view) => view.id === state.chosen)) {
    choose(state.chosen);
  }
}

const textOf = (view) =>
  [view.id, view.reportedId, view.name, view.version, view.os, view.arch, view.node ?? ""].join("\n").toLowerCase();

function refresh() {
  clearTimeout(refreshing);
  refreshing = 0;
  keepPlace(arrange);
  showTotals();
  drawSoon();
}

function arrange() {
  const known = new Set();
  order = order.filter((agent) => {
    const now = agents.get(agent.id);
    known.add(agent.id);
    if (now) {
      agent.key = keys[sort.by](now.view);
    }

    return now;
  });
  for (const [id, { view }] of agents) {
    if (!known.has(id)) {
      order.push({ id, key: keys[sort.by](view) });
    }
  }

  const { sign } = sort;
  order.sort((one, other) => {
    if (one.key === other.key) {
      return one.id < other.id ? -1 : 1;
    }

    return one.key < other.key ? -sign : sign;
  });
  const text = byId("filter").value.trim().toLowerCase();
  state.shown = order.map((agent) => agent.id).filter((id) => {
    const agent = agents.get(id);
    return (wantedStates.size === 0 || wantedStates.has(agent.view.state)) && agent.text.includes(text);
  });
}

function showTotals() {
  const totals = new Map();
  for (const { view } of agents.values()) {
    totals.set(view.state, (totals.get(view.state) ?? 0) + 1);
  }

  for (const button of byId("totals").children) {
    const total = totals.get(button.dataset.state) ?? 0;
    setText(button.querySelector(".figure"), count(total));
    button.hidden = total === 0 && !wantedStates.has(button.dataset.state);
  }

  const shown = state.shown.length;
  setText(byId("agents-count"), shown === agents.size ? count(agents.size) : `${count(shown)} of ${count(agents.size)}`);
  byId("agents-none").hidden = shown > 0;
  setText(byId("agents-none"), agents.size === 0 ? "No agent has a key." : "No agent matches.");
  const missing = totals.get("notBack") ?? 0;
  byId("restarted").hidden = missing === 0;
  setText(byId("restarted"), missing === 0 ? "" : `The control plane was restarted at ${clock(state.startedAt)}. `
    + `${counted(missing, "agent has", "agents have")} not come back yet: what was known last is shown.`);
  byId("select-shown").checked = shown > 0 && state.shown.every((id) => selected.has(id));
  document.dispatchEvent(new Event("targets"));
}

export function filterAgents() {
  arrange();
  scrollToTop();
  showTotals();
  drawSoon();
}

function filterByState(button, name) {
  if (!wantedStates.delete(name)) {
    wantedStates.add(name);
  }

  button.setAttribute("aria-pressed", String(wantedStates.has(name)));
  filterAgents();
}

function sortBy(by) {
  sort = { by, sign: sort.by === by ? -sort.sign : 1 };
  for (const button of byId("list").querySelectorAll("[data-sort]")) {
    const isSorted = button.dataset.sort === by;
    button.parentElement.setAttribute("aria-sort", isSorted ? (sort.sign > 0 ? "ascending" : "descending") : "none");
  }

  filterAgents();
}

function selectShown() {
  for (const id of state.shown) {
    if (byId("select-shown").checked) {
      selected.add(id);
    } else {
      selected.delete(id);
    }
  }

  drawSoon();
  document.dispatchEvent(new Event("targets"));
}

export function forgetAgents() {
  agents.clear();
  selected.clear();
  order = [];
  refresh();
}
