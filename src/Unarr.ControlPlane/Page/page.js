// The operator page. Whatever comes from the server is hostile until shown: it becomes text, never markup.

const byId = (id) => document.getElementById(id);
// Relative to the page: a proxy may serve the control plane under a path of its own.
const api = "api/operator";

const agents = new Map(); // id: { view, row }
const watched = new Map(); // id of a command pushed here: its agent's id
const loading = new Map(); // agent id: "once" or "again"
let details = null; // of the chosen agent, as last fetched
let chosen = "";
let stream = null;
let silence = 0; // timer: no event for too long
let heartbeat = 15000;
let clockOffset = 0; // server's clock less the browser's

// ---- Talking to the server

class RequestError extends Error {
  constructor(status, message) {
    super(message);
    this.status = status;
  }
}

async function ask(method, path, body) {
  let response;
  try {
    response = await fetch(api + path, {
      method,
      headers: method === "GET" ? {} : { "Content-Type": "application/json" },
      body: method === "GET" ? undefined : JSON.stringify(body ?? {}),
    });
  } catch {
    throw new RequestError(0, "The control plane does not answer.");
  }

  const text = await response.text();
  let answer = null;
  try {
    answer = text ? JSON.parse(text) : null;
  } catch {
    answer = null; // A proxy's own page, say: the status tells enough.
  }

  if (!response.ok) {
    throw new RequestError(response.status, answer?.error ?? `The control plane answered with status ${response.status}.`);
  }

  return answer;
}

const agentPath = (id) => `/agents/${encodeURIComponent(id)}`;

// ---- The stream

function connect() {
  disconnect();
  setText(byId("connection"), "Connecting…");
  stream = new EventSource(`${api}/stream`);
  stream.addEventListener("agents", (event) => receive(event, true));
  stream.addEventListener("changed", (event) => receive(event, false));
  stream.addEventListener("time", (event) => receive(event, false));
  stream.addEventListener("error", streamFailed);
  expectEvent();
}

function disconnect() {
  clearTimeout(silence);
  stream?.close();
  stream = null;
}

// A path that goes mute leaves an EventSource open for ever: the server tells the time at each heartbeat, and its absence tells.
function expectEvent() {
  clearTimeout(silence);
  silence = setTimeout(connect, heartbeat * 2.5);
}

function streamFailed() {
  if (stream?.readyState === EventSource.CLOSED) {
    // Refused; the browser does not say why, and does not try again.
    disconnect();
    setText(byId("connection"), "Not connected");
    comeBack();
  } else {
    setText(byId("connection"), "Reconnecting…");
  }
}

async function comeBack() {
  try {
    const { signedIn } = await ask("GET", "/session");
    if (!signedIn) {
      showSignIn();
      return;
    }
  } catch {
    setText(byId("connection"), "The control plane does not answer");
  }

  // Never at once: whoever is refused does not hammer.
  clearTimeout(silence);
  silence = setTimeout(connect, 5000);
}

function receive(event, isAll) {
  const message = JSON.parse(event.data);
  heartbeat = message.heartbeatMilliseconds ?? heartbeat;
  clockOffset = Date.parse(message.now) - Date.now();
  expectEvent();
  setText(byId("connection"), "Connected");
  const gone = isAll ? [...agents.keys()].filter((id) => !message.agents.some((agent) => agent.id === id)) : (message.removed ?? []);
  for (const id of gone) {
    agents.get(id)?.row.remove();
    agents.delete(id);
  }

  for (const view of message.agents ?? []) {
    showAgent(view);
  }

  tell();
  if (gone.length > 0 || message.agents) {
    filterAgents();
    choose(chosen);
  }
}

// ---- Agents

const routes = { sse: "Stream", poll: "Long-poll", "sse+poll": "Stream + long-poll", none: "None" };

