// Loaded before anything is drawn, so that a chosen colour scheme does not flash.
const root = document.documentElement;
const SCHEMES = ['system', 'light', 'dark'];

root.classList.add('scripted');
apply(kept());

document.addEventListener('DOMContentLoaded', () => {
  const button = document.getElementById('theme');
  if (button === null) return;
  tell(button);
  button.addEventListener('click', () => {
    const next = SCHEMES[(SCHEMES.indexOf(kept()) + 1) % SCHEMES.length] ?? 'system';
    apply(next);
    keep(next);
    tell(button);
  });
});

/** @param {string} scheme */
function apply(scheme) {
  root.dataset['scheme'] = scheme;
}

/** @param {HTMLElement} button */
function tell(button) {
  const scheme = root.dataset['scheme'];
  const said = scheme === 'system' ? 'as the system' : scheme;
  button.setAttribute('aria-label', `Colours: ${said}`);
  button.title = `Colours: ${said}`;
}

function kept() {
  try {
    const scheme = localStorage.getItem('keyturn-docs-scheme') ?? '';
    return SCHEMES.includes(scheme) ? scheme : 'system';
  } catch {
    return root.dataset['scheme'] ?? 'system'; // Storage may be forbidden: the page still works.
  }
}

/** @param {string} scheme */
function keep(scheme) {
  try {
    localStorage.setItem('keyturn-docs-scheme', scheme);
  } catch {
    // It then holds for this page only.
  }
}
