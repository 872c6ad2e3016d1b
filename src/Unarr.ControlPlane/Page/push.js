// What the operator sends: a control to the chosen agent or to many, or the wish for a sync.

import { agentPath, ask, endSession } from "./api.js";
import { load } from "./controls.js";
import { announce, byId, confirmed, setText } from "./elements.js";
import { count, counted, textOf } from "./format.js";
import { agents, selected, state, watched } from "./state.js";

const kinds = ["chosen", "selected", "shown", "all"];

export function setUpPush() {
  byId("push").addEventListener("submit", push);
  byId("sync").addEventListener("click", sync);
  byId("params").addEventListener("input", checkParams);
  document.addEventListener("targets", showTargets);
}

// How many each choice is for; one that is for nobody cannot be taken.
function showTargets() {
  const totals = { chosen: agents.has(state.chosen) ? 1 : 0, selected: selected.size, shown: state.shown.length, all: agents.size };
  setText(byId("target-chosen-text"), totals.chosen ? state.chosen : "the chosen agent");
  for (const kind of kinds) {
    byId(`target-${kind}`).disabled = totals[kind] === 0;
    if (kind !== "chosen") {
      setText(byId(`target-${kind}-number`), count(totals[kind]));
    }
  }

  const taken = byId("push").elements.target.value;
  if (taken === "" || byId(`target-${taken}`).disabled) {
    const next = totals.chosen ? "chosen" : totals.selected ? "selected" : "";
    for (const kind of kinds) {
      byId(`target-${kind}`).checked = kind === next;
    }
  }
}

// Before the agents are there, the one that the address names is meant.
const target = () => byId("push").elements.target.value || (state.chosen ? "chosen" : "");

// The parameters: undefined for none; those that are not JSON are refused beside them.
function checkParams() {
  const text = byId("params").value.trim();
  let params;
  let problem = "";
  try {
    params = text ? JSON.parse(text) : undefined;
  } catch (error) {
    problem = `This is not JSON: ${error.message}`;
  }

  byId("params").setAttribute("aria-invalid", String(problem !== ""));
  setText(byId("params-error"), problem);
  return { params, isJson: problem === "" };
}

async function push(event) {
  event.preventDefault();
  const button = event.submitter;
  const { params, isJson } = checkParams();
  if (!isJson) {
    byId("more").open = true;
    byId("params").focus();
    return;
  }

  const control = { action: button?.value || byId("action").value.trim(), taskId: byId("task").value.trim(), params };
  if (!control.action) {
    byId("more").open = true;
    byId("action").focus();
    setText(byId("push-error"), "A control of your own needs an action.");
    return;
  }

  if (control.action === "cancel" && byId("delete-files").checked) {
    control.deleteFiles = true;
  }

  const body = { controls: [control], expiresAfter: byId("expires").value.trim() || undefined };
  await change(button, () => (target() === "chosen" ? pushToOne(state.chosen, control, body) : pushToMany(control, body)));
}

async function pushToOne(id, control, body) {
  if (control.deleteFiles && !await confirmed(
    `Cancel ${control.taskId} on ${id} and delete its files?`, "Deleted files cannot be brought back.", "Delete the files")) {
    return;
  }

  const { ids } = await ask("POST", `${agentPath(id)}/controls`, body);
  ids.forEach((controlId) => watched.set(controlId, id));
  byId("delete-files").checked = false;
  announce(`Pushed ${textOf(control)} to ${id}.`);
  load(id);
}

async function pushToMany(control, body) {
  // Those that the operator saw, and nobody who has come in between.
  const ids = { selected: [...selected], shown: [...state.shown], all: [...agents.keys()] }[target()] ?? [];
  if (ids.length === 0) {
    setText(byId("push-error"), "Choose for whom it is.");
    return;
  }

  const many = counted(ids.length, "agent", "agents");
  const [consequence, yes] = control.deleteFiles
    ? ["Deleted files cannot be brought back.", "Delete the files"] : ["What is still pending can be withdrawn.", "Push it"];
  const isSure = await confirmed(`Push ${textOf(control)} to ${many}?`, consequence, yes);
  if (!isSure) {
    return;
  }

  const { push: id } = await ask("POST", "/controls", { ...body, ...(target() === "all" ? { all: true } : { agents: ids }) });
  byId("delete-files").checked = false;
  announce(`Pushed ${textOf(control)} to ${many}.`);
  location.hash = `/pushes/${id}`;
}

const sync = () => change(byId("sync"), async () => {
  const id = state.chosen;
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
      endSession();
    } else {
      setText(byId("push-error"), error.message);
    }
  } finally {
    button?.removeAttribute("aria-busy");
  }
}
