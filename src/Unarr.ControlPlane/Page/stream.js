// The stream of changes: it is open while the operator is signed in, and it is opened again when it ends or goes mute.

import { ask, endSession, streamAddress } from "./api.js";
import { byId, setText } from "./elements.js";
import { clock } from "./format.js";
import { state } from "./state.js";

let stream = null;
let received = null; // called with each message, and whether it lists every agent
let silence = 0; // timer: no event for too long
let heartbeat = 15000;
let lostAt = 0; // by the browser's clock; 0 while the connection is there

export function connect(receive) {
  received = receive;
  lostAt = 0;
  setText(byId("connection"), "Connecting…");
  open();
}

export function disconnect() {
  clearTimeout(silence);
  stream?.close();
  stream = null;
  showFound();
  setText(byId("connection"), "");
}

function open() {
  clearTimeout(silence);
  stream?.close();
  stream = new EventSource(streamAddress);
  stream.addEventListener("agents", (event) => take(event, true));
  stream.addEventListener("changed", (event) => take(event, false));
  stream.addEventListener("time", (event) => take(event, false));
  stream.addEventListener("error", fail);
  expectEvent();
}

// A path that goes mute leaves an EventSource open for ever: the server sends the time at each heartbeat, and its absence tells.
function expectEvent() {
  clearTimeout(silence);
  silence = setTimeout(() => {
    showLost("The connection has gone silent.");
    open();
  }, heartbeat * 2.5);
}

function take(event, isAll) {
  const message = JSON.parse(event.data);
  heartbeat = message.heartbeatMilliseconds ?? heartbeat;
  state.lastHeard = Date.parse(message.now);
  expectEvent();
  showFound();
  setText(byId("connection"), "Connected");
  received(message, isAll);
}

// What is on the page is old from now on: it is said where nobody overlooks it, and the rows are grey.
function showLost(why) {
  lostAt ||= Date.now();
  setText(byId("connection"), "Not connected");
  setText(byId("lost-text"), `Not connected since ${clock(lostAt)}. ${why} What is shown is what was known then; it is tried again.`);
  byId("lost").hidden = false;
  document.body.dataset.connection = "lost";
}

function showFound() {
  lostAt = 0;
  byId("lost").hidden = true;
  setText(byId("lost-text"), "");
  delete document.body.dataset.connection;
}

function fail() {
  showLost("The connection to the control plane is lost.");
  if (stream?.readyState === EventSource.CLOSED) {
    // Refused; the browser does not say why, and does not try again.
    clearTimeout(silence);
    stream.close();
    comeBack();
  }
}

async function comeBack() {
  try {
    const answer = await ask("GET", "/session");
    if (!answer.signedIn) {
      endSession(whyEnded(answer));
      return;
    }
  } catch {
    showLost("The control plane does not answer.");
  }

  // Never at once: whoever is refused does not hammer.
  clearTimeout(silence);
  silence = setTimeout(open, 5000);
}

export function whyEnded({ startedAt }) {
  return Date.parse(startedAt) > state.lastHeard && state.lastHeard > 0
    ? `The control plane was restarted at ${clock(startedAt)}, which ends every session. Please sign in again.`
    : "Your session has ended: it was open for 12 hours, or your key was replaced. Please sign in again.";
}

export function tryAgain() {
  clearTimeout(silence);
  open();
}
