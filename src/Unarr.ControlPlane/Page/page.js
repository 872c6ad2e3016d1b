// The operator page: what calls what. Dependencies have one direction: page, session, views, agents, detail, controls, and the small ones.

import { setUpAgents } from "./agents.js";
import { setUpAudit } from "./audit.js";
import { chooseAndShow, chosenInAddress } from "./detail.js";
import { byId, setText } from "./elements.js";
import { setUpHistory } from "./history.js";
import { focusList, onChoose, onSelect, setUpList, showAges } from "./list.js";
import { setUpPush } from "./push.js";
import { signIn, signOut, start } from "./session.js";
import { state } from "./state.js";
import { tryAgain } from "./stream.js";
import { showView } from "./views.js";

const showUnreachable = () => setText(byId("connection"), "The control plane does not answer. Reload the page to try again.");

setUpAgents();
setUpList();
setUpPush();
setUpHistory();
setUpAudit();
byId("sign-in-form").addEventListener("submit", signIn);
byId("sign-out").addEventListener("click", signOut);
byId("lost-again").addEventListener("click", tryAgain);
byId("back").addEventListener("click", focusList);
byId("filter").addEventListener("keydown", (event) => {
  if (event.key === "ArrowDown") {
    event.preventDefault();
    focusList();
  }
});
onChoose(chooseAndShow);
onSelect(() => document.dispatchEvent(new Event("targets")));
window.addEventListener("hashchange", () => {
  if (!byId("board").hidden) {
    showView();
  }
});
setInterval(showAges, 1000);
state.chosen = chosenInAddress();
start().catch(showUnreachable);