function stateOf(view) {
  if (view.route === "sse" || view.route === "sse+poll") {
    return ["Live", "good"];
  }

  if (view.route === "poll") {
    return ["Polling", "fair"];
  }

  return view.lastSeen ? ["Away", "none"] : ["Never seen", "none"];
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
  const [state, tone] = stateOf(view);
  const { name, stateText, route, pending } = agent.row.parts;
  setText(name, view.name !== view.id ? view.name : "");
  setText(stateText, state);
  stateText.dataset.tone = tone;
  setText(route, routes[view.route] ?? view.route);
  setText(pending, String(view.pending));
  if (view.id === chosen || [...watched.values()].includes(view.id)) {
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

function filterAgents() {
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

// ---- The chosen agent

function choose(id) {
  const agent = agents.get(id);
  byId("detail").hidden = !agent;
  byId("detail-none").hidden = Boolean(agent);
  if (id !== chosen) {
    chosen = id;
    details = null;
    setText(byId("push-error"), "");
    byId("commands").replaceChildren();
    byId("commands-none").hidden = true;
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
    ["Route", routes[view.route] ?? view.route],
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

async function load(id) {
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
    if (id === chosen) {
      details = detail;
      showCommands();
    }

    announceSettled(detail);
  } catch (error) {
    if (error.status === 401) {
      showSignIn();
    }
  } finally {
    const again = loading.get(id) === "again";
    loading.delete(id);
    if (again) {
      load(id);
    }
  }
}

function showCommands() {
  const commands = [...details.pending.map((command) => [command, false]).reverse(), ...details.settled.map((command) => [command, true]).reverse()];
  commands.sort(([one], [other]) => Date.parse(other.queuedAt) - Date.parse(one.queuedAt));
  const body = byId("commands");
  const rows = new Map([...body.rows].map((row) => [row.dataset.id, row]));
  commands.forEach(([command, isSettled], index) => {
    const row = rows.get(command.id) ?? commandRow(command);
    rows.delete(command.id);
    const [state, tone] = stateOfCommand(command, isSettled);
    setText(row.parts.state, state);
    row.parts.state.dataset.tone = tone;
    setText(row.parts.error, command.error ?? "");
    setText(row.parts.latency, isSettled ? duration(Date.parse(command.changedAt) - Date.parse(command.queuedAt)) : "–");
    if (body.rows[index] !== row) {
      body.insertBefore(row, body.rows[index] ?? null);
    }
  });
  rows.forEach((row) => row.remove());
  byId("commands-none").hidden = commands.length > 0;
}

function commandRow(command) {
  const row = make("tr", { role: "row" });
  row.dataset.id = command.id;
  row.parts = {
    state: make("span", { className: "state" }),
    error: make("bdi", { className: "name" }),
    latency: make("span"),
  };
  row.append(
    cell("", make("bdi", {}, textOf(command))),
    cell("", make("div", {}, row.parts.state, row.parts.error)),
    cell("Pushed", make("time", { dateTime: command.queuedAt }, clock(command.queuedAt)), "short"),
    cell("Latency", row.parts.latency, "number short"),
  );
  return row;
}

const textOf = (command) => `${command.action} ${command.taskId}${command.deleteFiles ? ", delete files" : ""}`.trim();

function stateOfCommand(command, isSettled) {
  switch (command.state) {
    case "applied":
      return ["Acknowledged", "good"];
    case "failed":
      return ["Failed", "bad"];
    case "unreadable":
      return ["Unreadable, set aside", "bad"];
    case "handedOut":
      return isSettled ? ["Delivered", "good"] : ["Delivered, not acknowledged", "fair"];
    default:
      return ["On its way", "fair"];
  }
}

function announceSettled(detail) {
  for (const command of detail.settled) {
    if (watched.delete(command.id)) {
      const [state] = stateOfCommand(command, true);
      const after = duration(Date.parse(command.changedAt) - Date.parse(command.queuedAt));
      announce(`${textOf(command)}: ${state.toLowerCase()} by ${detail.agent.id} after ${after}.`);
    }
  }
}

// ---- Pushing

async function push(event) {
  event.preventDefault();
  const id = chosen;
  const action = event.submitter?.value ?? "pause";
  const control = { action, taskId: byId("task").value.trim() };
  if (action === "cancel" && byId("delete-files").checked) {
    control.deleteFiles = true;
  }

  await change(event.submitter, async () => {
    const { ids } = await ask("POST", `${agentPath(id)}/controls`, control);
    ids.forEach((command) => watched.set(command, id));
    byId("delete-files").checked = false;
    announce(`Pushed ${textOf(control)} to ${id}.`);
    load(id);
  });
}

const sync = () => change(byId("sync"), async () => {
  const id = chosen;
  await ask("POST", `${agentPath(id)}/sync`);
  announce(`Asked ${id} for a sync.`);
});

async function change(button, work) {
  setText(byId("push-error"), "");
  button?.setAttribute("aria-busy", "true");
  try {
    await work();
  } catch (error) {
    if (error.status === 401) {
      showSignIn();
    } else {
      setText(byId("push-error"), error.message);
    }
  } finally {
    button?.removeAttribute("aria-busy");
  }
}

// ---- Signing in and out

async function signIn(event) {
  event.preventDefault();
  const button = event.submitter ?? byId("sign-in-form").querySelector("button");
  button.disabled = true;
  setText(byId("sign-in-error"), "");
  try {
    await ask("POST", "/session", { key: byId("key").value.trim() });
    byId("key").value = "";
    showBoard();
    byId("agents-heading").focus();
  } catch (error) {
    setText(byId("sign-in-error"), error.message);
    byId("key").select();
  } finally {
    button.disabled = false;
  }
}

async function signOut() {
  try {
    await ask("DELETE", "/session");
    showSignIn();
  } catch (error) {
    setText(byId("connection"), error.message);
  }
}

function showSignIn() {
  disconnect();
  setText(byId("connection"), "");
  agents.clear();
  watched.clear();
  byId("agents").replaceChildren();
  byId("commands").replaceChildren();
  byId("board").hidden = true;
  byId("sign-out").hidden = true;
  byId("sign-in").hidden = false;
  byId("key").focus();
}

function showBoard() {
  byId("sign-in").hidden = true;
  byId("board").hidden = false;
  byId("sign-out").hidden = false;
  connect();
}

const showUnreachable = () => setText(byId("connection"), "The control plane does not answer. Reload the page to try again.");

async function start() {
  const { signedIn } = await ask("GET", "/session");
  if (signedIn) {
    showBoard();
  } else {
    showSignIn();
  }
}

// ---- Small things

function make(tag, properties = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (name === "role") {
      element.setAttribute(name, value);
    } else {
      element[name] = value;
    }
  }

  element.append(...children);
  return element;
}

function cell(label, content, className = "") {
  const element = make("td", { role: "cell", className }, content);
  if (label) {
    element.dataset.label = label;
  }

  return element;
}

// A text that stays as it is is left alone: nothing is read out again, and no selection is lost.
function setText(element, text) {
  if (element.textContent !== text) {
    element.textContent = text;
  }
}

// Each announcement is an element of its own: read out once, also when it says what the one before said, and no other with it.
function announce(text) {
  const announcements = byId("announcement");
  announcements.append(make("p", {}, text));
  while (announcements.childElementCount > 5) {
    announcements.firstElementChild.remove();
  }
}

const timeOfDay = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23" });
const dayAndTime = new Intl.DateTimeFormat(undefined, { month: "short", day: "numeric", hour: "2-digit", minute: "2-digit", hourCycle: "h23" });

function clock(time) {
  const date = new Date(time);
  return (date.toDateString() === new Date().toDateString() ? timeOfDay : dayAndTime).format(date);
}

function duration(milliseconds) {
  if (milliseconds < 1000) {
    return `${Math.max(0, Math.round(milliseconds))} ms`;
  }

  return milliseconds < 60000 ? `${(milliseconds / 1000).toFixed(1)} s` : coarse(milliseconds);
}

function coarse(milliseconds) {
  const seconds = Math.max(0, Math.floor(milliseconds / 1000));
  if (seconds < 60) {
    return `${seconds} s`;
  }

  if (seconds < 3600) {
    return `${Math.floor(seconds / 60)} min`;
  }

  return seconds < 86400 ? `${Math.floor(seconds / 3600)} h` : `${Math.floor(seconds / 86400)} d`;
}

function agentInAddress() {
  try {
    return decodeURIComponent(location.hash.slice(1));
  } catch {
    return ""; // Somebody else's idea of an address.
  }
}

function tell() {
  const now = Date.now() + clockOffset;
  for (const { view, row } of agents.values()) {
    setText(row.parts.seen, view.lastSeen ? `${coarse(now - Date.parse(view.lastSeen))} ago` : "Never");
  }
}

byId("sign-in-form").addEventListener("submit", signIn);
byId("sign-out").addEventListener("click", signOut);
byId("push").addEventListener("submit", push);
byId("sync").addEventListener("click", sync);
byId("filter").addEventListener("input", filterAgents);
window.addEventListener("hashchange", () => choose(agentInAddress()));
setInterval(tell, 1000);
chosen = agentInAddress();
start().catch(showUnreachable);
