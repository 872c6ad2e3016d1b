// The stream of changes: it is open while the operator is signed in, and it is opened again when it ends or goes mute.

import { ask, endSession, streamAddress } from "./api.js";
import { byId, setText } from "./elements.js";

let stream = null;
let received = null; // called with each message, and whether it lists every agent
let silence = 0; // timer: no event for too long
let heartbeat = 15000;

export function connect(receive) {
  received = receive;
  open();
}

export function disconnect() {
  clearTimeout(silence);
  stream?.close();
  stream = null;
}

function open() {
  disconnect();
  setText(byId("connection"), "Connecting…");
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
  silence = setTimeout(open, heartbeat * 2.5);
}

function take(event, isAll) {
  const message = JSON.parse(event.data);
  heartbeat = message.heartbeatMilliseconds ?? heartbeat;
  expectEvent();
  setText(byId("connection"), "Connected");
  received(message, isAll);
}

function fail() {
  if (stream?.readyState === EventSource.CLOSED) {
    // Refused; the browser does not say why, and does not try again.
    disconnect();
    setText(byId("connection"), "Not connected");
    comeBack();
  } else {
    setText(byId("connection"), "Reconnecting…");
  }
}

async function comeBack() {
  try {
    const { signedIn } = await ask("GET", "/session");
    if (!signedIn) {
      endSession();
      return;
    }
  } catch {
    setText(byId("connection"), "The control plane does not answer");
  }

  // Never at once: whoever is refused does not hammer.
  clearTimeout(silence);
  silence = setTimeout(open, 5000);
}
