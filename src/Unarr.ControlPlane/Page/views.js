// The views: agents, pushes to many, an agent's history, the audit log. The address says which one is shown.

import { clearAudit, showAudit } from "./audit.js";
import { chosenInAddress, choose } from "./detail.js";
import { byId } from "./elements.js";
import { clearHistory, showHistory } from "./history.js";
import { drawSoon } from "./list.js";
import { clearPushes, leavePushes, showPushes } from "./pushes.js";

const views = ["agents", "pushes", "history", "audit"];

export function showView() {
  const [name, part] = location.hash.startsWith("#/") ? location.hash.slice(2).split("/") : ["agents", ""];
  const shown = views.includes(name) ? name : "agents";
  for (const view of views) {
    byId(`view-${view}`).hidden = view !== shown;
    const link = byId(`link-${view}`);
    if (view === shown) {
      link.setAttribute("aria-current", "page");
    } else {
      link.removeAttribute("aria-current");
    }
  }

  leavePushes();
  switch (shown) {
    case "pushes":
      showPushes(part ?? "");
      break;
    case "history":
      showHistory(part ? decodeURIComponent(part) : "");
      break;
    case "audit":
      showAudit();
      break;
    default:
      if (chosenInAddress()) {
        choose(chosenInAddress());
      }

      drawSoon();
  }
}

export function clearViews() {
  clearPushes();
  clearHistory();
  clearAudit();
}
