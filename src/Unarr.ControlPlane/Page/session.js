// Signing in and out, and which of the two views is shown.

import { receive } from "./agents.js";
import { ask, session } from "./api.js";
import { byId, setText } from "./elements.js";
import { agents, watched } from "./state.js";
import { connect, disconnect } from "./stream.js";

session.addEventListener("end", showSignIn);

export async function start() {
  const { signedIn } = await ask("GET", "/session");
  if (signedIn) {
    showBoard();
  } else {
    showSignIn();
  }
}

export async function signIn(event) {
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

export async function signOut() {
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
  byId("controls").replaceChildren();
  byId("board").hidden = true;
  byId("sign-out").hidden = true;
  byId("sign-in").hidden = false;
  byId("key").focus();
}

function showBoard() {
  byId("sign-in").hidden = true;
  byId("board").hidden = false;
  byId("sign-out").hidden = false;
  connect(receive);
}
