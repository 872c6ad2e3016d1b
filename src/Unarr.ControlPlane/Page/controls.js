// The commands of the chosen agent, and the news of those that were pushed here.

import { agentPath, ask, endSession } from "./api.js";
import { announce, byId, cell, make, setText } from "./elements.js";
import { clock, latencyOf, paramsOf, stateOfCommand, textOf } from "./format.js";
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
      showCommands(detail);
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

export function clearCommands() {
  byId("commands").replaceChildren();
  byId("commands-none").hidden = true;
}

function showCommands({ pending, settled }) {
  const commands = [...pending.map((command) => [command, false]).reverse(), ...settled.map((command) => [command, true]).reverse()];
  commands.sort(([one], [other]) => Date.parse(other.queuedAt) - Date.parse(one.queuedAt));
  const body = byId("commands");
  const rows = new Map([...body.rows].map((row) => [row.dataset.id, row]));
  commands.forEach(([command, isSettled], index) => {
    const row = rows.get(command.id) ?? commandRow(command);
    rows.delete(command.id);
    const [text, tone] = stateOfCommand(command, isSettled);
    setText(row.parts.state, text);
    row.parts.state.dataset.tone = tone;
    setText(row.parts.error, command.error ?? "");
    setText(row.parts.latency, isSettled ? latencyOf(command) : "–");
    if (body.rows[index] !== row) {
      body.insertBefore(row, body.rows[index] ?? null);
    }
  });
  rows.forEach((row) => row.remove());
  byId("commands-none").hidden = commands.length > 0;
}

function commandRow(command) {
  const params = paramsOf(command);
  const row = make("tr", { role: "row" });
  row.dataset.id = command.id;
  row.parts = {
    state: make("span", { className: "state" }),
    error: make("bdi", { className: "name" }),
    latency: make("span"),
  };
  row.append(
    cell("", make("div", {}, make("bdi", {}, textOf(command)), ...(params ? [make("bdi", { className: "name" }, params)] : []))),
    cell("", make("div", {}, row.parts.state, row.parts.error)),
    cell("Pushed", make("time", { dateTime: command.queuedAt }, clock(command.queuedAt)), "short"),
    cell("Latency", row.parts.latency, "number short"),
  );
  return row;
}

function announceSettled(detail) {
  for (const command of detail.settled) {
    if (watched.delete(command.id)) {
      const [text] = stateOfCommand(command, true);
      announce(`${textOf(command)}: ${text.toLowerCase()} by ${detail.agent.id} after ${latencyOf(command)}.`);
    }
  }
}
