// What the page knows. Each member is changed by the module that its comment names, and read by all.

export const agents = new Map(); // agents.js: id: { view, text }, the text in lower case for the filter
export const watched = new Map(); // push.js and controls.js: id of a control pushed here: its agent's id
export const selected = new Set(); // list.js: ids of the agents that a push to many is for
export const state = {
  chosen: "", // detail.js: id of the chosen agent
  shown: [], // agents.js: ids of the agents that the filter lets through, in the list's order
  clockOffset: 0, // agents.js: server's clock less the browser's
  lastHeard: 0, // stream.js: server's clock at the last event
  startedAt: 0, // agents.js: when the control plane was started, by its clock
};
