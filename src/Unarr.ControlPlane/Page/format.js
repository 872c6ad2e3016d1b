// The words for times, states and controls.

const timeOfDay = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23" });
const dayAndTime = new Intl.DateTimeFormat(undefined, {
  month: "short", day: "numeric", hour: "2-digit", minute: "2-digit", hourCycle: "h23",
});
const whole = new Intl.NumberFormat();

export const count = (number) => whole.format(number);

export const counted = (number, one, many) => `${count(number)} ${number === 1 ? one : many}`;

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

const routes = { sse: "Stream", poll: "Long-poll", "sse+poll": "Stream + long-poll", none: "None", unknown: "Not known" };

export const routeOf = (view) => routes[view.route] ?? view.route;

// In the order in which they are listed.
export const states = {
  live: ["Live", "good"],
  polling: ["Polling", "fair"],
  away: ["Away", "none"],
  notBack: ["Not back yet", "none"],
  new: ["Not seen yet", "none"],
  unknown: ["Not known", "none"],
};

export const stateOf = (view) => states[view.state] ?? [view.state, "none"];

export const textOf = (control) => `${control.action} ${control.taskId}${control.deleteFiles ? ", delete files" : ""}`.trim();

// A control's own parameters, as one line; a long one is cut.
export function paramsOf(control) {
  const text = control.params === undefined ? "" : JSON.stringify(control.params);
  return text.length > 200 ? `${text.slice(0, 200)}…` : text;
}

export const latencyOf = (control) => duration(Date.parse(control.changedAt) - Date.parse(control.queuedAt));

// From the push to what became of it. That a control was applied is known once its agent acknowledges it.
export function stepsOf(control, isSettled) {
  const pushed = `Pushed ${clock(control.queuedAt)}`;
  if (isSettled && control.state === "applied") {
    return `${pushed} → applied → acknowledged ${clock(control.changedAt)}, after ${latencyOf(control)}`;
  }

  if (isSettled) {
    return `${pushed} → ${stateOfControl(control, isSettled)[0].toLowerCase()} ${clock(control.changedAt)}, after ${latencyOf(control)}`;
  }

  const until = control.expiresAt ? `; expires ${clock(control.expiresAt)}` : "";
  return `${pushed}${control.state === "handedOut" ? ` → delivered ${clock(control.changedAt)}` : ""} → …${until}`;
}

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

// In the order in which they need somebody's attention.
export const outcomes = {
  failed: ["Failed", "bad"],
  full: ["Queue full", "bad"],
  unknown: ["No such agent", "bad"],
  expired: ["Expired", "none"],
  withdrawn: ["Withdrawn", "none"],
  pending: ["On its way", "fair"],
  handedOut: ["Delivered, not acknowledged", "fair"],
  delivered: ["Delivered", "good"],
  applied: ["Acknowledged", "good"],
};
