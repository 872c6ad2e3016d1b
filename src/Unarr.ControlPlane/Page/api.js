// Requests to the server. Whatever comes from it is hostile until shown: it becomes text, never markup.

// Relative to the page: a proxy may serve the control plane under a path of its own.
const api = "api/operator";

export const streamAddress = `${api}/stream`;

export const exportAddress = `${api}/export`;

export const agentPath = (id) => `/agents/${encodeURIComponent(id)}`;

// The module that notices the end of a session does not know what is shown then: session.js listens.
export const session = new EventTarget();

export const endSession = (why = "") => session.dispatchEvent(new CustomEvent("end", { detail: why }));

class RequestError extends Error {
  constructor(status, message) {
    super(message);
    this.status = status;
  }
}

export async function ask(method, path, body) {
  let response;
  try {
    response = await fetch(api + path, {
      method,
      headers: method === "GET" ? {} : { "Content-Type": "application/json" },
      body: method === "GET" ? undefined : JSON.stringify(body ?? {}),
    });
  } catch {
    throw new RequestError(0, "The control plane does not answer.");
  }

  const text = await response.text();
  let answer = null;
  try {
    answer = text ? JSON.parse(text) : null;
  } catch {
    answer = null; // A proxy's own page, say: the status tells enough.
  }

  if (!response.ok) {
    throw new RequestError(response.status, answer?.error ?? `The control plane answered with status ${response.status}.`);
  }

  return answer;
}
