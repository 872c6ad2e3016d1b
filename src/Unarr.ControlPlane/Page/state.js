// What the page knows. Each member is changed by the module that its comment names, and read by all.

export const agents = new Map(); // agents.js: id: { view, row }
export const watched = new Map(); // push.js and controls.js: id of a control pushed here: its agent's id
export const state = {
  chosen: "", // detail.js: id of the chosen agent
  clockOffset: 0, // agents.js: server's clock less the browser's
};
