// The chat box: text as it comes, and where each answer was made.

import {ApiError, call, stream} from './api.js';
import {showDecision} from './decision.js';
import {byId, element, milliseconds, replace, safe} from './dom.js';

let messages = [];
let running = null;  // AbortController of the answer in progress

export function startChat() {
  byId('chat-form').addEventListener('submit', (event) => {
    event.preventDefault();
    if (!running) send();
  });
  byId('prompt').addEventListener('keydown', (event) => {
    if (event.key !== 'Enter' || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    byId('chat-form').requestSubmit();
  });
  byId('stop').addEventListener('click', () => running?.abort());
}

export async function showModels() {
  const select = byId('model');
  const names = (await call('/v1/models')).data.map((model) => model.id);
  const shown = [...select.options].map((option) => option.value);
  if (names.join('\n') === shown.join('\n')) return;
  const chosen = select.value;
  replace(select, ...names.map((name) => element('option', {value: name}, name)));
  if (names.includes(chosen)) select.value = chosen;
}

export function clearChat() {
  running?.abort();
  messages = [];
  replace(byId('messages'));
}

async function send() {
  const prompt = byId('prompt').value;
  messages.push({role: 'user', content: prompt});
  byId('prompt').value = '';
  addMessage('user', prompt);
  const answer = addMessage('assistant', '');
  setRunning(new AbortController());
  try {
    const text = await receive(answer);
    messages.push({role: 'assistant', content: text});
  } catch (error) {
    messages.pop();
    answer.append(element('p', {class: 'error'}, sentence(error)));
  } finally {
    setRunning(null);
    byId('prompt').focus();
  }
}

async function receive(answer) {
  const began = performance.now();
  const text = document.createTextNode('');
  const failed = [];
  let firstText = null;
  let place = null;
  answer.querySelector('p').append(text);

  await stream('/v1/chat/completions', {
    signal: running.signal,
    body: requestBody(),
    onData: (data) => {
      if (data === '[DONE]') return;
      const chunk = JSON.parse(data);
      if (chunk.error) failed.push(chunk.error.message);
      const piece = chunk.choices?.[0]?.delta?.content;
      if (piece) {
        firstText ??= performance.now() - began;
        text.data += safe(piece);
        answer.parentElement.scrollTop = answer.parentElement.scrollHeight;
      }
      place = chunk.suan ?? place;
    },
  });
  if (place) answer.append(placeLine(place, firstText));
  if (failed.length > 0) throw new ApiError(0, failed[0]);
  return text.data;
}

function requestBody() {
  const site = byId('site').value;
  return {
    model: byId('model').value,
    messages,
    stream: true,
    max_tokens: Number(byId('tokens').value) || 120,
    suan: {policy: byId('policy').value, ...(site ? {sites: [site]} : {})},
  };
}

function placeLine(place, firstText) {
  return element('div', {class: 'where soft'},
      `${place.site} / ${place.node}, first token after ${milliseconds(place.ttft_ms)} ` +
      `(${milliseconds(firstText)} here). ${place.reason} `,
      element('button', {
        type: 'button', class: 'link', onclick: () => showDecision(place.request_id),
      }, 'why?'));
}

function addMessage(role, text) {
  const made = element('article', {class: `message ${role}`}, element('p', {}, text));
  byId('messages').append(made);
  byId('messages').scrollTop = byId('messages').scrollHeight;
  return made;
}

function setRunning(controller) {
  running = controller;
  byId('send').hidden = controller !== null;
  byId('stop').hidden = controller === null;
}

function sentence(error) {
  if (error.name === 'AbortError') return 'stopped';
  return error instanceof ApiError ? error.message : 'the connection was lost';
}
