// Sites and nodes with their live load, drawn anew from each view.

import {byId, element, milliseconds, number, replace, safe} from './dom.js';

export function showNetwork(view) {
  const sites = view.sites ?? [];
  const nodes = view.nodes ?? [];
  const replicas = view.replicas ?? [];
  replace(byId('sites'), ...sites.map((site) => siteCard(site, nodes, replicas)));
  if (sites.length === 0) {
    replace(byId('sites'), element('p', {class: 'soft'},
        'No site yet: `suan ticket create --site NAME` makes the first.'));
  }
  const ready = replicas.filter((replica) => replica.state === 'ready').length;
  const running = sum(replicas, 'running');
  replace(byId('summary'),
      `${sites.length} sites, ${nodes.length} nodes, ${ready} replicas ready, ` +
      `${running} requests running`);
  showSiteChoices(sites);
}

function siteCard(site, nodes, replicas) {
  const mine = nodes.filter((node) => node.site === site.id);
  return element('article', {class: 'site'},
      element('div', {class: 'row'},
          element('h3', {}, site.name || site.id),
          element('span', {class: 'soft'}, site.region || ''),
          element('span', {class: 'soft numbers'},
              `${site.running ?? 0} running, ${site.waiting ?? 0} waiting`)),
      ...mine.map((node) => nodeRow(node, replicas)));
}

function nodeRow(node, replicas) {
  const hardware = node.hardware ?? {};
  const mine = replicas.filter((replica) => replica.node === node.id);
  return element('div', {class: 'node'},
      element('div', {class: 'row'},
          element('strong', {class: 'grow'}, node.id),
          element('span', {class: 'soft numbers'}, `round trip ${milliseconds(node.rtt_ms)}`),
          state(node.state)),
      element('div', {class: 'soft'},
          [hardware.cpu_model, hardware.threads_used && `${hardware.threads_used} threads`,
            node.memory_read_gb_s > 0 && `${number(node.memory_read_gb_s, 1)} GB/s`]
              .filter(Boolean).join(', ')),
      ...mine.map(replicaRow));
}

function replicaRow(replica) {
  const slots = replica.slots ?? 0;
  const running = replica.running ?? 0;
  return element('div', {},
      element('div', {class: 'row'},
          element('span', {class: 'grow'}, replica.model),
          element('span', {class: 'soft numbers'},
              `${number(replica.decode_tokens_per_s)} tokens/s, ` +
              `${running} of ${slots} slots, ${replica.waiting ?? 0} waiting`),
          replica.state === 'ready' ? '' : state(replica.state)),
      element('meter', {
        min: 0, max: Math.max(slots, 1), value: running,
        'aria-label': `${safe(replica.model)}: ${running} of ${slots} slots busy`,
      }),
      replica.error ? element('p', {class: 'error'}, replica.error) : '');
}

function state(name) {
  const known = /^[a-z]+$/.test(name ?? '') ? name : '';
  return element('span', {class: `state ${known}`}, name ?? 'unknown');
}

function showSiteChoices(sites) {
  const select = byId('site');
  const names = ['', ...sites.map((site) => site.id)];
  const shown = [...select.options].map((option) => option.value);
  if (names.join('\n') === shown.join('\n')) return;
  const chosen = select.value;
  replace(select, ...names.map((name) => element('option', {value: name}, name || 'any')));
  if (names.includes(chosen)) select.value = chosen;
}

function sum(items, field) {
  return items.reduce((total, item) => total + (Number(item[field]) || 0), 0);
}
