// The words for times, states and controls.

const timeOfDay = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23" });
const dayAndTime = new Intl.DateTimeFormat(undefined, {
  month: "short", day: "numeric", hour: "2-digit", minute: "2-digit", hourCycle: "h23",
});

export function clock(time) {
  const date = new Date(time);
  return (date.toDateString() === new Date().toDateString() ? timeOfDay : dayAndTime).format(date);
}

export function duration(milliseconds) {
  if (milliseconds < 1000) {
    return `${Math.max(0, Math.round(milliseconds))} ms`;
  }

  return milliseconds < 60000 ? `${(milliseconds / 1000).toFixed(1)} s` : coarse(milliseconds);
}

export function coarse(milliseconds) {
  const seconds = Math.max(0, Math.floor(milliseconds / 1000));
  if (seconds < 60) {
    return `${seconds} s`;
  }

  if (seconds < 3600) {
    return `${Math.floor(seconds / 60)} min`;
  }

  return seconds < 86400 ? `${Math.floor(seconds / 3600)} h` : `${Math.floor(seconds / 86400)} d`;
}

const routes = { sse: "Stream", poll: "Long-poll", "sse+poll": "Stream + long-poll", none: "None" };

export const routeOf = (view) => routes[view.route] ?? view.route;

export function stateOf(view) {
  if (view.route === "sse" || view.route === "sse+poll") {
    return ["Live", "good"];
  }

  if (view.route === "poll") {
    return ["Polling", "fair"];
  }

  return view.lastSeen ? ["Away", "none"] : ["Never seen", "none"];
}

export const textOf = (control) => `${control.action} ${control.taskId}${control.deleteFiles ? ", delete files" : ""}`.trim();

// A control's own parameters, as one line; a long one is cut.
export function paramsOf(control) {
  const text = control.params === undefined ? "" : JSON.stringify(control.params);
  return text.length > 200 ? `${text.slice(0, 200)}…` : text;
}

export const latencyOf = (control) => duration(Date.parse(control.changedAt) - Date.parse(control.queuedAt));

export function stateOfControl(control, isSettled) {
  switch (control.state) {
    case "applied":
      return ["Acknowledged", "good"];
    case "failed":
      return ["Failed", "bad"];
    case "expired":
      return ["Expired", "none"];
    case "withdrawn":
      return ["Withdrawn", "none"];
    case "unreadable":
      return ["Unreadable, set aside", "bad"];
    case "handedOut":
      return isSettled ? ["Delivered", "good"] : ["Delivered, not acknowledged", "fair"];
    default:
      return ["On its way", "fair"];
  }
}
