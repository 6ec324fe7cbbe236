/** Asks the server, and says what is wrong in its words. */

export class Failure extends Error {
  constructor(status, { code = 'ERR_REQUEST', detail = `The server answered ${status}.` } = {}) {
    super(detail);
    this.status = status;
    this.code = code;
  }
}

export async function ask(method, path, body) {
  const response = await fetch(path, {
    method,
    headers: body === undefined ? {} : { 'content-type': 'application/json' },
    body: body === undefined ? undefined : JSON.stringify(body),
  });
  const isJson = /json/.test(response.headers.get('content-type') ?? '');
  const answer = isJson ? await response.json() : undefined;
  if (!response.ok) throw new Failure(response.status, answer);
  return answer;
}

/** An element with attributes, and what is in it. Texts are texts: nothing of a file becomes markup. */
export function make(name, attributes = {}, ...inside) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (key.startsWith('on')) element.addEventListener(key.slice(2), value);
    else if (value !== undefined && value !== false) element.setAttribute(key, value === true ? '' : value);
  }
  element.append(...inside.filter((each) => each !== null && each !== undefined));
  return element;
}

export const byId = (id) => document.getElementById(id);

export function say(text, isBad = false) {
  const place = byId('said');
  place.textContent = text;
  place.classList.toggle('bad', isBad);
}

export function size(bytes) {
  const units = ['B', 'kB', 'MB', 'GB', 'TB'];
  let [value, unit] = [bytes, 0];
  while (value >= 1000 && unit < units.length - 1) [value, unit] = [value / 1000, unit + 1];
  return `${unit === 0 || value >= 100 ? Math.round(value) : value.toFixed(1)} ${units[unit]}`;
}
