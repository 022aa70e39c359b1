// "Why there?": the stored decision of one request.

import {call} from './api.js';
import {byId, element, milliseconds, replace} from './dom.js';

export async function showDecision(requestId) {
  const body = byId('decision-body');
  replace(body, element('p', {class: 'soft'}, 'Looking it up …'));
  byId('decision').showModal();
  try {
    const found = await call(`/api/v1/decisions/${encodeURIComponent(requestId)}`);
    const attempts = found.attempts ?? [found];
    replace(body, ...attempts.map(oneAttempt));
  } catch (error) {
    replace(body, element('p', {class: 'error'}, error.message));
  }
}

function oneAttempt(decision) {
  const facts = [
    ['Request', decision.request_id],
    ['Attempt', decision.attempt],
    ['Model', decision.model],
    ['Policy', decision.policy],
    ['Because', decision.reason],
    ['Waited', milliseconds(decision.waited_ms)],
    ['Expected first token', milliseconds(decision.chosen?.ttft_expected_ms)],
    ['Seen first token', milliseconds(decision.outcome?.ttft_ms)],
    ['Bound by', decision.binding_constraint?.because],
    ['Benchmarks relied on', (decision.relied_on ?? []).join(', ')],
    ['Error', decision.error?.message],
  ];
  return element('section', {},
      element('table', {}, element('tbody', {},
          ...facts.filter(([, value]) => value !== undefined && value !== '' && value !== null)
              .map(([name, value]) => element('tr', {},
                  element('th', {scope: 'row'}, name), element('td', {}, value))))),
      candidatesTable(decision));
}

function candidatesTable(decision) {
  const candidates = decision.candidates ?? [];
  if (candidates.length === 0) return '';
  const heads = ['Site', 'Node', 'Round trip', 'Queue', 'Prefill', 'First token', 'Score', 'Refused'];
  return element('div', {class: 'scroll'}, element('table', {},
      element('thead', {}, element('tr', {}, ...heads.map((name) => element('th', {}, name)))),
      element('tbody', {}, ...candidates.map((one) => candidateRow(one, decision.chosen)))));
}

function candidateRow(candidate, chosen) {
  const terms = candidate.terms ?? {};
  const ms = (us) => element('td', {class: 'numbers'},
      us === undefined || us === null ? '–' : milliseconds(us / 1000));
  const isChosen = chosen?.node === candidate.node;
  return element('tr', {class: isChosen ? 'chosen' : undefined},
      element('td', {}, candidate.site ?? ''), element('td', {}, candidate.node ?? ''),
      ms(terms.round_trip_us), ms(terms.queue_us), ms(terms.prefill_us),
      ms(terms.ttft_expected_us ?? terms.ttft_us), ms(terms.score_us),
      element('td', {}, candidate.refused?.because ?? ''));
}
