// Small comforts of a page: copy a block, scroll a wide one by keyboard, find one's place.
const COPIED_MS = 1500;

for (const block of document.querySelectorAll('figure.block.code')) {
  if (navigator.clipboard === undefined) break; // As on a page without TLS.
  addCopyButton(block);
}
for (const wide of document.querySelectorAll('main pre, main .table')) {
  if (wide.scrollWidth > wide.clientWidth) wide.setAttribute('tabindex', '0');
}
document.querySelector('#pages [aria-current]')?.scrollIntoView({ block: 'nearest' });

/** @param {Element} block */
function addCopyButton(block) {
  const button = document.createElement('button');
  button.type = 'button';
  button.className = 'copy';
  button.textContent = 'Copy';
  button.addEventListener('click', async () => {
    await navigator.clipboard.writeText(block.querySelector('code')?.textContent ?? '');
    button.textContent = 'Copied';
    setTimeout(() => {
      button.textContent = 'Copy';
    }, COPIED_MS);
  });
  block.append(button);
}
