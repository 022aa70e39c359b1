// Elements from data. Everything that comes from outside goes in as text, never as markup.

/** An element with attributes and children; a child that is no node becomes text. */
export function element(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (key.startsWith('on')) {
      made.addEventListener(key.slice(2), value);
    } else if (value !== undefined && value !== null && value !== false) {
      made.setAttribute(key, value === true ? '' : String(value));
    }
  }
  made.append(...children.map(visible));
  return made;
}

export function replace(parent, ...children) {
  parent.replaceChildren(...children.map(visible));
}

export const byId = (id) => document.getElementById(id);

/** Control characters would let a name pose as something else. */
export function safe(text) {
  return String(text ?? '').replace(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069]/g, '\ufffd');
}

export function milliseconds(value) {
  if (value === null || value === undefined || !Number.isFinite(Number(value))) return '–';
  return `${Number(value).toFixed(Number(value) < 10 ? 1 : 0)} ms`;
}

export function number(value, digits = 0) {
  return Number.isFinite(Number(value)) && value !== null ? Number(value).toFixed(digits) : '–';
}

function visible(child) {
  return child instanceof Node ? child : document.createTextNode(safe(child));
}
