// The list of agents as it is on the screen: only the rows in view are elements, however many agents there are.

import { byId, cell, make, setText } from "./elements.js";
import { coarse, routeOf, stateOf } from "./format.js";
import { agents, selected, state } from "./state.js";

const spare = 6; // rows above and below those in view
const rows = new Map(); // id: its row
const free = []; // rows of no agent, to be used again
const events = new EventTarget(); // "choose" with an id, "select"

let active = ""; // id of the agent whose row the Tab key reaches
let isDrawing = false;

export const onChoose = (call) => events.addEventListener("choose", (event) => call(event.detail));
export const onSelect = (call) => events.addEventListener("select", call);

const scroller = () => byId("agents");
const rowHeight = () => parseFloat(getComputedStyle(scroller()).getPropertyValue("--row")) * rem();
const viewHeight = () => scroller().clientHeight - byId("agents-head").offsetHeight; // the heads stay above the rows
const rem = () => parseFloat(getComputedStyle(document.documentElement).fontSize);

export function setUpList() {
  scroller().addEventListener("scroll", drawSoon, { passive: true });
  new ResizeObserver(drawSoon).observe(scroller());
  const space = byId("agents-space");
  space.addEventListener("keydown", moveByKey);
  space.addEventListener("click", click);
  space.addEventListener("change", (event) => select(idOf(event.target), event.target.checked));
  space.addEventListener("focusin", (event) => setActive(idOf(event.target)));
}

const idOf = (element) => element.closest("[data-id]")?.dataset.id ?? "";

// At most once a frame, whatever happens in between.
export function drawSoon() {
  if (!isDrawing) {
    isDrawing = true;
    requestAnimationFrame(() => {
      isDrawing = false;
      draw();
    });
  }
}

function draw() {
  const height = rowHeight();
  const { scrollTop } = scroller();
  const ids = state.shown;
  byId("agents-space").style.height = `${ids.length * height}px`;
  byId("list").setAttribute("aria-rowcount", String(ids.length + 1));
  if (!ids.includes(active)) {
    active = ids.includes(state.chosen) ? state.chosen : ids[0] ?? "";
  }

  const first = Math.max(0, Math.floor(scrollTop / height) - spare);
  const last = Math.min(ids.length, Math.ceil((scrollTop + viewHeight()) / height) + spare);
  const wanted = new Map();
  for (let index = first; index < last; index++) {
    wanted.set(ids[index], index);
  }

  // The row that has the focus, or gets it by Tab, stays wherever the list is scrolled to.
  if (active && !wanted.has(active)) {
    wanted.set(active, ids.indexOf(active));
  }

  for (const [id, row] of rows) {
    if (!wanted.has(id)) {
      rows.delete(id);
      free.push(row);
    }
  }

  for (const [id, index] of wanted) {
    fill(rows.get(id) ?? take(id), id, index, height);
  }

  for (const row of free) {
    row.hidden = true;
  }
}

function take(id) {
  const row = free.pop() ?? agentRow();
  row.hidden = false;
  row.dataset.id = id;
  rows.set(id, row);
  return row;
}

function agentRow() {
  const row = make("div", { role: "row", className: "row" });
  const parts = {
    check: make("input", { type: "checkbox", tabIndex: -1 }),
    id: make("bdi"),
    name: make("bdi", { className: "name" }),
    stateText: make("span", { className: "state" }),
    route: make("span"),
    version: make("bdi"),
    seen: make("span"),
    pending: make("span"),
  };
  parts.button = make("button", { type: "button", className: "choose", tabIndex: -1 }, parts.id);
  row.append(
    cell("", parts.check, "check", "gridcell"),
    cell("", make("div", {}, parts.button, parts.name), "who", "gridcell"),
    cell("", parts.stateText, "", "gridcell"),
    cell("Route", parts.route, "", "gridcell"),
    cell("Version", parts.version, "", "gridcell"),
    cell("Last seen", parts.seen, "", "gridcell"),
    cell("Pending", parts.pending, "number", "gridcell"),
  );
  row.parts = parts;
  byId("agents-space").append(row);
  return row;
}

