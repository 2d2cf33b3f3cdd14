import { html, PAGE_HEADERS, page } from './html.js';

/** A logo comes with the answer, as a `data:` URL: a picture, and nothing that could run. */
export const CLAIM_HEADERS = {
  ...PAGE_HEADERS,
  'content-security-policy': `${PAGE_HEADERS['content-security-policy']}; img-src data:`,
} as const;

/**
 * The page of a claim's link. As on the set-up page, the token stands in the fragment, and nothing
 * is issued until a person presses the button: the script only asks whose claim it is. What was shown is
 * nowhere but in the page: loaded again, it has nothing to show.
 */
export const CLAIM_PAGE = page(
  'Your new API key',
  html`<header id="issuer" hidden><img id="logo" alt="" hidden><span id="name"></span></header>
<h1>Your new API key</h1>
<div id="before">
<p>This link shows a new secret of your API key <strong>once</strong>. Open it where you can keep it: in
your secret manager, or beside the program that uses it.</p>
<p>Nothing is made until you press the button.</p>
<p id="until" hidden></p>
<p><button id="open" type="button" disabled>Show the new secret</button></p>
</div>
<p id="message" role="alert"></p>
<div id="disown" hidden>
<p>If you have not opened this link before, somebody else has: the secret that they were shown can be ended.</p>
<p><button id="not-me" type="button">I have not opened it</button></p>
</div>
<div id="after" hidden>
<p id="whose"></p>
<output id="key"></output>
<p><button id="copy" type="button" hidden>Copy</button></p>
<p>Keep it now: this page cannot show it again, and neither can anybody else.</p>
<div id="try" hidden>
<h2>Try it</h2>
<p>In a terminal run this line, paste the secret, which is not shown, and press Enter. It answers what the key is and may do:</p>
<output id="test"></output>
<p><button id="copy-test" type="button" hidden>Copy</button></p>
</div>
<h2>The old one</h2>
<p id="old"></p>
</div>
<noscript><p>This page needs its script, which comes from this server alone.</p></noscript>`,
  { style: 'docs/style.css', script: 'claim.js' },
);

/** The page's script: reads the token, takes it out of the address bar, and sends it by POST. */
export const CLAIM_SCRIPT = `'use strict';
const byId = (id) => document.getElementById(id);
const token = location.hash.slice(1);
history.replaceState(null, '', location.pathname);
const button = byId('open');
const say = (text) => { byId('message').textContent = text; };

async function post(path) {
  const answer = await fetch(path, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ token }),
    credentials: 'omit',
    cache: 'no-store',
  });
  return { status: answer.status, said: await answer.json() };
}

async function look() {
  try {
    const { status, said } = await post('claim/look');
    if (status === 200) showWaiting(said);
    else if (status === 403 || status === 409) return refuse(status, said);
  } catch {} // Whose it is can be left out.
  button.disabled = false;
}

function showWaiting({ branding, expiresAt }) {
  showIssuer(branding);
  byId('until').textContent = 'The link works until ' + timeOf(expiresAt) + '.';
  byId('until').hidden = false;
}

function showIssuer({ name, logo }) {
  document.title = 'Your new API key for ' + name;
  byId('name').textContent = name;
  if (logo !== null) byId('logo').src = logo;
  byId('logo').hidden = logo === null;
  byId('issuer').hidden = false;
}

function timeOf(text) {
  return new Date(text).toLocaleString(undefined, { dateStyle: 'medium', timeStyle: 'short' });
}

async function openClaim() {
  button.disabled = true;
  say('');
  try {
    const { status, said } = await post('claim');
    if (status === 200) show(said);
    else refuse(status, said);
  } catch {
    say('The server did not answer. Try again; if the link is used up then, ask for a new one.');
    button.disabled = false;
  }
}

function refuse(status, said) {
  const next = 'Ask whoever sent it for a new one. If you have not opened it, tell them so.';
  say(status === 403 ? said.detail + ' ' + next : said.detail);
  button.disabled = status !== 503;
  byId('disown').hidden = status !== 403;
}

async function disown() {
  byId('not-me').disabled = true;
  try {
    const { status } = await post('claim/disown');
    if (status === 200) return say('It was heard. If this link was opened and its secret can still be taken back, that has ended, and whoever sent the link is asked to make another.');
  } catch {}
  say('The server did not answer. Try again, or tell whoever sent the link.');
  byId('not-me').disabled = false;
}

function show(said) {
  showIssuer(said.branding);
  byId('whose').textContent = 'The new secret of ' + said.key.name + ' (' + said.key.environment + '):';
  byId('key').textContent = said.plaintext;
  byId('try').hidden = said.test === null;
  byId('test').textContent = said.test;
  byId('old').textContent = oldSays(said.old);
  byId('before').hidden = true;
  byId('after').hidden = false;
  const canCopy = navigator.clipboard !== undefined; // Not on a page without TLS.
  byId('copy').hidden = !canCopy;
  byId('copy-test').hidden = !canCopy;
}

function oldSays({ state, deadline, atDeadline }) {
  if (state !== 'retiring') return 'The secret that you had is refused already.';
  if (deadline === null) return 'The secret that you have still works until the new one is in use.';
  const when = timeOf(deadline);
  if (atDeadline === 'revoke') {
    return 'The secret that you have works until ' + when + ' at the latest. It may end sooner, once your programs use the new one and no more the old one.';
  }
  return 'The secret that you have works until your programs have moved to the new one. Please do that by ' + when + '.';
}

/** Said at the button: on a phone what stands above is out of sight. */
async function copyOf(id, { target }) {
  try {
    await navigator.clipboard.writeText(byId(id).textContent);
    target.textContent = 'Copied';
  } catch {
    getSelection().selectAllChildren(byId(id));
    target.textContent = 'Not copied: copy what is marked';
  }
}

if (token === '') say('This link has no token. Open the whole link that was sent to you.');
else look();
button.addEventListener('click', openClaim);
byId('not-me').addEventListener('click', disown);
byId('copy').addEventListener('click', (event) => copyOf('key', event));
byId('copy-test').addEventListener('click', (event) => copyOf('test', event));
addEventListener('hashchange', () => location.reload()); // Another link was pasted over this one.
`;
