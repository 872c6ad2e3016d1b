// What the operator sends to the chosen agent: a control, or the wish for a sync.

import { agentPath, ask, endSession } from "./api.js";
import { load } from "./controls.js";
import { announce, byId, setText } from "./elements.js";
import { textOf } from "./format.js";
import { state, watched } from "./state.js";

export async function push(event) {
  event.preventDefault();
  const id = state.chosen;
  const action = event.submitter?.value ?? "pause";
  const control = { action, taskId: byId("task").value.trim() };
  if (action === "cancel" && byId("delete-files").checked) {
    control.deleteFiles = true;
  }

  await change(event.submitter, async () => {
    const { ids } = await ask("POST", `${agentPath(id)}/controls`, control);
    ids.forEach((controlId) => watched.set(controlId, id));
    byId("delete-files").checked = false;
    announce(`Pushed ${textOf(control)} to ${id}.`);
    load(id);
  });
}

export const sync = () => change(byId("sync"), async () => {
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
