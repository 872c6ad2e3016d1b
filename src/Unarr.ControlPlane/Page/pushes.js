// Pushes to many agents: how far each has come, and the outcome for each agent.

import { ask, endSession } from "./api.js";
import { announce, byId, cell, confirmed, make, setText } from "./elements.js";
import { clock, count, counted, outcomes, textOf } from "./format.js";

const most = 500; // agents that are listed of a push, those first that need attention

let timer = 0;
let chosen = "";

export function showPushes(id) {
  chosen = id;
  look();
}

export function leavePushes() {
  clearTimeout(timer);
}

export function clearPushes() {
  leavePushes();
  byId("pushes").replaceChildren();
  byId("push-results").replaceChildren();
  byId("push-detail").hidden = true;
}

async function look() {
  leavePushes();
  try {
    const { pushes } = await ask("GET", "/pushes");
    showList(pushes);
    await showOne(pushes.some((push) => push.id === chosen) ? chosen : pushes[0]?.id ?? "");
    setText(byId("pushes-error"), "");
    if (pushes.some((push) => !push.isDone) && !byId("view-pushes").hidden) {
      timer = setTimeout(look, 1000);
    }
  } catch (error) {
    if (error.status === 401) {
      endSession();
      return;
    }

    setText(byId("pushes-error"), error.message);
    timer = setTimeout(look, 5000);
  }
}

const open = ({ outcomes: totals }) => (totals.pending ?? 0) + (totals.handedOut ?? 0);

const titleOf = (push) => push.controls.map(textOf).join("; ") + (push.controlCount > push.controls.length ? "; …" : "");

function showList(pushes) {
  byId("pushes-none").hidden = pushes.length > 0;
  const rows = new Map([...byId("pushes").rows].map((row) => [row.dataset.id, row]));
  pushes.forEach((push, index) => {
    const row = rows.get(push.id) ?? pushRow(push);
    rows.delete(push.id);
    const settled = push.agentCount - open(push);
    row.parts.bar.max = push.agentCount;
    row.parts.bar.value = settled;
    row.parts.bar.setAttribute("aria-label", `Progress of ${titleOf(push)}`);
    setText(row.parts.progress, push.isDone ? "Done" : `${count(settled)} of ${count(push.agentCount)}`);
    setText(row.parts.totals, totalsOf(push));
    row.parts.withdraw.hidden = push.isDone;
    row.toggleAttribute("data-chosen", push.id === chosen);
    if (byId("pushes").rows[index] !== row) {
      byId("pushes").insertBefore(row, byId("pushes").rows[index] ?? null);
    }
  });
  rows.forEach((row) => row.remove());
}

const totalsOf = (push) => Object.entries(outcomes).filter(([name]) => push.outcomes[name])
  .map(([name, [text]]) => `${text}: ${count(push.outcomes[name])}`).join(", ");

function pushRow(push) {
  const row = make("tr", { role: "row" });
  row.dataset.id = push.id;
  row.parts = {
    bar: make("progress"),
    progress: make("span"),
    totals: make("span", { className: "name" }),
    withdraw: make("button", { type: "button", className: "quiet small" }, "Withdraw the rest"),
  };
  const button = make("button", { type: "button", className: "choose" }, make("bdi", {}, titleOf(push)));
  button.addEventListener("click", () => {
    location.hash = `/pushes/${push.id}`;
  });
  row.parts.withdraw.addEventListener("click", () => withdraw(push));
  const many = `${counted(push.agentCount, "agent", "agents")}${push.chosen ? `, ${push.chosen}` : ""}`;
  const until = push.expiresAt ? `, expires ${clock(push.expiresAt)}` : "";
  row.append(
    cell("", make("div", {}, button, make("bdi", { className: "name" }, many))),
    cell("", make("div", {}, row.parts.bar, " ", row.parts.progress, row.parts.totals)),
    cell("Pushed", make("bdi", {}, `${clock(push.at)} by ${push.operator}${until}`)),
    cell("", row.parts.withdraw),
  );
  return row;
}

async function showOne(id) {
  byId("push-detail").hidden = !id;
  if (!id) {
    return;
  }

  const { push, results } = await ask("GET", `/pushes/${encodeURIComponent(id)}?limit=${most}`);
  setText(byId("push-detail-heading"), titleOf(push));
  byId("push-results").replaceChildren(...results.map((result) => {
    const [text, tone] = outcomes[result.outcome] ?? [result.outcome, "none"];
    const stateText = make("span", { className: "state" }, text);
    stateText.dataset.tone = tone;
    return make(
      "tr", { role: "row" },
      cell("", make("bdi", {}, result.agent)),
      cell("", make("div", {}, stateText, make("bdi", { className: "name" }, result.error ?? ""))),
      cell("", result.changedAt ? clock(result.changedAt) : "–", "short"));
  }));
  setText(byId("push-results-more"), push.agentCount > results.length
    ? `${count(results.length)} of ${count(push.agentCount)} agents are listed: those first that need attention.` : "");
}

async function withdraw(push) {
  const isSure = await confirmed(
    `Withdraw what is still pending of ${titleOf(push)}?`,
    `${counted(open(push), "agent has", "agents have")} not acknowledged it. An agent that has it already still applies it.`,
    "Withdraw it");
  if (!isSure) {
    return;
  }

  try {
    const { withdrawn } = await ask("DELETE", `/pushes/${encodeURIComponent(push.id)}`);
    announce(`Withdrew ${counted(withdrawn, "control", "controls")}.`);
  } catch (error) {
    setText(byId("pushes-error"), error.message);
  }

  look();
}
