// The operator page: what calls what. Dependencies have one direction: page, session, agents, detail, controls, and the small ones.

import { filterAgents, showAges } from "./agents.js";
import { choose, chosenInAddress } from "./detail.js";
import { byId, setText } from "./elements.js";
import { push, sync } from "./push.js";
import { signIn, signOut, start } from "./session.js";
import { state } from "./state.js";

const showUnreachable = () => setText(byId("connection"), "The control plane does not answer. Reload the page to try again.");

byId("sign-in-form").addEventListener("submit", signIn);
byId("sign-out").addEventListener("click", signOut);
byId("push").addEventListener("submit", push);
byId("sync").addEventListener("click", sync);
byId("filter").addEventListener("input", filterAgents);
window.addEventListener("hashchange", () => choose(chosenInAddress()));
setInterval(showAges, 1000);
state.chosen = chosenInAddress();
start().catch(showUnreachable);
