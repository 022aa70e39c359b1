// Signing in, and the clock that keeps the page up to date.

import {call, setKey} from './api.js';
import {clearChat, showModels, startChat} from './chat.js';
import {byId, replace} from './dom.js';
import {showNetwork} from './network.js';

const VIEW_EVERY_MS = 1000;
let isSignedIn = false;

byId('login-form').addEventListener('submit', async (event) => {
  event.preventDefault();
  setKey(byId('key').value);
  try {
    await call('/v1/models');
  } catch (error) {
    setKey('');
    replace(byId('login-error'), error.status ? error.message : 'the server does not answer');
    return;
  }
  byId('key').value = '';
  replace(byId('login-error'));
  show(true);
  tick();
});

byId('leave').addEventListener('click', () => {
  setKey('');
  clearChat();
  show(false);
});

startChat();
byId('key').focus();

function show(signedIn) {
  isSignedIn = signedIn;
  byId('login').hidden = signedIn;
  byId('console').hidden = !signedIn;
  byId('leave').hidden = !signedIn;
  replace(byId('summary'));
}

async function tick() {
  if (!isSignedIn) return;
  if (!document.hidden) {
    try {
      const view = await call('/api/v1/view');
      if (!isSignedIn) return;
      showNetwork(view);
      await showModels();
    } catch (error) {
      if (error.status === 401) return byId('leave').click();
      replace(byId('summary'), error.status ? error.message : 'the server does not answer');
    }
  }
  setTimeout(tick, VIEW_EVERY_MS);
}
