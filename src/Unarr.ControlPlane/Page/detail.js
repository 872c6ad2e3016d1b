// The chosen agent: which one it is, and its facts.

import { clearControls, load } from "./controls.js";
import { byId, make, setText } from "./elements.js";
import { clock, routeOf, stateOf } from "./format.js";
import { agents, state } from "./state.js";

export function chosenInAddress() {
  try {
    return decodeURIComponent(location.hash.slice(1));
  } catch {
    return ""; // Somebody else's idea of an address.
  }
}

export function choose(id) {
  const agent = agents.get(id);
  byId("detail").hidden = !agent;
  byId("detail-none").hidden = Boolean(agent);
  if (id !== state.chosen) {
    state.chosen = id;
    setText(byId("push-error"), "");
    clearControls();
    history.replaceState(null, "", `#${encodeURIComponent(id)}`);
    load(id);
  }

  for (const other of agents.values()) {
    const isChosen = other === agent;
    other.row.toggleAttribute("data-chosen", isChosen);
    other.row.parts.button.setAttribute("aria-current", String(isChosen));
  }

  if (agent) {
    showFacts(agent.view);
  }
}

function showFacts(view) {
  setText(byId("detail-heading"), view.id);
  const platform = [view.os, view.arch].filter(Boolean).join(" / ");
  const facts = [
    ["State", stateOf(view)[0]],
    ["Route", routeOf(view)],
    ["Route since", view.routeSince ? clock(view.routeSince) : "–"],
    ["Last sync", view.lastSync ? clock(view.lastSync) : "–"],
    ["Calls itself", [view.reportedId, view.name].filter((text, index, all) => text && all.indexOf(text) === index).join(", ") || "–"],
    ["Version", [view.version, platform].filter(Boolean).join(", ") || "–"],
    ["Tasks", String(view.tasks)],
    ["Pending", String(view.pending)],
  ];
  const list = byId("facts");
  if (list.children.length === 0) {
    list.append(...facts.map(([name]) => make("div", {}, make("dt", {}, name), make("dd", {}, make("bdi")))));
  }

  facts.forEach(([, value], index) => setText(list.children[index].querySelector("bdi"), value));
}