function fill(row, id, index, height) {
  const { view } = agents.get(id);
  const { check, button, name, stateText, route, version, pending } = row.parts;
  const [text, tone] = stateOf(view);
  const place = `translateY(${index * height}px)`;
  if (row.style.transform !== place) {
    row.style.transform = place;
    row.setAttribute("aria-rowindex", String(index + 2));
  }

  if (row.parts.id.textContent !== id) {
    row.parts.id.textContent = id;
    check.setAttribute("aria-label", `Select ${id}`);
  }

  check.checked = selected.has(id);
  row.setAttribute("aria-selected", String(check.checked));
  setText(name, view.name !== id ? view.name : "");
  setText(stateText, text);
  stateText.dataset.tone = tone;
  setText(route, routeOf(view));
  setText(version, view.version || "–");
  setText(pending, String(view.pending));
  row.toggleAttribute("data-chosen", id === state.chosen);
  button.setAttribute("aria-current", String(id === state.chosen));
  button.tabIndex = id === active ? 0 : -1;
  showAge(row, view);
}

function showAge(row, view) {
  const now = Date.now() + state.clockOffset;
  setText(row.parts.seen, view.lastSeen ? `${coarse(now - Date.parse(view.lastSeen))} ago` : "–");
}

export function showAges() {
  for (const [id, row] of rows) {
    const agent = agents.get(id);
    if (agent) {
      showAge(row, agent.view);
    }
  }
}

// Where the list is scrolled to is kept while rows come and go above: the first row in view stays.
export function keepPlace(change) {
  const height = rowHeight();
  const top = scroller().scrollTop;
  const anchor = state.shown[Math.floor(top / height)];
  change();
  const index = top > 0 && anchor ? state.shown.indexOf(anchor) : -1;
  if (index >= 0) {
    byId("agents-space").style.height = `${state.shown.length * height}px`;
    scroller().scrollTop = index * height + (top % height);
  }
}

export function scrollToTop() {
  scroller().scrollTop = 0;
}

export function focusList() {
  const row = rows.get(active);
  if (row) {
    bringIntoView(state.shown.indexOf(active));
    row.parts.button.focus({ preventScroll: true });
  }
}

function click(event) {
  const id = idOf(event.target);
  if (id && !event.target.closest("input")) {
    events.dispatchEvent(new CustomEvent("choose", { detail: id }));
  }
}

function select(id, isSelected) {
  if (isSelected) {
    selected.add(id);
  } else {
    selected.delete(id);
  }

  drawSoon();
  events.dispatchEvent(new Event("select"));
}

function setActive(id) {
  if (id && id !== active) {
    rows.get(active)?.parts.button.setAttribute("tabindex", "-1");
    active = id;
    rows.get(active)?.parts.button.setAttribute("tabindex", "0");
  }
}

function moveByKey(event) {
  const page = Math.max(1, Math.floor(viewHeight() / rowHeight()) - 1);
  const from = state.shown.indexOf(active);
  const to = {
    ArrowDown: from + 1, ArrowUp: from - 1, PageDown: from + page, PageUp: from - page, Home: 0, End: state.shown.length - 1,
  }[event.key];
  if (event.key === " " && active) {
    event.preventDefault();
    select(active, !selected.has(active));
  } else if (to !== undefined && state.shown.length > 0) {
    event.preventDefault();
    const index = Math.min(Math.max(to, 0), state.shown.length - 1);
    bringIntoView(index);
    setActive(state.shown[index]);
    draw();
    rows.get(active).parts.button.focus({ preventScroll: true });
  }
}

function bringIntoView(index) {
  const height = rowHeight();
  const { scrollTop } = scroller();
  if (index * height < scrollTop) {
    scroller().scrollTop = index * height;
  } else if ((index + 1) * height > scrollTop + viewHeight()) {
    scroller().scrollTop = (index + 1) * height - viewHeight();
  }
}
