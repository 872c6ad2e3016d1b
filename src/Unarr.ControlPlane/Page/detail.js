// The chosen agent: which one it is, and its facts.

import { clearControls, load } from "./controls.js";
import { byId, make, setText } from "./elements.js";
import { clock, routeOf, stateOf } from "./format.js";
import { drawSoon } from "./list.js";
import { agents, state } from "./state.js";

export function chosenInAddress() {
  try {
    const id = decodeURIComponent(location.hash.slice(1));
    return id.startsWith("/") ? "" : id; // "#/audit" is a view.
  } catch {
    return ""; // Somebody else's idea of an address.
  }
}

export function choose(id) {
  const agent = agents.get(id);
  byId("detail").hidden = !agent;
  byId("detail-controls").hidden = !agent;
  byId("detail-none").hidden = Boolean(agent);
  if (id !== state.chosen) {
    state.chosen = id;
    setText(byId("push-error"), "");
    clearControls();
    load(id);
  }

  if (agent) {
    showFacts(agent.view);
  }

  drawSoon();
  document.dispatchEvent(new Event("targets"));
}

// By the operator: the list stays where it is, and the reading goes on at the agent.
export function chooseAndShow(id) {
  choose(id);
  byId("target-chosen").checked = true;
  history.replaceState(null, "", `#${encodeURIComponent(id)}`);
  const isBeside = matchMedia("(min-width: 64rem)").matches;
  byId("detail-heading").focus({ preventScroll: isBeside });
}

function showFacts(view) {
  setText(byId("detail-heading"), view.id);
  const platform = [view.os, view.arch].filter(Boolean).join(" / ");
  const facts = [
    ["State", stateOf(view)[0]],
    ["Route", routeOf(view)],
    ["Route since", view.routeSince ? clock(view.routeSince) : "–"],
    ["Last seen", view.lastSeen ? clock(view.lastSeen) : "–"],
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
