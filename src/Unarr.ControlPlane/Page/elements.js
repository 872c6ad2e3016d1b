// Elements of the page. Text is set as text: there is no way here to make markup of it.

export const byId = (id) => document.getElementById(id);

export function make(tag, properties = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (name === "role") {
      element.setAttribute(name, value);
    } else {
      element[name] = value;
    }
  }

  element.append(...children);
  return element;
}

export function cell(label, content, className = "", role = "cell") {
  const element = make(role === "cell" ? "td" : "div", { role, className }, content);
  if (label) {
    element.dataset.label = label;
  }

  return element;
}

// A text that stays as it is is left alone: nothing is read out again, and no selection is lost.
export function setText(element, text) {
  if (element.textContent !== text) {
    element.textContent = text;
  }
}

// Each announcement is an element of its own: read out once, also when it says what the one before said, and no other with it.
export function announce(text) {
  const announcements = byId("announcement");
  announcements.append(make("p", {}, text));
  while (announcements.childElementCount > 5) {
    announcements.firstElementChild.remove();
  }
}

// Asks before what cannot be taken back. The safe answer has the focus.
export function confirmed(question, consequence, yes) {
  const dialog = byId("confirm");
  setText(byId("confirm-question"), question);
  setText(byId("confirm-consequence"), consequence);
  setText(byId("confirm-yes"), yes);
  dialog.returnValue = "";
  dialog.showModal();
  byId("confirm-no").focus();
  return new Promise((resolve) => {
    dialog.addEventListener("close", () => {
      setText(byId("confirm-question"), "");
      resolve(dialog.returnValue === "yes");
    }, { once: true });
  });
}
