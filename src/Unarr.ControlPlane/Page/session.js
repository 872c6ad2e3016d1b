// Signing in and out, and whether the sign-in or the board is shown.

import { forgetAgents, receive } from "./agents.js";
import { ask, session } from "./api.js";
import { clearControls } from "./controls.js";
import { byId, setText } from "./elements.js";
import { watched } from "./state.js";
import { connect, disconnect, whyEnded } from "./stream.js";
import { clearViews, showView } from "./views.js";

session.addEventListener("end", async (event) => {
  let why = event.detail ?? "";
  if (!why) {
    // Whoever is refused asks why.
    const answer = await ask("GET", "/session").catch(() => null);
    why = answer && !answer.signedIn ? whyEnded(answer) : "";
  }

  showSignIn(why);
});

export async function start() {
  const { signedIn } = await ask("GET", "/session");
  if (signedIn) {
    showBoard();
  } else {
    showSignIn("");
  }
}

export async function signIn(event) {
  event.preventDefault();
  const button = byId("sign-in-button");
  if (button.getAttribute("aria-busy") === "true") {
    return;
  }

  button.setAttribute("aria-busy", "true");
  setText(button, "Checking the key…");
  setText(byId("sign-in-status"), "The key is being checked. This takes longer after keys that were wrong.");
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
    button.removeAttribute("aria-busy");
    setText(button, "Sign in");
    setText(byId("sign-in-status"), "");
  }
}

export async function signOut() {
  try {
    await ask("DELETE", "/session");
    showSignIn("");
  } catch (error) {
    setText(byId("connection"), error.message);
  }
}

function showSignIn(why) {
  disconnect();
  forgetAgents();
  watched.clear();
  clearControls();
  clearViews();
  for (const id of ["board", "sign-out", "views"]) {
    byId(id).hidden = true;
  }

  setText(byId("sign-in-reason"), why);
  byId("sign-in").hidden = false;
  byId("key").focus();
}

function showBoard() {
  byId("sign-in").hidden = true;
  for (const id of ["board", "sign-out", "views"]) {
    byId(id).hidden = false;
  }

  connect(receive);
  showView();
}
