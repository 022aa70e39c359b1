// The network's API. The key lives in this variable alone: no cookie, so nothing to forge.

let key = '';

export function setKey(value) {
  key = value.trim();
}

/** Thrown for every answer that is not 2xx; `message` is the server's own sentence. */
export class ApiError extends Error {
  constructor(status, message) {
    super(message);
    this.status = status;
  }
}

/** The JSON of an answer. */
export async function call(path, {method = 'GET', body, signal} = {}) {
  const answer = await request(path, {method, body, signal});
  return answer.json();
}

/** Calls `onData(text)` for the data of each event until the stream ends. */
export async function stream(path, {body, headers, signal, onData}) {
  const answer = await request(path, {method: 'POST', body, headers, signal});
  const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
  let pending = '';
  for (;;) {
    const {value, done} = await reader.read();
    if (done) return;
    pending += value;
    const events = pending.split('\n\n');
    pending = events.pop();
    for (const event of events) {
      for (const line of event.split('\n')) {
        if (line.startsWith('data: ')) onData(line.slice(6));
      }
    }
  }
}

async function request(path, {method, body, headers = {}, signal}) {
  const answer = await fetch(path, {
    method,
    signal,
    cache: 'no-store',
    credentials: 'omit',
    headers: {
      Authorization: `Bearer ${key}`,
      ...(body === undefined ? {} : {'Content-Type': 'application/json'}),
      ...headers,
    },
    body: body === undefined ? undefined : JSON.stringify(body),
  });
  if (answer.ok) return answer;
  let message = `the server answered ${answer.status}`;
  try {
    message = (await answer.json()).error.message;
  } catch {
    // Not in the usual shape: the status says enough.
  }
  throw new ApiError(answer.status, message);
}
